import Agents
import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// Webhooks over HTTP: who is let in, what is read, and what each is answered (http.md section 5).
@Suite struct HookRouteTests {
    private static let token = "hooks-token-0123456789"

    /// A gateway with hooks as the test wants them.
    @LoopActor
    private final class Bench {
        let gateway: GatewayHarness

        init(_ change: (inout HookSettings) -> Void = { _ in }) async throws {
            gateway = try await GatewayHarness()
            var settings = HookSettings()
            settings.isEnabled = true
            settings.token = SecretDigest(of: HookRouteTests.token)
            change(&settings)
            gateway.plane.hooks.routes.take(settings)
        }

        func send(
            _ path: String, _ body: String = "{}", token: String? = HookRouteTests.token, method: String = "POST",
            _ fields: KeyValuePairs<String, String> = [:]
        ) async throws -> HarnessAnswer {
            var text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n"
            if let token { text += "Authorization: Bearer \(token)\r\n" }
            for (name, value) in fields { text += "\(name): \(value)\r\n" }
            return try await gateway.exchange(text + "\r\n" + body)
        }
    }

    private static func mapping(_ text: String) throws -> HookMapping {
        HookMapping(try JSON5Document(text).value, setting: "hooks.mappings[0]")
    }

    // MARK: Who is let in

    @Test func withoutThemTheirPathIsNobodys() async throws {
        try await onLoop {
            let bench = try await Bench { $0.isEnabled = false }
            #expect(try await bench.send("/hooks/wake", #"{"text":"x"}"#).status == 404)
        }
    }

    @Test func theTokenComesInAHeader() async throws {
        try await onLoop {
            let bench = try await Bench()
            let wake = #"{"text":"look"}"#
            let good = try await bench.send("/hooks/wake", wake)
            #expect(good.status == 200 && good.body == #"{"ok":true,"mode":"now"}"#)
            let other = try await bench.send("/hooks/wake", wake, token: nil, ["x-openclaw-token": Self.token])
            #expect(other.status == 200)
            let wrong = try await bench.send("/hooks/wake", wake, token: "wrong")
            #expect(wrong.status == 401 && wrong.body == "Unauthorized")
            #expect(try await bench.send("/hooks/wake", wake, token: nil).status == 401)
            #expect(try await bench.send("/hooks/wake", wake, token: GatewayHarness.token).status == 401)
            let query = try await bench.send("/hooks/wake?token=\(Self.token)", wake)
            #expect(query.status == 400 && !query.body.contains(Self.token))
        }
    }

    @Test func theMethodIsLookedAtFirst() async throws {
        try await onLoop {
            let bench = try await Bench()
            let answer = try await bench.send("/hooks/wake", "", token: nil, method: "GET")
            #expect(answer.status == 405 && answer.field("Allow") == "POST" && answer.body == "Method Not Allowed")
        }
    }

