import Platform
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct SlackFaultTests {
    static let page = "<html>bad gateway</html>"

    /// Each happens to four requests in a row, after the service ended all connections.
    @Test(arguments: [
        FakeService.Fault.refused, .resetBefore, .resetAfter, .half("HTTP/1.1 200 OK\r\n"), .raw("nonsense\r\n\r\n"),
        .silence, .answer(.tooManyRequests, "{}", ["Retry-After": "7"]), .answer(.internalError, "", [:]),
        .answer(.badGateway, page, ["Content-Type": "text/html"]), .answer(.ok, "{\"ok\":tr", [:]),
        .answer(.ok, #"{"ok":false,"error":"internal_error"}"#, [:]),
    ])
    func itReceivesAgainSoonAfterTheServiceIsWell(fault: FakeService.Fault) async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            fixture.slack.bring("e1", FakeSlack.said("before", "1790000000.000100"))
            try await turns { fixture.slack.acks == ["e1"] }
            fixture.slack.service.faults = Array(repeating: fault, count: 4)
            fixture.slack.restart()
            fixture.slack.bring("e2", FakeSlack.said("meanwhile", "1790000000.000200"))
            fixture.slack.bring("e1", FakeSlack.said("before", "1790000000.000100"))
            var seconds = 0
            while !fixture.slack.service.faults.isEmpty, seconds < 300 {
                try await fixture.pass(.seconds(1))
                seconds += 1
            }
            #expect(fixture.slack.service.faults.isEmpty)
            try await fixture.pass(.seconds(35))
            #expect(fixture.runner.present.isReceiving && fixture.slack.open.count == 2)
            try await turns { fixture.slack.acks.contains("e2") }
            #expect(fixture.handler.begun == ["before", "meanwhile"])
        }
    }

    @Test(arguments: ["invalid_auth", "token_revoked", "account_inactive", "token_expired", "missing_scope"])
    func aTokenOfNoUseStopsTheAccount(error: String) async throws {
        for method in ["auth.test", "apps.connections.open"] {
            try await withSlack { fixture in
                try await fixture.connect()
                fixture.slack.answers[method] = [
                    ["ok": false, "error": .string(error), "needed": "connections:write"]
                ]
                fixture.slack.restart()
                try await fixture.pass(.seconds(5))
                guard case .stopped(let reason, let cure) = fixture.runner.present.phase else {
                    Issue.record("\(fixture.runner.present.phase)")
                    return
                }
                #expect(reason == "Slack refused \(method): \(error)")
                #expect(cure.contains(error == "missing_scope" ? "connections:write" : "channels.slack.botToken"))
                let count = fixture.slack.calls.count
                try await fixture.pass(.seconds(120), step: .seconds(30))
                #expect(fixture.slack.calls.count == count)
            }
        }
    }

    @Test func tokensOfDifferentAppsAreToldApart() async throws {
        try await withSlack { fixture in
            fixture.slack.app = "A2"
            fixture.runner.start()
            try await turns { !fixture.slack.calls.isEmpty && fixture.runner.status.phase != .connecting }
            guard case .lasting(let reason, let cure) = SlackConnector.mismatch else { return }
            #expect(fixture.runner.present.phase == .stopped(reason: reason, cure: cure))
        }
    }

    @Test func settingsThatCannotWorkNeedNoService() async throws {
        let root = "https://slack.test/api"
        for settings in [
            SlackSettings(botToken: "", appToken: "xapp-1-A1-x", apiRoot: root),
            SlackSettings(botToken: "xoxb-secret", apiRoot: root),
            SlackSettings(botToken: "xapp-secret", appToken: "xoxb-secret", apiRoot: root),
            SlackSettings(mode: .http, botToken: "xoxb-secret", apiRoot: root),
            SlackSettings(botToken: "xoxb-secret", appToken: "xapp-1-A1-x", apiRoot: "slack"),
        ] {
            try await withSlack(settings) { fixture in
                fixture.runner.start()
                try await turns { fixture.runner.status.phase != .connecting }
                guard case .stopped(let reason, let cure) = fixture.runner.present.phase else {
                    Issue.record("\(fixture.runner.present.phase)")
                    return
                }
                #expect(!reason.contains("-secret") && !cure.isEmpty && fixture.slack.calls.isEmpty)
            }
        }
    }

    @Test func aServiceThatSaysNoHelloIsGivenUp() async throws {
        try await withSlack { fixture in
            fixture.slack.saysHello = false
            fixture.runner.start()
            try await fixture.pass(.seconds(11))
            #expect(fixture.runner.present.restarts == 1)
            fixture.slack.saysHello = true
            try await fixture.pass(.seconds(5))
            #expect(fixture.runner.present.isReceiving)
        }
    }

    @Test func aClockThatJumpsChangesNothing() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            for jump: Int64 in [86_400, -172_800] {
                fixture.clock.wall.nanoseconds += jump * 1_000_000_000
                try await fixture.pass(.seconds(70), step: .seconds(5))
                #expect(fixture.runner.present.isReceiving && fixture.runner.present.restarts == 0)
            }
            fixture.slack.bring("e1", FakeSlack.said("hi", "1790000000.000100"))
            try await turns { fixture.handler.begun == ["hi"] }
        }
    }

    @Test func noSecretIsInAFault() async throws {
        try await withSlack { fixture in
            for fault in [FakeService.Fault.resetBefore, .resetAfter, .answer(.badGateway, Self.page, [:])] {
                fixture.slack.service.faults = [fault]
                do throws(ConnectorFault) {
                    _ = try await fixture.connector().probe()
                    Issue.record("it must fail")
                } catch {
                    #expect(!error.reason.contains("secret") && error.reason.contains("slack.test"))
                }
            }
        }
    }

    @Test func theProbeTellsWhatIsMissing() async throws {
        try await withSlack { fixture in
            #expect(try await fixture.connector().probe() == BotIdentity(id: "UBOT", name: "claw"))
            fixture.slack.scopes = SlackConnector.scopes.dropFirst(2).joined(separator: ",")
            let identity = try await fixture.connector().probe()
            #expect(
                identity.findings == [
                    "scopes are missing: app_mentions:read, channels:history; add them under OAuth & Permissions and "
                        + "install the app again"
                ])
            #expect(fixture.slack.count("apps.connections.open") == 2)
        }
    }
}
