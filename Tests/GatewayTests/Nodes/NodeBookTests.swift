import Contract
import Platform
import Store
import Support
import Testing

@testable import Gateway

/// What is remembered of nodes.
@Suite struct NodeBookTests {
    @Test func approvalsNamesAndLastSeenOutliveARestart() async throws {
        try await onLoop {
            let place = NodeStore()
            var store = try await place.open()
            var gateway = try await GatewayHarness.trusting()
            try await gateway.plane.attach(store)
            var node = try await gateway.node("n1", commands: ["system.notify"], platform: "macos 15.1.0", name: "Mac")
            var person = try await gateway.person(.admin)
            let id = try #require(gateway.nodes.pairings.request(of: "n1")?.id)
            try await person.call("node.pair.approve", ["requestId": .string(id)])
            try await person.call("node.rename", ["nodeId": "n1", "displayName": "Studio"])
            let alive = try await node.call(
                "node.event", ["event": "node.presence.alive", "payloadJSON": #"{"trigger":"silent_push"}"#])
            #expect(alive?["reason"]?.string == "persisted")
            let seen = gateway.clock.wall.milliseconds
            await store.close()

            store = try await place.open()
            gateway = try await GatewayHarness.trusting()
            try await gateway.plane.attach(store)
            person = try await gateway.person(.admin)
            let entry = try await person.call("node.describe", ["nodeId": "n1"])
            #expect(entry?["displayName"]?.string == "Studio")
            #expect(entry?["platform"]?.string == "macos 15.1.0")
            #expect(entry?["commands"] == ["system.notify"])
            #expect(entry?["connected"]?.bool == false)
            #expect(entry?["paired"]?.bool == true)
            #expect(entry?["lastSeenReason"]?.string == "silent_push")
            #expect(entry?["lastSeenAtMs"]?.int == Int(seen))
            node = try await gateway.node("n1", commands: ["system.notify"], platform: "macos 15.1.0")
            #expect(gateway.nodes.pairings.waiting.isEmpty)
            _ = person.invoke("n1")
            _ = try await node.event("node.invoke.request")
            try await person.call("node.pair.remove", ["nodeId": "n1"])
            await store.close()

            store = try await place.open()
            gateway = try await GatewayHarness.trusting()
            try await gateway.plane.attach(store)
            #expect(gateway.nodes.book["n1"] == nil)
            await store.close()
        }
    }

    @Test func aTokenIsNotStored() async throws {
        try await onLoop {
            let place = NodeStore()
            let store = try await place.open()
            let gateway = try await GatewayHarness.trusting()
            try await gateway.plane.attach(store)
            let person = try await gateway.person(.pairing)
            let request = try await person.call("node.pair.request", ["nodeId": "n1"])?["request"]
            let approve: JSON = ["requestId": request?["requestId"] ?? .null]
            let node = try await person.call("node.pair.approve", approve)?["node"]
            let token = try #require(node?["token"]?.string)
            let texts = try await store.read { (read) throws(StoreError) in
                try read.rows("SELECT record FROM nodes") { (row) throws(StoreError) -> String in try row[0] }
            }
            #expect(texts.count == 1)
            #expect(texts.first?.contains(token) == false)
            await store.close()
        }
    }

    @Test func whatCannotBeStoredIsNotApproved() async throws {
        try await onLoop {
            let place = NodeStore()
            let store = try await place.open()
            let gateway = try await GatewayHarness.trusting()
            try await gateway.plane.attach(store)
            _ = try await gateway.node("n1")
            let person = try await gateway.person(.admin)
            let id = try #require(gateway.nodes.pairings.request(of: "n1")?.id)
            await store.close()
            let error = try await person.refusal("node.pair.approve", ["requestId": .string(id)])
            #expect(error["code"]?.string == "UNAVAILABLE")
            #expect(gateway.nodes.book["n1"]?.approval == nil)
            #expect(gateway.nodes.pairings.request(of: "n1")?.id == id)
            let rename = try await person.refusal("node.rename", ["nodeId": "n1", "displayName": "x"])
            #expect(rename["code"]?.string == "UNAVAILABLE")
            #expect(gateway.nodes.book["n1"]?.name == nil)
        }
    }

    @Test func aRecordThatCannotBeReadIsLeftOut() async throws {
        try await onLoop {
            let place = NodeStore()
            let store = try await place.open()
            try await store.write { (write) throws(StoreError) in
                _ = try write.run("INSERT INTO nodes (node_id, record, updated_at) VALUES ('odd', '[]', 1)")
            }
            let gateway = try await GatewayHarness.trusting()
            try await gateway.plane.attach(store)
            #expect(gateway.nodes.book.all.isEmpty)
            await store.close()
        }
    }

    @Test func aRecordIsReadAsItWasWritten() async throws {
        try await onLoop {
            var record = NodeRecord(
                nodeID: "n1",
                facts: NodeFacts(
                    displayName: "a", platform: "b", version: "c", coreVersion: "d", uiVersion: "e", deviceFamily: "f",
                    modelIdentifier: "g", remoteIP: "h", caps: ["i"], commands: ["j"], permissions: ["k": false]),
                createdAt: WallTime(nanoseconds: 1_000_000))
            #expect(NodeRecord(nodeID: "n1", text: record.text) == record)
            record.name = "l"
            record.lastSeenAt = WallTime(nanoseconds: 2_000_000)
            record.lastSeenReason = "m"
            record.approval = NodeRecord.Approval(
                caps: ["n"], commands: ["o"], approvedAt: WallTime(nanoseconds: 3_000_000), tokenDigest: [1, 255])
            #expect(NodeRecord(nodeID: "n1", text: record.text) == record)
        }
    }

    @Test func theNumberOfNodesIsLimited() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let book = gateway.nodes.book
            for number in 1..<NodeBook.limit { book.saw("n\(number)", NodeFacts(), reason: "connect") }
            #expect(book.all.count == NodeBook.limit - 1)
            book.saw("last", NodeFacts(), reason: "connect")
            book.saw("more", NodeFacts(), reason: "connect")
            #expect(book.all.count == NodeBook.limit)
            #expect(book["more"] == nil)
            let person = try await gateway.person(.pairing)
            let request = try await person.call("node.pair.request", ["nodeId": "more"])?["request"]
            let approve: JSON = ["requestId": request?["requestId"] ?? .null]
            let error = try await person.refusal("node.pair.approve", approve)
            #expect(error["code"]?.string == "UNAVAILABLE")
            try await book.remove("last")
            try await person.call("node.pair.approve", approve)
        }
    }

