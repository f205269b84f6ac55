import Contract
import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// What a node may offer is asked for, approved, and taken back (protocol.md section 7, nodes).
@Suite struct NodePairingTests {
    @Test func whatANodeDeclaresWaitsForAnOperator() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.pairing, .write, .read)
            let reader = try await gateway.person(.read)
            let node = try await gateway.node(
                "n1", commands: ["system.notify", "nonsense"], caps: ["talk"], permissions: ["camera": true],
                name: "Desk")
            let asked = try await person.event("node.pair.requested")
            #expect(asked["nodeId"]?.string == "n1")
            #expect(asked["commands"] == ["system.notify"])
            #expect(asked["permissions"] == ["camera": true])
            #expect(!reader.has("node.pair.requested"))
            var entry = try await person.call("node.describe", ["nodeId": "n1"])
            #expect(entry?["commands"] == [])
            #expect(entry?["pendingRequestId"] == asked["requestId"])
            #expect(try await person.failure(person.invoke("n1"))["message"]?.string == "node command not allowed")

            let id = asked["requestId"] ?? .null
            let approved = try await person.call("node.pair.approve", ["requestId": id])
            #expect(approved?["node"]?["commands"] == ["system.notify"])
            #expect(approved?["node"]?["token"] == nil)
            let resolved = try await person.event("node.pair.resolved")
            #expect(resolved["requestId"] == id)
            #expect(resolved["decision"]?.string == "approved")
            entry = try await person.call("node.describe", ["nodeId": "n1"])
            #expect(entry?["commands"] == ["system.notify"])
            #expect(entry?["displayName"]?.string == "Desk")
            #expect(entry?["pendingRequestId"] == nil)
            _ = person.invoke("n1")
            _ = try await node.event("node.invoke.request")
        }
    }

    @Test func aNodeThatComesAgainRenewsItsRequest() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.pairing)
            let node = try await gateway.node("n1")
            let id = try await person.event("node.pair.requested")["requestId"]
            node.leave()
            _ = try await node.ended()
            await gateway.clock.advance(by: NodePairings.lifetime - .seconds(1))
            _ = try await gateway.node("n1")
            await gateway.clock.advance(by: NodePairings.lifetime - .milliseconds(1))
            let pending = try await person.call("node.pair.list")?["pending"]
            #expect(pending?.array?.map { $0["requestId"] } == [id])
            #expect(!person.has("node.pair.requested"))
            await gateway.clock.advance(by: .milliseconds(1))
            #expect(try await person.event("node.pair.resolved")["decision"]?.string == "expired")
            #expect(try await person.call("node.pair.list")?["pending"] == [])
            let error = try await person.refusal("node.pair.approve", ["requestId": id ?? .null])
            #expect(error["message"]?.string == "unknown requestId")
        }
    }

    @Test func whoeverAsksForMoreMakesANewRequestAndKeepsWhatItHad() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let first = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.pairing, .admin)
            first.leave()
            _ = try await gateway.node("n1", commands: ["system.notify", "computer.act"])
            let second = try await person.event("node.pair.requested")
            #expect(second["isRepair"]?.bool == true)
            #expect(try await person.call("node.describe", ["nodeId": "n1"])?["commands"] == ["system.notify"])
            let node = try await gateway.node("n1", commands: ["system.notify", "system.run"])
            let resolved = try await person.event("node.pair.resolved")
            #expect(resolved["requestId"] == second["requestId"])
            #expect(resolved["decision"]?.string == "superseded")
            let third = try await person.event("node.pair.requested")
            #expect(third["commands"] == ["system.notify", "system.run"])
            let error = try await person.refusal("node.pair.approve", ["requestId": second["requestId"] ?? .null])
            #expect(error["message"]?.string == "unknown requestId")
            _ = person.invoke("n1")
            _ = try await node.event("node.invoke.request")
        }
    }

    @Test func aNodeThatWantsNoMoreIsNotAskedFor() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            _ = try await gateway.approvedNode("n1", commands: ["system.notify", "computer.act"])
            _ = try await gateway.node("n1", commands: ["system.notify"])
            #expect(gateway.nodes.pairings.waiting.isEmpty)
        }
    }

    @Test func aNodeWithoutADeviceIsNeverApproved() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            _ = try await gateway.node(nil)
            let person = try await gateway.person(.admin)
            let list = try await person.call("node.list")?["nodes"]
            #expect(list?[0]?["paired"]?.bool == false)
            #expect(list?[0]?["commands"] == [])
            #expect(gateway.nodes.pairings.waiting.isEmpty)
        }
    }

    @Test(
        arguments: [
            ([], nil), (["system.notify"], .write), (["system.run"], .admin), (["system.which"], .admin),
            (["browser.proxy"], .admin), (["fs.listDir"], .admin), (["system.execApprovals.set"], .admin),
        ] as [([String], Scope?)]) func approvingNeedsWhatTheCommandsAreWorth(commands: [String], scope: Scope?)
        async throws
    {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            _ = try await gateway.node("n1", commands: commands)
            let id = try #require(gateway.nodes.pairings.request(of: "n1")?.id)
            let approve: JSON = ["requestId": .string(id)]
            if let scope {
                let person =
                    scope == .admin
                    ? try await gateway.person(.pairing, .write) : try await gateway.person(.pairing, .read)
                let error = try await person.refusal("node.pair.approve", approve)
                #expect(error["code"]?.string == "FORBIDDEN")
                #expect(error["message"]?.string == "missing scope: \(scope.rawValue)")
            }
            let person =
                switch scope {
                case nil: try await gateway.person(.pairing)
                case .admin?: try await gateway.person(.admin)
                default: try await gateway.person(.pairing, .write)
                }
            try await person.call("node.pair.approve", approve)
        }
    }

    @Test func ofTwoOperatorsOneApproves() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let (one, two) = (try await gateway.person(.admin), try await gateway.person(.admin))
            _ = try await gateway.node("n1")
            let approve: JSON = ["requestId": try await one.event("node.pair.requested")["requestId"] ?? .null]
            let (first, second) = (one.start("node.pair.approve", approve), two.start("node.pair.approve", approve))
            let answers = [try await one.response(first), try await two.response(second)]
            #expect(answers.filter { $0["ok"]?.bool == true }.count == 1)
            #expect(answers.compactMap { $0["error"]?["message"]?.string } == ["unknown requestId"])
            #expect(try await two.event("node.pair.resolved")["decision"]?.string == "approved")
            #expect(!two.has("node.pair.resolved"))
        }
    }

    @Test func rejectingEndsARequest() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.pairing)
            _ = try await gateway.node("n1")
            let id = try await person.event("node.pair.requested")["requestId"] ?? .null
            #expect(try await person.call("node.pair.reject", ["requestId": id]) == ["requestId": id, "nodeId": "n1"])
            #expect(try await person.event("node.pair.resolved")["decision"]?.string == "rejected")
            let error = try await person.refusal("node.pair.reject", ["requestId": id])
            #expect(error["code"]?.string == "INVALID_REQUEST")
            #expect(error["message"]?.string == "unknown requestId")
        }
    }

    @Test func theOlderGenerationAsksAndVerifiesByToken() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.pairing, .write, protocols: 3...3)
            let asked: JSON = [
                "nodeId": "old", "displayName": "Old", "platform": "ios", "commands": ["location.get"], "silent": true,
            ]
            let first = try await person.call("node.pair.request", asked)
            #expect(first?["status"]?.string == "pending")
            #expect(first?["created"]?.bool == true)
            #expect(first?["request"]?["silent"]?.bool == true)
            let again = try await person.call("node.pair.request", asked)
            #expect(again?["created"]?.bool == false)
            #expect(again?["request"]?["requestId"] == first?["request"]?["requestId"])
            let approve: JSON = ["requestId": first?["request"]?["requestId"] ?? .null]
            let node = try await person.call("node.pair.approve", approve)?["node"]
            let token = try #require(node?["token"]?.string)
            let good = try await person.call("node.pair.verify", ["nodeId": "old", "token": .string(token)])
            #expect(good?["ok"]?.bool == true)
            #expect(good?["node"]?["nodeId"]?.string == "old")
            let bad = try await person.call("node.pair.verify", ["nodeId": "old", "token": .string(token + "x")])
            #expect(bad == ["ok": false])
            let list = try await person.call("node.pair.list")
            #expect(list?["paired"]?[0]?["displayName"]?.string == "Old")
            #expect(!"\(list ?? .null)".contains(token))
        }
    }

    @Test func aRemovedNodeIsCutOffAndForgotten() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.pairing, .read)
            #expect(try await person.call("node.pair.remove", ["nodeId": "n1"]) == ["nodeId": "n1"])
            let close = try await node.ended()
            #expect(close.code.rawValue == 4001)
            let resolved = try await person.event("node.pair.resolved")
            #expect(resolved["decision"]?.string == "removed")
            try await turns { gateway.nodes.registry.entries.isEmpty }
            #expect(try await person.call("node.list")?["nodes"] == [])
            let error = try await person.refusal("node.pair.remove", ["nodeId": "n1"])
            #expect(error["message"]?.string == "unknown nodeId")
        }
    }

    @Test func requestsAreLimited() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.pairing)
            for number in 1...NodePairings.pendingLimit {
                try await person.call("node.pair.request", ["nodeId": .string("n\(number)")])
            }
            let error = try await person.refusal("node.pair.request", ["nodeId": "more"])
            #expect(error["code"]?.string == "UNAVAILABLE")
            // A node may still come in; it offers nothing.
            _ = try await gateway.node("more")
            #expect(gateway.nodes.pairings.waiting.count == NodePairings.pendingLimit)
            _ = try gateway.nodes.pairings.reject(gateway.nodes.pairings.waiting[0].id)
            try await person.call("node.pair.request", ["nodeId": "more"])
        }
    }
}
