import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// Who may have which node do what, and how often.
@Suite struct NodeInvokeRightsTests {
    private static let asked: JSON = ["nodeId": "n1", "command": "system.notify", "idempotencyKey": "k"]

    @Test func invokingNeedsWrite() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.read, .approvals, .pairing)
            let error = try await person.refusal("node.invoke", Self.asked)
            #expect(error["message"]?.string == "missing scope: operator.write")
        }
    }

    @Test func nodesCallOnlyWhatIsForNodes() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            #expect(try await node.refusal("node.list")["message"]?.string == "unauthorized role: node")
            #expect(try await node.refusal("node.invoke", Self.asked)["message"]?.string == "unauthorized role: node")
            let person = try await gateway.person(.admin)
            let result: JSON = ["id": "x", "nodeId": "n1", "ok": true]
            let error = try await person.refusal("node.invoke.result", result)
            #expect(error["message"]?.string == "unauthorized role: operator")
        }
    }

    @Test func onlyWhatIsDeclaredAllowedAndApprovedIsRelayed() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1", commands: ["system.notify", "camera.snap"])
            let person = try await gateway.person(.write)
            for command in ["system.which", "camera.snap"] {
                let error = try await person.failure(person.invoke("n1", command))
                #expect(error["code"]?.string == "INVALID_REQUEST")
                #expect(error["message"]?.string == "node command not allowed")
                #expect(error["details"]?["command"]?.string == command)
            }
            gateway.nodes.registry.policy.deny = ["system.notify"]
            let error = try await person.failure(person.invoke("n1"))
            #expect(error["message"]?.string == "node command not allowed")
            #expect(!node.has("node.invoke.request"))
            // A refusal is not kept for its key.
            gateway.nodes.registry.policy.deny = []
            _ = person.invoke("n1")
            _ = try await node.event("node.invoke.request")
        }
    }

    @Test(arguments: ["browser.proxy", "fs.listDir", "terminal.upload"])
    func someCommandsAreForAdministrators(command: String) async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1", commands: [command])
            let writer = try await gateway.person(.write)
            let error = try await writer.failure(writer.invoke("n1", command))
            #expect(error["message"]?.string == "missing scope: operator.admin")
            let person = try await gateway.person(.admin)
            let id = person.invoke("n1", command)
            try await node.answer(try await node.event("node.invoke.request"), as: "n1")
            #expect(try await person.response(id)["ok"]?.bool == true)
        }
    }

    @Test func aNodesRulesAreChangedOnlyByTheirOwnMethods() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let commands = ["system.execApprovals.get", "system.execApprovals.set"]
            let node = try await gateway.approvedNode("n1", commands: commands)
            let person = try await gateway.person(.admin)
            for command in commands {
                let error = try await person.failure(person.invoke("n1", command))
                #expect(error["code"]?.string == "INVALID_REQUEST")
            }
            let id = person.start(
                "exec.approvals.node.set", ["nodeId": "n1", "file": ["version": 1], "baseHash": "h"])
            let asked = try await node.event("node.invoke.request")
            #expect(asked["command"]?.string == "system.execApprovals.set")
            #expect(asked["paramsJSON"]?.string == #"{"file":{"version":1},"baseHash":"h"}"#)
            try await node.answer(asked, as: "n1", ["ok": true, "payloadJSON": #"{"hash":"i"}"#])
            #expect(try await person.response(id)["payload"] == ["hash": "i"])
            let read = person.start("exec.approvals.node.get", ["nodeId": "n1"])
            try await node.answer(
                try await node.event("node.invoke.request"), as: "n1", ["ok": true, "payload": ["exists": false]])
            #expect(try await person.response(read)["payload"] == ["exists": false])
        }
    }

    // MARK: One key, one execution

    @Test func thoseWhoAskWithOneKeyShareOneExecution() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let first = try await gateway.person(.write, device: "d1")
            let second = try await gateway.person(.write, device: "d1")
            let stranger = try await gateway.person(.write, device: "d2")
            let (one, two) = (first.invoke("n1"), second.invoke("n1"))
            let asked = try await node.event("node.invoke.request")
            await gateway.clock.settle()
            #expect(!node.has("node.invoke.request"))
            // The first one leaves; the second still waits.
            _ = one
            first.leave()
            _ = try await first.ended()
            try await node.answer(asked, as: "n1", ["ok": true, "payload": 7])
            #expect(try await second.response(two)["payload"]?["payload"]?.int == 7)
            let again = try await second.response(second.invoke("n1"))
            #expect(again["payload"]?["payload"]?.int == 7)
            #expect(!node.has("node.invoke.request"))
            // Another client's key is another key, and so is one for other parameters.
            _ = stranger.invoke("n1")
            _ = try await node.event("node.invoke.request")
            _ = second.invoke("n1", params: ["other": true])
            _ = try await node.event("node.invoke.request")
        }
    }

    @Test(arguments: [-1, 0, 1]) func aLargeAnswerIsNotKept(excess: Int) async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.write)
            let frame = #"{"ok":true,"nodeId":"n1","command":"system.notify","payloadJSON":""}"#.utf8.count
            // Not JSON, so that it is told once.
            let text = String(repeating: "x", count: NodeInvoker.keptBytes + excess - frame)
            let id = person.invoke("n1")
            let asked = try await node.event("node.invoke.request")
            try await node.answer(asked, as: "n1", ["ok": true, "payloadJSON": .string(text)])
            #expect(try await person.response(id)["payload"]?["payloadJSON"]?.string == text)
            let again = person.invoke("n1")
            if excess > 0 {
                try await node.answer(try await node.event("node.invoke.request"), as: "n1")
            }
            #expect(try await person.response(again)["ok"]?.bool == true)
            #expect(!node.has("node.invoke.request"))
        }
    }

    // MARK: Limits

    @Test func aNodeHasALimitedNumberOfCommands() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.write)
            let limit = NodeInvocations.limitByNode
            let ids = (1...limit).map { person.invoke("n1", key: "k\($0)") }
            try await turns { gateway.nodes.invocations.count == limit }
            let error = try await person.failure(person.invoke("n1", key: "more"))
            #expect(error["code"]?.string == "UNAVAILABLE")
            #expect(error["retryable"]?.bool == true)
            try await node.answer(try await node.event("node.invoke.request"), as: "n1")
            _ = try await person.response(ids[0])
            _ = person.invoke("n1", key: "more")
            try await turns { gateway.nodes.invocations.count == limit }
        }
    }

    @Test func allNodesTogetherHaveALimitedNumberOfCommands() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let limit = NodeInvocations.limit
            let byNode = NodeInvocations.limitByNode
            for number in 0...limit / byNode { _ = try await gateway.approvedNode("n\(number)") }
            var people: [HarnessClient] = []
            for number in 0..<limit {
                if number % ClientSession.pendingLimit == 0 { people.append(try await gateway.person(.write)) }
                _ = people[people.count - 1].invoke("n\(number / byNode)", key: "k\(number)")
            }
            try await turns { gateway.nodes.invocations.count == limit }
            let more = try await gateway.person(.write)
            let error = try await more.failure(more.invoke("n\(limit / byNode)"))
            #expect(error["details"]?["code"]?.string == "NODE_BUSY")
        }
    }
}
