import Platform
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct MatrixTests {
    @Test func whatWasSaidBeforeIsNotAnsweredAndWhatIsNewIs() async throws {
        try await withMatrix { bench in
            bench.matrix.say("history")
            try await bench.connect()
            bench.matrix.say("one")
            bench.matrix.say("two", in: FakeMatrix.room)
            bench.matrix.say("my own", from: FakeMatrix.bot)
            bench.matrix.say("three")
            try await turns { bench.handler.begun == ["one", "two", "three"] }
        }
    }

    @Test func whatWasSaidMeanwhileIsReadThroughTheGap() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            bench.matrix.say("one")
            try await turns { bench.handler.begun == ["one"] }
            try await bench.crash()
            bench.matrix.limit = 5
            for number in 0..<230 { bench.matrix.say("m \(number)") }
            bench.matrix.say("elsewhere", in: FakeMatrix.room)
            try await bench.connect()
            try await turns { bench.handler.begun.count == 231 }
            #expect(bench.handler.begun.filter { $0.hasPrefix("m ") } == (0..<230).map { "m \($0)" })
            #expect(bench.runner.present.gap == nil && bench.matrix.count("GET rooms/!dm:hs.test/messages") == 4)
            try await bench.crash()
            try await bench.connect()
            try await bench.pass(.seconds(40), step: .seconds(5))
            #expect(bench.handler.begun.isEmpty, "all of it is behind the mark")
        }
    }

    @Test func aGapThatCannotBeReadKeepsTheMark() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            try await bench.crash()
            bench.matrix.limit = 5
            for number in 0..<10 { bench.matrix.say("m \(number)") }
            bench.matrix.answers["GET rooms/!dm:hs.test/messages"] = [
                (.internalError, ["errcode": "M_UNKNOWN", "error": "Internal server error"])
            ]
            bench.runner.start()
            try await bench.pass(.seconds(10))
            #expect(bench.handler.begun == (0..<10).map { "m \($0)" } && bench.runner.present.gap == nil)
        }
    }

    @Test func aMarkThatIsNotKnownAnyMoreIsAGap() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            bench.matrix.say("one")
            try await turns { bench.handler.begun == ["one"] }
            bench.matrix.answers["GET sync"] = [
                (.badRequest, ["errcode": "M_UNKNOWN", "error": "Invalid stream token"])
            ]
            bench.matrix.restart()
            bench.matrix.say("two")
            try await bench.pass(.seconds(10))
            #expect(bench.runner.present.gap != nil)
            bench.matrix.say("three")
            try await turns { bench.handler.begun.last == "three" }
            #expect(bench.handler.begun == ["one", "three"] && bench.runner.present.isReceiving)
        }
    }

    @Test func aVirtualDayWithoutAWordIsNoFault() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            for _ in 0..<(24 * 60) {
                await bench.clock.advance(by: .seconds(30))
                try await bench.calm(4)
                await bench.clock.advance(by: .seconds(30))
                try await bench.calm(4)
            }
            #expect(bench.runner.present.isReceiving && bench.runner.present.restarts == 0)
            #expect(bench.matrix.count("GET sync") > 2800)
        }
    }

    // MARK: Rooms

    @Test func invitationsAreAcceptedAsConfigured() async throws {
        let invitation: JSON = [
            "invite_state": [
                "events": [
                    [
                        "type": "m.room.member", "state_key": .string(FakeMatrix.bot), "sender": "@bob:hs.test",
                        "content": ["membership": "invite", "is_direct": true],
                    ],
                    ["type": "m.room.canonical_alias", "content": ["alias": "#ops:hs.test"]],
                ]
            ]
        ]
        let cases: [(MatrixSettings.Joining, Bool)] = [
            (.off, false), (.always, true), (.listed(["!x:hs.test"]), false), (.listed(["#ops:hs.test"]), true),
        ]
        for (joining, isAccepted) in cases {
            try await withMatrix(joining: joining) { bench in
                bench.matrix.invitations = ["!inv:hs.test": invitation]
                bench.runner.start()
                try await bench.pass(.seconds(3))
                #expect((bench.matrix.count("POST join/!inv:hs.test") > 0) == isAccepted)
                #expect((bench.matrix.direct["@bob:hs.test"] == ["!inv:hs.test"]) == isAccepted)
            }
        }
    }

    @Test func aRoomThatItComesIntoIsAnsweredFromThenOn() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            bench.matrix.restart()
            bench.matrix.say("long ago", in: "!new:hs.test")
            await bench.clock.advance(by: .seconds(1))
            bench.matrix.add(
                [
                    "type": "m.room.member", "sender": .string(FakeMatrix.bot), "state_key": .string(FakeMatrix.bot),
                    "content": ["membership": "join"],
                ], "!new:hs.test")
            bench.matrix.say("hello", in: "!new:hs.test")
            try await bench.pass(.seconds(10))
            #expect(bench.handler.begun == ["hello"])
        }
    }

    @Test func nothingIsSaidInTheClearWhereARoomIsEncrypted() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            bench.matrix.encrypted = ["!secret:hs.test"]
            let report = try await bench.send(bench.message("one", chat: "!secret:hs.test"))
            #expect(report.state == .failed && report.error?.contains("encrypted") == true)
            // It may become so later, and that is told.
            #expect(try await bench.send(bench.message("two")).state == .delivered)
            bench.matrix.add(
                [
                    "type": "m.room.encryption", "sender": "@ada:hs.test",
                    "content": ["algorithm": "m.megolm.v1.aes-sha2"],
                ],
                FakeMatrix.room)
            bench.matrix.add(
                ["type": "m.room.encrypted", "sender": "@ada:hs.test", "content": ["ciphertext": "x"]], FakeMatrix.room)
            bench.matrix.say("seen")
            try await turns { bench.handler.begun == ["seen"] }
            #expect(try await bench.send(bench.message("three")).state == .failed)
            #expect(bench.matrix.count("PUT rooms/!secret:hs.test") == 0)
        }
    }

    // MARK: Sending

    @Test func aMessageIsSentAsItIsMeantAndIsThereOnce() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            var message = bench.message("<strong>hi</strong>", thread: "$root")
            message.plainText = "hi"
            #expect(try await bench.send(message, key: "k").state == .delivered)
            let content = bench.matrix.last("PUT rooms/\(FakeMatrix.room)/send/m.room.message/")
            #expect(content?["body"]?.string == "hi" && content?["formatted_body"]?.string == "<strong>hi</strong>")
            #expect(content?["m.mentions"] == [:])
            #expect(
                content?["m.relates_to"] == [
                    "rel_type": "m.thread", "event_id": "$root", "is_falling_back": true,
                    "m.in_reply_to": ["event_id": "$root"],
                ])
            // The answer to the first try is lost: the second is the same transaction.
            let count = bench.matrix.events.count
            bench.matrix.service.faults = [.resetAfter]
            try await bench.runner.outbox.put([OutboxEntry(key: "k2", bench.message("once"))])
            try await bench.pass(.seconds(20))
            #expect(bench.matrix.events.count == count + 1 && bench.runner.present.waitingOut == 0)
        }
    }

    @Test func peopleAliasesAndOtherDeeds() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            #expect(try await bench.send(bench.message("a", chat: "@ada:hs.test")).state == .delivered)
            #expect(bench.matrix.events.last?.room == "!dm:hs.test")
            #expect(try await bench.send(bench.message("b", chat: "user:@bob:hs.test")).state == .delivered)
            #expect(bench.matrix.events.last?.room == "!new:hs.test")
            #expect(bench.matrix.direct["@bob:hs.test"] == ["!new:hs.test"])
            #expect(try await bench.send(bench.message("c", chat: "#ops:hs.test")).state == .delivered)
            #expect(try await bench.send(bench.message("d", chat: "ops")).state == .failed)
            var message = bench.message("new")
            message.action = .edit("$e1")
            #expect(try await bench.send(message).platformID == "$e1")
            let edit = bench.matrix.last("PUT rooms/\(FakeMatrix.room)/send/m.room.message/")
            #expect(edit?["m.new_content"]?["body"]?.string == "new" && edit?["body"]?.string == "* new")
            message.action = .react(emoji: "👍", to: "$e1", isRemoved: false)
            #expect(try await bench.send(message).state == .delivered)
        }
    }

    @Test(arguments: [
        (403, "M_FORBIDDEN", OutboxState.failed), (413, "M_TOO_LARGE", .failed),
    ])
    func whatIsRefusedIsNotTriedAgain(status: Int, code: String, state: OutboxState) async throws {
        try await withMatrix { bench in
            try await bench.connect()
            let transaction = String(Hex.encode(SHA256.hash("k")).prefix(32))
            bench.matrix.answers["PUT rooms/\(FakeMatrix.room)/send/m.room.message/\(transaction)"] = [
                (HTTPStatus(status), ["errcode": .string(code), "error": "no"])
            ]
            let report = try await bench.send(bench.message("one"), key: "k")
            #expect(report.state == state && report.error?.contains(code) == true)
        }
    }

    // MARK: Faults

    private static let page = "<html>bad gateway</html>"

    @Test(arguments: [
        FakeService.Fault.refused, .resetBefore, .resetAfter, .half("HTTP/1.1 200 OK\r\n"), .raw("nonsense\r\n\r\n"),
        .silence, .answer(.tooManyRequests, #"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":7000}"#, [:]),
        .answer(.internalError, "", [:]), .answer(.badGateway, page, ["Content-Type": "text/html"]),
        .answer(.ok, "{\"next_b", [:]), .answer(.ok, "{}", [:]), .answer(.ok, "[]", [:]),
    ])
    func itReceivesAgainSoonAfterTheServiceIsWell(fault: FakeService.Fault) async throws {
        try await withMatrix { bench in
            try await bench.connect()
            bench.matrix.say("before")
            try await turns { bench.handler.begun == ["before"] }
            bench.matrix.service.faults = Array(repeating: fault, count: 4)
            bench.matrix.restart()
            bench.matrix.say("meanwhile")
            var seconds = 0
            while !bench.matrix.service.faults.isEmpty, seconds < 300 {
                try await bench.pass(.seconds(1))
                seconds += 1
            }
            #expect(bench.matrix.service.faults.isEmpty)
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["before", "meanwhile"])
        }
    }

    @Test func aSyncThatIsNeverAnsweredIsGivenUp() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            bench.matrix.isMute = true
            bench.matrix.say("one")
            try await bench.pass(.seconds(40))
            #expect(bench.handler.begun == ["one"] && bench.runner.present.restarts > 0)
            bench.matrix.isMute = false
            bench.matrix.say("two")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["one", "two"])
        }
    }

    @Test func aSessionThatEndedIsBegunAgainWithThePassword() async throws {
        try await withMatrix(.password(user: "molly", password: "good-password")) { bench in
            try await bench.connect()
            let login = bench.matrix.last("POST login")
            #expect(login?["device_id"]?.string?.hasPrefix("openclaw") == true)
            bench.matrix.token = "another"
            bench.matrix.restart()
            bench.matrix.say("one")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["one"])
            #expect(bench.matrix.last("POST login")?["device_id"] == login?["device_id"], "the same device")
        }
    }

    @Test(arguments: [
        MatrixSettings.Credentials.token("bad-token"), .password(user: "molly", password: "bad-password"),
    ])
    func whoIsNotLetInStops(credentials: MatrixSettings.Credentials) async throws {
        try await withMatrix(credentials) { bench in
            bench.runner.start()
            try await bench.pass(.seconds(2))
            guard case .stopped(let reason, let cure) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(!reason.contains("bad-") && cure.contains("channels.matrix"))
        }
    }

    @Test func aTokenThatIsTakenAwayStops() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            bench.matrix.token = "another"
            bench.matrix.restart()
            try await bench.pass(.seconds(5))
            guard case .stopped = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            let count = bench.matrix.calls.count
            try await bench.pass(.seconds(60), step: .seconds(20))
            #expect(bench.matrix.calls.count == count)
        }
    }
}