    @Test func namesAreChecked() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            _ = try await gateway.node("n1")
            let person = try await gateway.person(.pairing)
            for (count, isGood) in [
                (NodeBook.nameBytes - 1, true), (NodeBook.nameBytes, true), (NodeBook.nameBytes + 1, false),
            ] {
                let name = String(repeating: "a", count: count)
                let answer = try await person.request("node.rename", ["nodeId": "n1", "displayName": .string(name)])
                #expect(answer["ok"]?.bool == isGood)
            }
            let blank = try await person.refusal("node.rename", ["nodeId": "n1", "displayName": "  "])
            #expect(blank["message"]?.string?.hasPrefix("invalid node.rename params: ") == true)
            let unknown = try await person.refusal("node.rename", ["nodeId": "n2", "displayName": "x"])
            #expect(unknown["message"]?.string == "unknown nodeId")
        }
    }

    @Test func connectedNodesComeFirstThenNames() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            _ = try await gateway.node("n3", name: "beta")
            _ = try await gateway.node("n2", name: "Alpha")
            let gone = try await gateway.node("n1", name: "aaa")
            gone.leave()
            _ = try await gone.ended()
            let person = try await gateway.person(.read)
            let list = try await person.call("node.list")?["nodes"]?.array ?? []
            #expect(list.map { $0["nodeId"]?.string } == ["n2", "n3", "n1"])
            #expect(list.map { $0["connected"]?.bool } == [true, true, false])
            #expect(list[2]["lastSeenReason"]?.string == "disconnect")
            let error = try await person.refusal("node.describe", ["nodeId": "nobody"])
            #expect(error["code"]?.string == "INVALID_REQUEST")
            #expect(error["message"]?.string == "unknown nodeId")
        }
    }
}
