import Platform
import Store
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct SlackSocketTests {
    @Test func whatIsSaidIsKeptAndThenAcknowledged() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            #expect(fixture.runner.present.identity == BotIdentity(id: "UBOT", name: "claw"))
            fixture.slack.bring("e1", FakeSlack.said("hi", "1790000000.000100"))
            fixture.slack.bring("e2", FakeSlack.said("you", "1790000000.000200"), to: fixture.slack.open[1])
            try await turns { fixture.handler.begun.count == 2 && fixture.slack.acks.count == 2 }
            #expect(fixture.slack.acks.sorted() == ["e1", "e2"])
            #expect(fixture.slack.open.count == SlackSockets.wanted)
        }
    }

    @Test func whatCannotBeKeptIsNotAcknowledged() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            await fixture.store.close()
            fixture.slack.bring("e1", FakeSlack.said("hi", "1790000000.000100"))
            try await turns { !fixture.runner.present.isReceiving }
            #expect(fixture.slack.acks.isEmpty)
        }
    }

    @Test func aMentionComesTwiceAndIsTakenOnce() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            let ts = "1790000000.000100"
            fixture.slack.bring("m", FakeSlack.said("<@UBOT> hi", ts))
            fixture.slack.bring(
                "a", FakeSlack.said("<@UBOT> hi", ts, type: "app_mention"), to: fixture.slack.open[1])
            fixture.slack.bring("m", FakeSlack.said("<@UBOT> hi", ts), to: fixture.slack.open[1])
            try await turns { fixture.slack.acks.count == 3 }
            try await fixture.calm()
            #expect(fixture.handler.begun == ["<@UBOT> hi"])
        }
    }

    @Test(arguments: ["warning", "refresh_requested"])
    func anotherSocketIsOpenBeforeTheOldOneGoes(reason: String) async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            try await fixture.pass(.seconds(15))
            fixture.slack.sockets[0].send(["type": "disconnect", "reason": .string(reason)])
            fixture.slack.bring("e1", FakeSlack.said("still here", "1790000000.000100"), to: fixture.slack.sockets[0])
            try await turns { fixture.slack.story.contains("closed 1") }
            #expect(fixture.slack.story == ["open 1", "open 2", "open 3", "closed 1"])
            try await turns { fixture.handler.begun == ["still here"] }
            try await fixture.pass(.seconds(60))
            #expect(fixture.slack.story.count == 4 && fixture.runner.present.restarts == 0)
        }
    }

    @Test func aServiceThatSendsEverySocketAwayIsNotPressed() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            for _ in 0..<60 {
                for socket in fixture.slack.open { socket.send(["type": "disconnect", "reason": "warning"]) }
                try await fixture.pass(.seconds(1))
            }
            #expect(fixture.slack.sockets.count <= 10)
            try await fixture.pass(.seconds(60))
            #expect(fixture.runner.present.isReceiving && fixture.slack.open.count == 2)
        }
    }

    @Test func oneLostSocketIsReplacedWithoutARestart() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            try await fixture.pass(.seconds(15))
            fixture.slack.bring("e1", FakeSlack.said("hi", "1790000000.000100"), to: nil)
            fixture.slack.sockets[1].connection?.cut()
            try await turns { fixture.slack.open.count == 2 && fixture.slack.acks.contains("e1") }
            #expect(fixture.runner.present.restarts == 0)
            try await turns { fixture.handler.begun == ["hi"] }
        }
    }

    @Test func socketModeThatIsOffStopsTheAccount() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            fixture.slack.sockets[0].send(["type": "disconnect", "reason": "link_disabled"])
            let stopped = AccountStatus.Phase.stopped(
                reason: "Socket Mode was turned off for the app",
                cure: "turn Socket Mode on in the app's settings, or use mode http")
            try await turns { fixture.runner.present.phase == stopped }
            let count = fixture.slack.count("apps.connections.open")
            try await fixture.pass(.seconds(120), step: .seconds(30))
            #expect(fixture.slack.count("apps.connections.open") == count)
        }
    }

    @Test func anIdleHourNeedsNoRestart() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            try await fixture.pass(.seconds(3600), step: .seconds(10))
            #expect(fixture.slack.sockets.count == 2 && fixture.runner.present.isReceiving)
            #expect(fixture.runner.present.restarts == 0)
        }
    }

    @Test func nonsenseIsSkippedAndAHugeMessageEndsTheSocketOnly() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            try await fixture.pass(.seconds(15))
            let socket = fixture.slack.sockets[0]
            socket.connection?.send("{\"type\":")
            socket.send(["type": "events_api", "envelope_id": "e0", "payload": ["event": ["type": "message"]]])
            socket.send(["type": "of_tomorrow", "envelope_id": "e1", "payload": [:]])
            fixture.slack.bring("e2", FakeSlack.said("hi", "1790000000.000100"), to: socket)
            try await turns { fixture.slack.acks == ["e0", "e1", "e2"] }
            socket.connection?.send(String(repeating: "x", count: SlackLink.longestMessage + 1))
            try await turns { fixture.slack.story.contains("open 3") && fixture.slack.open.count == 2 }
            #expect(fixture.runner.present.restarts == 0)
        }
    }

    @Test func theAddressOfASocketMustBeSafe() async throws {
        try await withSlack { fixture in
            fixture.slack.answers["apps.connections.open"] = [["ok": true, "url": "ws://slack.test/link"]]
            fixture.runner.start()
            try await turns { fixture.runner.present.restarts == 1 }
            #expect(fixture.slack.sockets.isEmpty)
            try await fixture.pass(.seconds(3))
            #expect(fixture.runner.present.isReceiving)
        }
    }

    @Test func aCommandIsAcknowledgedAndTaken() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            fixture.slack.bring(
                "c1",
                [
                    "command": "/claw", "text": "status", "channel_id": "D5", "channel_name": "directmessage",
                    "user_id": "U7", "user_name": "ann", "trigger_id": "1.2.3", "team_id": "T1",
                ], kind: "slash_commands")
            try await turns { fixture.handler.begun == ["/claw status"] && fixture.slack.acks == ["c1"] }
        }
    }
}