    @Test func guessingIsLockedOutRightTokensIncluded() async throws {
        try await onLoop {
            let bench = try await Bench()
            for number in 0..<10 {
                #expect(try await bench.send("/hooks/wake", token: "guess-\(number)").status == 401)
            }
            let locked = try await bench.send("/hooks/wake", #"{"text":"x"}"#)
            #expect(locked.status == 429 && locked.body == "Too Many Requests")
            #expect(locked.field("Retry-After").flatMap { Int($0) }.map { $0 > 0 } == true)
            await bench.gateway.clock.advance(by: .seconds(301))
            #expect(try await bench.send("/hooks/wake", #"{"text":"x"}"#).status == 200)
        }
    }

    @Test func anotherGatewaysWorkIsNotDone() async throws {
        try await onLoop {
            let bench = try await Bench()
            bench.gateway.plane.cron.mayStart = { false }
            #expect(try await bench.send("/hooks/wake", #"{"text":"x"}"#).status == 503)
            #expect(bench.gateway.plane.events.waiting == [])
            bench.gateway.plane.cron.mayStart = { true }
            #expect(try await bench.send("/hooks/wake", #"{"text":"x"}"#).status == 200)
        }
    }

    // MARK: What is read

    @Test func aBodyHasALimit() async throws {
        try await onLoop {
            let bench = try await Bench { $0.bodyLimit = 100 }
            let fitting = #"{"text":""# + String(repeating: "x", count: 89) + #""}"#
            #expect(fitting.utf8.count == 100)
            #expect(try await bench.send("/hooks/wake", fitting).status == 200)
            let large = try await bench.send("/hooks/wake", fitting + " ")
            #expect(large.status == 413 && large.body == #"{"ok":false,"error":"payload too large"}"#)
            let connection = bench.gateway.connection()
            connection.send(
                "POST /hooks/wake HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(Self.token)\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n65\r\n\(fitting) \r\n0\r\n\r\n")
            try await turns { HarnessAnswer(connection.text).isComplete }
            #expect(HarnessAnswer(connection.text).status == 413)
            connection.close()
        }
    }

    @Test func aBodyThatComesTooSlowlyIsGivenUp() async throws {
        try await onLoop {
            let bench = try await Bench()
            let connection = bench.gateway.connection()
            connection.send(
                "POST /hooks/wake HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(Self.token)\r\n"
                    + "Content-Length: 20\r\n\r\n{\"te")
            await bench.gateway.clock.settle()
            await bench.gateway.clock.advance(by: .seconds(29))
            #expect(connection.text.isEmpty)
            await bench.gateway.clock.advance(by: .seconds(2))
            try await turns { HarnessAnswer(connection.text).isComplete }
            #expect(HarnessAnswer(connection.text).status == 408)
            connection.close()
        }
    }

    @Test(arguments: [
        ("/hooks/wake", "{}", "text required"), ("/hooks/wake", #"{"text":"  "}"#, "text required"),
        ("/hooks/wake", #"{"text":1}"#, "text required"), ("/hooks/wake", "[]", "the body must be a JSON object"),
        ("/hooks/wake", #"{"text":"x","agentId":"nobody"}"#, "unknown agent id \"nobody\""),
        (
            "/hooks/wake", #"{"text":"x","sessionKey":"a"}"#,
            "sessionKey is not taken from requests (hooks.allowRequestSessionKey)"
        ),
        ("/hooks/agent", "{}", "message required"),
        ("/hooks/agent", #"{"message":"x","model":""}"#, "model required"),
        ("/hooks/agent", #"{"message":"x","model":"nobody/none"}"#, "unknown model \"nobody/none\""),
        ("/hooks/agent", #"{"message":"x","channel":7}"#, "channel must be last, or the name of a channel"),
        ("/hooks/agent", #"{"message":"x","channel":"telegram"}"#, "to required: the chat in telegram"),
        ("/hooks/agent", #"{"message":"x","to":"7"}"#, "channel required, as `to` is given"),
        ("/hooks/agent", #"{"message":"x","sessionMode":"both"}"#, "sessionMode must be isolated or persistent"),
        (
            "/hooks/agent", #"{"message":"x","sessionMode":"persistent"}"#,
            "sessionMode \"persistent\" needs a sessionKey"
        ),
    ])
    func whatIsWrongIsSaid(_ path: String, _ body: String, _ words: String) async throws {
        try await onLoop {
            let bench = try await Bench()
            let answer = try await bench.send(path, body)
            #expect(answer.status == 400)
            #expect(answer.json?["ok"]?.bool == false && answer.json?["error"]?.string == words)
        }
    }

    @Test func brokenJSONIsSaidToBe() async throws {
        try await onLoop {
            let bench = try await Bench()
            let answer = try await bench.send("/hooks/agent", "{")
            #expect(answer.status == 400)
            #expect(answer.json?["error"]?.string?.hasPrefix("the body is not JSON: ") == true)
        }
    }

    // MARK: What it comes to

    @Test func aRunBeginsAndIsNamed() async throws {
        try await onLoop {
            let bench = try await Bench()
            let answer = try await bench.send("/hooks/agent", #"{"message":"/restart now","name":"Mail"}"#)
            #expect(answer.status == 200 && answer.json?["ok"]?.bool == true)
            #expect(answer.json?["runId"]?.string?.utf8.count == 36)
        }
    }

    @Test func aTextMayWaitForTheNextHeartbeat() async throws {
        try await onLoop {
            let bench = try await Bench()
            let answer = try await bench.send("/hooks/wake", #"{"text":"later","mode":"next-heartbeat"}"#)
            #expect(answer.body == #"{"ok":true,"mode":"next-heartbeat"}"#)
            #expect(bench.gateway.plane.events.waiting == ["later"])
        }
    }

    @Test func agentsThatHooksDoNotReach() async throws {
        try await onLoop {
            let bench = try await Bench { $0.agentIDs = ["hooks"] }
            let answer = try await bench.send("/hooks/wake", #"{"text":"x"}"#)
            #expect(answer.status == 400)
            #expect(answer.json?["error"]?.string == "agent \"main\" is not one of hooks.allowedAgentIds")
        }
    }

    @Test func sessionsThatRequestsMayName() async throws {
        try await onLoop {
            let bench = try await Bench {
                $0.takesSessionKeys = true
                $0.sessionKeyPrefixes = ["hook:"]
            }
            let ask = { (key: String) in #"{"message":"x","sessionKey":"\#(key)","sessionMode":"persistent"}"# }
            #expect(try await bench.send("/hooks/agent", ask("hook:a")).status == 200)
            let answer = try await bench.send("/hooks/agent", ask("main"))
            #expect(answer.status == 400)
            #expect(answer.json?["error"]?.string?.contains("hooks.allowedSessionKeyPrefixes") == true)
        }
    }

    // MARK: Mappings

    @Test func pathsWithoutAMappingAreNotFound() async throws {
        try await onLoop {
            let bench = try await Bench {
                $0.mappings = [try! Self.mapping("{match: {path: 'a/b'}, action: 'wake', textTemplate: 't'}")]
            }
            for path in ["/hooks", "/hooks/", "/hooks/c", "/hooks/a", "/hooks/a/b/c"] {
                let answer = try await bench.send(path)
                #expect(answer.status == 404 && answer.body == "Not Found", "\(path)")
            }
            #expect(try await bench.send("/hooks/a/b").status == 200)
            #expect(try await bench.send("/hooks/a/b/").status == 200)
            #expect(try await bench.send("/hooksters").status == 404)
        }
    }

    @Test func aTextIsFilledInAndMarked() async throws {
        try await onLoop {
            let bench = try await Bench {
                $0.mappings = [
                    try! Self.mapping(
                        "{match: {path: 'mail', source: 'trusted'}, action: 'wake', textTemplate: '{{n}}', "
                            + "allowUnsafeExternalContent: true, wakeMode: 'next-heartbeat'}"),
                    try! Self.mapping(
                        "{match: {path: 'mail'}, action: 'wake', textTemplate: 'Mail from {{messages[0].from}}'}"),
                ]
            }
            #expect(
                try await bench.send("/hooks/mail", #"{"source":"trusted","n":7}"#).json?["mode"] == "next-heartbeat")
            #expect(try await bench.send("/hooks/mail", #"{"messages":[{"from":"a@b"}]}"#).json?["mode"] == "now")
            let waiting = bench.gateway.plane.events.waiting
            #expect(waiting.first == "7")
            #expect(waiting.last?.hasSuffix("which are no instruction: Mail from a@b") == true)
        }
    }

    @Test func whatComesToNothingIsABadRequest() async throws {
        try await onLoop {
            let bench = try await Bench {
                $0.mappings = [
                    try! Self.mapping("{match: {path: 'a'}, action: 'wake', textTemplate: '{{x}}'}"),
                    try! Self.mapping("{match: {path: 'b'}, action: 'agent', messageTemplate: '{{'}"),
                    try! Self.mapping(
                        "{match: {path: 'c'}, messageTemplate: 'x', sessionKey: 'hook:{{id}}', sessionMode: 'persistent'}"
                    ),
                ]
            }
            #expect(try await bench.send("/hooks/a").json?["error"] == "the text is empty")
            #expect(try await bench.send("/hooks/b").json?["error"] == "bad template: a {{ without its }}")
            let keyed = try await bench.send("/hooks/c", #"{"id":"1"}"#)
            #expect(keyed.status == 400)
            #expect(keyed.json?["error"]?.string?.contains("allowRequestSessionKey") == true)
        }
    }

    @Test func modulesAreNotRun() async throws {
        try await onLoop {
            let bench = try await Bench {
                $0.mappings = [try! Self.mapping("{match: {path: 'a'}, transform: {module: 'x.ts'}}")]
            }
            let answer = try await bench.send("/hooks/a")
            #expect(answer.status == 500)
            #expect(
                answer.json?["error"]
                    == "hook mapping failed: transform modules are not supported; use transform.command")
        }
    }

    // MARK: Signatures

    private static let secret = "a-key-of-this-test"
    private static let signed = """
        {match: {path: 'push'}, action: 'wake', textTemplate: '{{ref}}', wakeMode: 'next-heartbeat',
         signature: {kind: 'github', secret: '\(secret)'}}
        """

    private static func signature(_ body: String, _ key: String = secret) -> String {
        "sha256=" + Hex.encode(HMAC<SHA256>.authenticate(Array(body.utf8), key: Array(key.utf8)))
    }

    @Test func aSignatureStandsInTheTokensPlace() async throws {
        try await onLoop {
            let bench = try await Bench { $0.mappings = [try! Self.mapping(Self.signed)] }
            let body = #"{"ref":"main"}"#
            let good = try await bench.send(
                "/hooks/push", body, token: nil, ["X-Hub-Signature-256": Self.signature(body)])
            #expect(good.status == 200)
            let wrong = try await bench.send(
                "/hooks/push", body, token: nil, ["X-Hub-Signature-256": Self.signature(body, "other")])
            #expect(wrong.status == 401 && wrong.body == "Unauthorized")
            #expect(try await bench.send("/hooks/push", body, token: nil).status == 401)
            #expect(try await bench.send("/hooks/push", body).status == 401, "the token alone is not enough there")
            #expect(bench.gateway.plane.events.waiting.count == 1)
        }
    }

    @Test func whatComesAgainIsAnsweredAlikeAndNotDoneTwice() async throws {
        try await onLoop {
            let bench = try await Bench { $0.mappings = [try! Self.mapping(Self.signed)] }
            let body = #"{"ref":"main"}"#
            for _ in 0..<2 {
                let answer = try await bench.send(
                    "/hooks/push", body, token: nil, ["X-Hub-Signature-256": Self.signature(body)])
                #expect(answer.status == 200)
            }
            #expect(bench.gateway.plane.events.waiting.count == 1)
            bench.gateway.plane.events.add("between")
            let again = try await bench.send(
                "/hooks/push", body, token: nil,
                ["X-Hub-Signature-256": Self.signature(body), "X-GitHub-Delivery": "another"])
            #expect(again.status == 200)
            #expect(bench.gateway.plane.events.waiting.count == 3, "another delivery of the same words")
        }
    }

    @Test func anIdempotencyKeyNamesOneRun() async throws {
        try await onLoop {
            let bench = try await Bench()
            let first = try await bench.send("/hooks/agent", #"{"message":"x"}"#, ["Idempotency-Key": "k1"])
            let second = try await bench.send("/hooks/agent", #"{"message":"x","idempotencyKey":"k1"}"#)
            let third = try await bench.send("/hooks/agent", #"{"message":"x"}"#, ["Idempotency-Key": "k2"])
            #expect(first.status == 200 && first.body == second.body && first.body != third.body)
            let failed = try await bench.send(
                "/hooks/agent", #"{"message":"x","model":"no/no"}"#, ["Idempotency-Key": "k3"])
            #expect(failed.status == 400)
            let mended = try await bench.send("/hooks/agent", #"{"message":"x"}"#, ["Idempotency-Key": "k3"])
            #expect(mended.status == 200, "what was not done may come again")
        }
    }
}
