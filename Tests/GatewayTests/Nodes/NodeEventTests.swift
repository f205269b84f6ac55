import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// `node.event`: every answer tells what was done (protocol.md section 7, nodes).
@Suite struct NodeEventTests {
    @Test(arguments: NodeEvents.unserved + ["made.up"]) func whatNobodyListensToIsSaid(event: String) async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.node("n1")
            let answer = try await node.call("node.event", ["event": .string(event), "payload": ["text": "hi"]])
            let reason: JSON = event == "made.up" ? "unknown-event" : "not-served"
            #expect(answer == ["ok": true, "event": .string(event), "handled": false, "reason": reason])
        }
    }

    @Test func aNodeHearsTheSessionsItSubscribedTo() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.node("n1")
            let other = try await gateway.node("n2")
            let chat: JSON = ["event": "chat.subscribe", "payloadJSON": #"{"sessionKey":"agent:main:main"}"#]
            let answer = try await node.call("node.event", chat)
            #expect(answer?["handled"]?.bool == true)
            gateway.plane.hub.tell(.sessionMessage, ["n": 1], ofSession: "agent:main:main")
            #expect(try await node.event("session.message") == ["n": 1])
            let end: JSON = ["event": "chat.unsubscribe", "payload": ["sessionKey": "agent:main:main"]]
            try await node.call("node.event", end)
            gateway.plane.hub.tell(.sessionMessage, ["n": 2], ofSession: "agent:main:main")
            try await other.call("skills.bins")
            try await node.call("skills.bins")
            #expect(!node.has("session.message"))
            #expect(!other.has("session.message"))
        }
    }

    @Test func subscriptionsAreCheckedAndLimited() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.node("n1")
            let subscribe = { @LoopActor (key: String) async throws -> Bool? in
                let chat: JSON = ["event": "chat.subscribe", "payload": ["sessionKey": .string(key)]]
                return try await node.call("node.event", chat)?["handled"]?.bool
            }
            let bytes = NodeEvents.sessionKeyBytes
            #expect(try await subscribe("") == false)
            #expect(try await subscribe(String(repeating: "k", count: bytes - 1)) == true)
            #expect(try await subscribe(String(repeating: "k", count: bytes)) == true)
            #expect(try await subscribe(String(repeating: "k", count: bytes + 1)) == false)
            for number in 3..<SessionSubscriptions.limit { #expect(try await subscribe("s\(number)") == true) }
            #expect(try await subscribe("last") == true)
            #expect(try await subscribe("more") == false)
        }
    }

    @Test func whatIsNotJSONIsNotHandled() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let node = try await gateway.node("n1")
            let event: JSON = ["event": "node.presence.alive", "payloadJSON": "{"]
            #expect(try await node.call("node.event", event)?["handled"]?.bool == false)
            let none: JSON = ["event": "node.presence.alive", "payloadJSON": nil]
            #expect(try await node.call("node.event", none)?["handled"]?.bool == true)
        }
    }

    @Test func aliveIsBelievedOnlyOfAKnownDevice() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let alive: JSON = ["event": "node.presence.alive", "payload": ["trigger": "made-up"]]
            let nameless = try await gateway.node(nil)
            let answer = try await nameless.call("node.event", alive)
            #expect(answer?["handled"]?.bool == false)
            #expect(answer?["reason"]?.string == "no-device-identity")
            let node = try await gateway.node("n1")
            #expect(try await node.call("node.event", alive)?["reason"]?.string == "persisted")
            #expect(gateway.nodes.book["n1"]?.lastSeenReason == "background")
            try await gateway.nodes.book.remove("n1")
            #expect(try await node.call("node.event", alive)?["reason"]?.string == "not-paired")
        }
    }
}
