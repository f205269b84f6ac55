import Platform
import Support
import Testing
import Wire

@testable import Gateway

/// What every route asks before it answers (http.md section 2; reliability.md sections 2.1 to 2.3).
@Suite struct EntranceTests {
    static let guarded = "/api/diagnostics/prometheus"
    static let bearer = "Bearer \(GatewayHarness.token)"

    @Test func oc58157AForeignHostIsMisdirectedOnEveryRoute() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            for path in ["/", "/healthz", "/readyz", "/v1/models", Self.guarded] {
                for origin in ["http://evil.test", ""] {
                    var fields: KeyValuePairs<String, String> = ["Host": "evil.test"]
                    if !origin.isEmpty { fields = ["Host": "evil.test", "Origin": origin] }
                    #expect(try await gateway.get(path, fields).status == 421, "\(path)")
                }
                #expect(try await gateway.get(path, ["Host": "localhost"]).status != 421, "\(path)")
                #expect(try await gateway.exchange("GET \(path) HTTP/1.1\r\n\r\n").status == 400)
                #expect(try await gateway.exchange("GET \(path) HTTP/1.0\r\n\r\n").status == 421)
                #expect(
                    try await gateway.exchange("GET \(path) HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")
                        .status == 400)
            }
            #expect(try await gateway.open("/", ["Host": "evil.test"]).upgrade.status == 421)
            #expect(
                try await gateway.exchange("GET http://evil.test/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status
                    == 421)
        }
    }

    @Test func clawJackedAForeignOriginIsRefusedBeforeAnyAuthentication() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            for origin in ["https://evil.test", "null", "http://127.0.0.1:1", ""] {
                for path in ["/", "/healthz", Self.guarded] {
                    let fields: KeyValuePairs<String, String> = [
                        "Host": "127.0.0.1:18789", "Origin": origin, "Authorization": Self.bearer,
                    ]
                    #expect(try await gateway.get(path, fields).status == 403, "\(origin) \(path)")
                }
                let upgrade = try await gateway.open("/", ["Host": "127.0.0.1:18789", "Origin": origin]).upgrade
                #expect(upgrade.status == 403)
                #expect(upgrade.field("Access-Control-Allow-Origin") == nil)
            }
            #expect(try await gateway.open("/", ConnectGateTests.page).upgrade.status == 101)
        }
    }

    @Test func aGuardedRouteNeedsTheSecret() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let nobody = try await gateway.get(Self.guarded)
            #expect(nobody.status == 401)
            #expect(nobody.body == #"{"error":{"message":"Unauthorized","type":"unauthorized"}}"#)
            for wrong in [
                "Bearer x", "Basic \(GatewayHarness.token)", GatewayHarness.token, "Bearer ",
                "Bearer \(GatewayHarness.token)x",
            ] {
                #expect(
                    try await gateway.get(Self.guarded, ["Host": "localhost", "Authorization": wrong]).status == 401,
                    "\(wrong)")
            }
            let good = try await gateway.get(Self.guarded, ["Host": "localhost", "Authorization": Self.bearer])
            #expect(good.status == 200)
            #expect(good.body.split(separator: "\n").contains("openclaw_ready 1"))
            let post = try await gateway.exchange(
                "POST \(Self.guarded) HTTP/1.1\r\nHost: localhost\r\nAuthorization: \(Self.bearer)\r\nContent-Length: 0\r\n\r\n"
            )
            #expect(post.status == 405)
            #expect(post.field("Allow") == "GET, HEAD")
            #expect(try await gateway.get("\(Self.guarded)?token=\(GatewayHarness.token)").status == 401)
        }
    }

    @Test func httpAndWebSocketShareOneBudget() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            for number in 0..<10 {
                let answer = try await gateway.get(
                    Self.guarded, ["Host": "localhost", "Authorization": "Bearer wrong-\(number)"])
                #expect(answer.status == 401)
            }
            let locked = try await gateway.get(Self.guarded, ["Host": "localhost", "Authorization": Self.bearer])
            #expect(locked.status == 429)
            #expect(locked.field("Retry-After") == "300")
            #expect(locked.json?["error"]?["type"]?.string == "rate_limited")
            #expect(try await gateway.attempt().answer.refusalCode == "AUTH_RATE_LIMITED")
            #expect(try await gateway.attempt(from: GatewayHarness.stranger).answer["ok"]?.bool == true)
        }
    }

    @Test func cve53832AnIdentityFieldNeedsASecondProof() async throws {
        try await onLoop {
            var settings = AccessSettings()
            settings.mode = .trustedProxy
            settings.trustedProxies = [IPRange("127.0.0.1")!]
            settings.trustedProxy = AccessSettings.TrustedProxy(
                userHeader: "x-forwarded-user", secretHeader: "x-proxy-secret",
                secret: SecretDigest(of: "proof-0123456789"))
            let gateway = try await GatewayHarness(access: settings)
            func status(
                _ secret: String?, user: String? = "nick", from peer: HTTPPeer = GatewayHarness.loopback,
                scopes: String? = nil
            ) async throws -> Int {
                var head = "GET \(Self.guarded) HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.7\r\n"
                if let user { head += "X-Forwarded-User: \(user)\r\n" }
                if let secret { head += "X-Proxy-Secret: \(secret)\r\n" }
                if let scopes { head += "X-OpenClaw-Scopes: \(scopes)\r\n" }
                return try await gateway.exchange(head + "\r\n", from: peer).status
            }
            #expect(try await status(nil) == 401)
            #expect(try await status("wrong") == 401)
            #expect(try await status("proof-012345678") == 401)
            #expect(try await status("proof-0123456789", user: nil) == 401)
            #expect(try await status("proof-0123456789", from: GatewayHarness.stranger) == 401)
            #expect(try await status("proof-0123456789") == 200)
            #expect(try await status("proof-0123456789", scopes: "operator.talk") == 403)
            #expect(try await status("proof-0123456789", scopes: "operator.write") == 200)
            #expect(try await status("proof-0123456789", scopes: "") == 403)
        }
    }

    @Test func anotherUsersProcessIsRefusedAtTheSocket() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness(kinship: { _ in .stranger })
            #expect(try await gateway.open(from: ConnectGateTests.owner).upgrade.status == 403)
            #expect(try await gateway.get(Self.guarded, from: ConnectGateTests.owner).status == 403)
        }
    }

    @Test func oc1795ProbesTellStrangersNothing() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            #expect(try await gateway.get("/readyz", ConnectGateTests.forwarded).json?.object?.count == 1)
            #expect(try await gateway.get("/readyz", from: GatewayHarness.stranger).json?.object?.count == 1)
            #expect(try await gateway.get("/readyz").json?.object?.count ?? 0 > 1)
        }
    }

    @Test func aMalformedChainIsABadRequest() async throws {
        try await onLoop {
            var settings = AccessSettings(token: GatewayHarness.token)
            settings.trustedProxies = [IPRange("127.0.0.1")!]
            let gateway = try await GatewayHarness(access: settings)
            let fields: KeyValuePairs<String, String> = [
                "Host": "localhost", "X-Forwarded-For": "x", "Authorization": Self.bearer,
            ]
            #expect(try await gateway.get(Self.guarded, fields).status == 400)
            #expect(try await gateway.open("/", fields).upgrade.status == 400)
        }
    }

    @Test func everyAnswerCarriesItsFields() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            for path in ["/healthz", "/nothing", Self.guarded] {
                let answer = try await gateway.get(path)
                #expect(answer.field("X-Content-Type-Options") == "nosniff")
                #expect(answer.field("Referrer-Policy") == "no-referrer")
                #expect(answer.field("Permissions-Policy") == "camera=(), microphone=(self), geolocation=()")
                #expect(answer.field("Strict-Transport-Security") == nil)
            }
            #expect(
                GatewayRoutes.commonFields(strictTransport: "max-age=1")["Strict-Transport-Security"] == "max-age=1")
            #expect(GatewayRoutes.commonFields(strictTransport: "a\r\nb: c")["Strict-Transport-Security"] == nil)
        }
    }
}
