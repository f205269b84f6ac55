import Platform
import Store
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct SlackDeskTests {
    static let now = WallTime(milliseconds: 1_790_000_000_000)

    private func look(
        _ desk: SlackDesk, _ body: String, signature: String?, at timestamp: String? = "1790000000",
        type: String = "application/json"
    ) -> SlackDesk.Verdict {
        desk.look(
            signature: signature, timestamp: timestamp, contentType: type, body: Array(body.utf8), now: Self.now)
    }

    /// The example of Slack's own documentation.
    @Test func theSignatureIsSlacks() {
        let body =
            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
            + "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
            + "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
            + "96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
        #expect(
            SlackDesk.signature(Array("8f742231b10e8888abcd99yyyzzz85a5".utf8), "1531420618", Array(body.utf8))
                == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503")
    }

    @Test func whoIsNotSlackIsRefused() {
        let desk = SlackDesk(signingSecret: "key-of-tests")
        let body = #"{"type":"url_verification","challenge":"abc"}"#
        let good = "v0=7e2c4cc2591b541358c59f5930fe114c645057c424b05d4e32339422eabba07b"
        #expect(look(desk, body, signature: good) == .challenge("abc"))
        #expect(look(desk, body + " ", signature: good) == .refused("the signature is wrong"))
        #expect(look(desk, body, signature: String(good.dropLast())) == .refused("the signature is wrong"))
        #expect(look(desk, body, signature: "") == .refused("the signature is wrong"))
        #expect(look(desk, body, signature: nil) == .refused("the request is not signed"))
        #expect(look(desk, body, signature: good, at: nil) == .refused("the request is not signed"))
        #expect(look(desk, body, signature: good, at: "-1790000000") == .refused("the request is not signed"))
        let nobody = SlackDesk(signingSecret: "")
        let unsigned = SlackDesk.signature([], "1790000000", Array(body.utf8))
        #expect(look(nobody, body, signature: unsigned) == .refused("the request is not signed"))
        for (time, isGood) in [
            ("1789999700", true), ("1790000300", true), ("1789999699", false), ("1790000301", false),
        ] {
            let signature = SlackDesk.signature(Array("key-of-tests".utf8), time, Array(body.utf8))
            let verdict = look(desk, body, signature: signature, at: time)
            #expect(verdict == (isGood ? .challenge("abc") : .refused("the request is not of this time")))
        }
    }

    @Test func aFormIsRead() {
        let desk = SlackDesk(signingSecret: "key-of-tests")
        let verdict = look(
            desk, "command=%2Fclaw&text=say+hi%21&channel_id=D1&user_id=U7&trigger_id=9.8&team_id=T1",
            signature: "v0=8062be6c2be702edaaaf2a24054372f783c617841da4e9d154564b0b1ab61b7b",
            type: "application/x-www-form-urlencoded; charset=utf-8")
        guard case .envelope(let envelope, nil) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(envelope.kind == .command)
        let reader = SlackReader(botUser: "UBOT", botID: nil, team: nil)
        #expect(reader.command(envelope.payload, now: Self.now)?.text == "/claw say hi!")
        for body in ["payload=%7B", "a=%zz", "a=b", "text=%ff&command=x"] {
            let signature = SlackDesk.signature(Array("key-of-tests".utf8), "1790000000", Array(body.utf8))
            let verdict = look(desk, body, signature: signature, type: "application/x-www-form-urlencoded")
            guard case .unreadable = verdict else {
                Issue.record("\(body): \(verdict)")
                continue
            }
        }
    }

    @Test func requestsReachTheInboxOnceAndAreAnsweredWhenTheyAreKept() async throws {
        let settings = SlackSettings(
            mode: .http, botToken: "xoxb-secret", signingSecret: "key-of-tests", apiRoot: "https://slack.test/api")
        try await withSlack(settings) { fixture in
            fixture.runner.start()
            try await turns { fixture.runner.present.isReceiving }
            let connector = try #require(fixture.connectors.last)
            @LoopActor func post(_ body: JSON) async -> SlackConnector.Answer {
                let bytes = JSONWriter.bytes(of: body)
                let time = "\(fixture.clock.wall.seconds)"
                return await connector.receive(bytes) { field in
                    [
                        "X-Slack-Signature": SlackDesk.signature(Array("key-of-tests".utf8), time, bytes),
                        "X-Slack-Request-Timestamp": time, "Content-Type": "application/json",
                    ][field]
                }
            }
            let event: JSON = [
                "type": "event_callback", "event_id": "Ev1", "team_id": "T1",
                "event": FakeSlack.said("hi", "1790000000.000100"),
            ]
            for _ in 0..<3 { #expect(await post(event) == .init(status: .ok, text: "")) }
            try await turns { fixture.handler.begun == ["hi"] }
            #expect(await post(["type": "url_verification", "challenge": "c"]) == .init(status: .ok, text: "c"))
            let time = "\(fixture.clock.wall.seconds)"
            let forged = await connector.receive([]) { field in
                ["X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "\(time)"][field]
            }
            #expect(forged.status == .unauthorized)
            try await fixture.pass(.seconds(120), step: .seconds(10))
            #expect(fixture.runner.present.isReceiving && fixture.runner.present.restarts == 0)
            await fixture.store.close()
            var other = event
            other["event_id"] = "Ev2"
            #expect(await post(other).status == .unavailable)
            fixture.slack.answers["auth.test"] = [["ok": false, "error": "token_revoked"]]
            try await turns { fixture.slack.sockets.isEmpty }
        }
    }

    @Test func aTokenThatIsRevokedIsNoticed() async throws {
        let settings = SlackSettings(
            mode: .http, botToken: "xoxb-secret", signingSecret: "key-of-tests", apiRoot: "https://slack.test/api")
        try await withSlack(settings) { fixture in
            fixture.runner.start()
            try await turns { fixture.runner.present.isReceiving }
            fixture.slack.answers["auth.test"] = [["ok": false, "error": "token_revoked"]]
            try await fixture.pass(.seconds(25), step: .seconds(5))
            guard case .stopped = fixture.runner.present.phase else {
                Issue.record("\(fixture.runner.present.phase)")
                return
            }
        }
    }
}
