import Platform
import Support
import Testing

@testable import Gateway

/// The code by which a browser comes in, from its making to its end.
@Suite struct DashboardCodeTests {
    private static let page: KeyValuePairs = ["Host": "127.0.0.1:18789", "Origin": "http://127.0.0.1:18789"]

    @LoopActor
    private static func code(_ gateway: GatewayHarness) async throws -> JSON {
        let client = try await gateway.connect()
        return try #require(try await client.call("device.pair.dashboardCode"))
    }

    /// What a browser with a key of its own sends that has found this code.
    private static func browser(_ code: JSON) -> JSON {
        GatewayHarness.params(
            id: "openclaw-control-ui", mode: "webchat", scopes: ["operator.admin"],
            auth: ["bootstrapToken": code["bootstrapToken"] ?? ""])
    }

    @Test func anAdministratorsCodeLetsOneBrowserInOnce() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let code = try await Self.code(gateway)
            #expect(code["path"]?.string == "/")
            #expect(
                code["expiresAtMs"]?.int
                    == Int(gateway.clock.wall.milliseconds) + Int(DashboardCodes.lifetime.inNanoseconds / 1_000_000))
            let browser = try await gateway.attempt(HarnessDevice(), Self.browser(code), fields: Self.page)
            #expect(browser.answer.grantedScopes == ["operator.admin"])
            #expect(browser.answer.deviceToken != nil)
            let thief = try await gateway.attempt(HarnessDevice(), Self.browser(code), fields: Self.page)
            #expect(thief.answer.refusalCode == "AUTH_BOOTSTRAP_TOKEN_INVALID")
        }
    }

    @Test func itEndsByItself() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let code = try await Self.code(gateway)
            await gateway.clock.advance(by: DashboardCodes.lifetime)
            let late = try await gateway.attempt(HarnessDevice(), Self.browser(code), fields: Self.page)
            #expect(late.answer.refusalCode == "AUTH_BOOTSTRAP_TOKEN_INVALID")
        }
    }

    @Test func itEndsWithTheSecretUnderWhichItWasMade() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let code = try await Self.code(gateway)
            gateway.plane.entrance.replace(AccessSettings(token: "another-token-0123456789"))
            let late = try await gateway.attempt(HarnessDevice(), Self.browser(code), fields: Self.page)
            #expect(late.answer.refusalCode == "AUTH_BOOTSTRAP_TOKEN_INVALID")
        }
    }

    @Test func nobodyElseIsGivenOne() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            for scopes in [[], ["operator.read"], ["operator.write", "operator.pairing", "operator.approvals"]] {
                let client = try await gateway.connect(GatewayHarness.params(scopes: scopes))
                let answer = try await client.request("device.pair.dashboardCode", nil)
                #expect(answer["error"]?["code"]?.string == "FORBIDDEN", "\(scopes)")
            }
        }
    }

    @Test func thereIsNoneWithoutAPageForIt() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            gateway.plane.page.settings = Self.settings(enabled: false)
            let client = try await gateway.connect()
            let answer = try await client.request("device.pair.dashboardCode", nil)
            #expect(answer.refusalCode == "CONTROL_UI_DISABLED")
            #expect(try await gateway.get("/").status == 404)
        }
    }

    @Test func thePageStandsWhereTheSettingsSay() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let page = try await gateway.get("/")
            #expect(page.status == 200)
            #expect(page.field("Content-Type") == "text/html; charset=utf-8")
            #expect(page.field("Content-Security-Policy")?.hasPrefix("default-src 'none';") == true)
            #expect(page.field("Cache-Control") == "no-cache")
            #expect(try await gateway.get("/index.html").status == 404)
            gateway.plane.page.settings = Self.settings(enabled: true, basePath: "/ui")
            #expect(try await Self.code(gateway)["path"]?.string == "/ui/")
            for (path, status) in [("/ui", 302), ("/ui/", 200), ("/", 404), ("/uix", 404)] {
                #expect(try await gateway.get(path).status == status, "\(path)")
            }
        }
    }

    private static func settings(enabled: Bool, basePath: String = "") -> GatewaySettings.ControlUI {
        GatewaySettings.ControlUI(
            enabled: enabled, basePath: basePath, root: nil, allowedOrigins: [], allowInsecureAuth: false)
    }
}
