import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// `node.invoke` from the operator to the node and back (protocol.md section 7, nodes).
@Suite struct NodeInvokeTests {
    @Test func aCommandGoesToTheNodeAndItsResultComesBack() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.write)
            let id = person.invoke("n1", params: ["title": "hello"], timeout: 5000)
            let asked = try await node.event("node.invoke.request")
            #expect(asked["nodeId"]?.string == "n1")
            #expect(asked["command"]?.string == "system.notify")
            #expect(asked["paramsJSON"]?.string == #"{"title":"hello"}"#)
            #expect(asked["timeoutMs"]?.int == 5000)
            #expect(asked["idempotencyKey"]?.string == "k1")
            let receipt = try await node.answer(
                asked, as: "n1", ["ok": true, "payloadJSON": #"{"shown":true}"#, "error": nil])
            #expect(receipt == ["ok": true])
            let answer = try await person.response(id)["payload"]
            #expect(
                answer == [
                    "ok": true, "nodeId": "n1", "command": "system.notify", "payload": ["shown": true],
                    "payloadJSON": #"{"shown":true}"#,
                ])
            #expect(gateway.nodes.invocations.count == 0)
        }
    }

    @Test func aPayloadOfEitherFormIsTakenAndWhatIsAbsentStaysAbsent() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.write)
            var id = person.invoke("n1", key: "a")
            var asked = try await node.event("node.invoke.request")
            #expect(asked["paramsJSON"] == nil)
            #expect(asked["timeoutMs"]?.int == 30_000)
            try await node.answer(asked, as: "n1", ["ok": true, "payload": [1], "payloadJSON": nil])
            var answer = try await person.response(id)["payload"]
            #expect(answer?["payload"] == [1])
            #expect(answer?["payloadJSON"]?.string == "[1]")
            id = person.invoke("n1", key: "b")
            asked = try await node.event("node.invoke.request")
            try await node.answer(asked, as: "n1")
            answer = try await person.response(id)["payload"]
            #expect(answer == ["ok": true, "nodeId": "n1", "command": "system.notify"])
        }
    }

    @Test func aNodeThatFailsIsQuoted() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.write)
            let id = person.invoke("n1")
            let asked = try await node.event("node.invoke.request")
            try await node.answer(
                asked, as: "n1", ["ok": false, "error": ["code": "NO_PERMISSION", "message": "not granted"]])
            let error = try await person.failure(id)
            #expect(error["code"]?.string == "UNAVAILABLE")
            #expect(error["message"]?.string == "not granted")
            #expect(error["details"]?["nodeError"] == ["message": "not granted", "code": "NO_PERMISSION"])
        }
    }

    @Test(arguments: [nil, 1000]) func afterItsTimeItFailsAndALateResultIsIgnored(timeout: Int?) async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.write)
            let id = person.invoke("n1", timeout: timeout)
            let asked = try await node.event("node.invoke.request")
            let time = Duration.milliseconds(timeout ?? 30_000)
            await gateway.clock.advance(by: time - .milliseconds(1))
            #expect(gateway.nodes.invocations.count == 1)
            await gateway.clock.advance(by: .milliseconds(1))
            let error = try await person.failure(id)
            #expect(error["code"]?.string == "UNAVAILABLE")
            #expect(error["details"]?["nodeError"]?["code"]?.string == "TIMEOUT")
            #expect(gateway.nodes.invocations.count == 0)
            #expect(try await node.answer(asked, as: "n1") == ["ok": true, "ignored": true])
        }
    }

    @Test func aNodeThatLeavesFailsItAtOnce() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.write)
            let id = person.invoke("n1")
            _ = try await node.event("node.invoke.request")
            node.leave()
            let error = try await person.failure(id)
            #expect(error["details"]?["code"]?.string == "DISCONNECTED")
            #expect(gateway.nodes.invocations.count == 0)
        }
    }

    @Test func noNodeAnswersForAnother() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let other = try await gateway.approvedNode("n2")
            let person = try await gateway.person(.write)
            let id = person.invoke("n1")
            let asked = try await node.event("node.invoke.request")
            let own: JSON = ["id": asked["id"] ?? .null, "nodeId": "n2", "ok": true, "payload": "forged"]
            #expect(try await other.call("node.invoke.result", own) == ["ok": true, "ignored": true])
            let theirs: JSON = ["id": asked["id"] ?? .null, "nodeId": "n1", "ok": true, "payload": "forged"]
            let error = try await other.refusal("node.invoke.result", theirs)
            #expect(error["message"]?.string == "nodeId mismatch")
            #expect(error["code"]?.string == "INVALID_REQUEST")
            try await node.answer(asked, as: "n1", ["ok": true, "payload": "true"])
            #expect(try await person.response(id)["payload"]?["payload"]?.string == "true")
        }
    }

    @Test func aClientThatLeavesIsForgotten() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.write)
            _ = person.invoke("n1")
            let asked = try await node.event("node.invoke.request")
            person.leave()
            try await turns { gateway.nodes.invocations.count == 0 }
            #expect(try await node.answer(asked, as: "n1") == ["ok": true, "ignored": true])
        }
    }

    @Test func aCancelledRequestIsForgottenAndMayBeMadeAgain() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.approvedNode("n1")
            let person = try await gateway.person(.write)
            let id = person.invoke("n1")
            _ = try await node.event("node.invoke.request")
            person.send(["type": "cancel", "id": .string(id)])
            #expect(try await person.failure(id)["code"]?.string == "UNAVAILABLE")
            try await turns { gateway.nodes.invocations.count == 0 }
            let again = person.invoke("n1")
            try await node.answer(try await node.event("node.invoke.request"), as: "n1")
            #expect(try await person.response(again)["ok"]?.bool == true)
        }
    }

    @Test func whoIsNotThereIsNotConnected() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.write)
            let error = try await person.failure(person.invoke("nobody"))
            #expect(error["code"]?.string == "UNAVAILABLE")
            #expect(error["details"]?["code"]?.string == "NOT_CONNECTED")
            #expect(error["retryable"]?.bool == true)
            // It was not kept as this key's answer.
            _ = try await gateway.approvedNode("nobody")
            _ = person.invoke("nobody")
            try await turns { gateway.nodes.invocations.count == 1 }
        }
    }

    @Test func theNewestConnectionOfANodeCountsAndTheOlderOneWhenItLeaves() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let older = try await gateway.approvedNode("n1")
            let newer = try await gateway.node("n1")
            let person = try await gateway.person(.write)
            let first = person.invoke("n1", key: "a")
            let asked = try await newer.event("node.invoke.request")
            #expect(!older.has("node.invoke.request"))
            try await newer.answer(asked, as: "n1")
            _ = try await person.response(first)
            newer.leave()
            _ = try await newer.ended()
            let list = try await person.call("node.list")?["nodes"]
            #expect(list?.array?.count == 1)
            #expect(list?[0]?["connected"]?.bool == true)
            let second = person.invoke("n1", key: "b")
            try await older.answer(try await older.event("node.invoke.request"), as: "n1")
            #expect(try await person.response(second)["ok"]?.bool == true)
        }
    }
}
