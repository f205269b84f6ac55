import Platform
import Testing

@testable import Gateway
@testable import Settings

@Suite struct GatewaySettingsTests {
    private static let ok = "mode: 'local', auth: {token: 'a-good-token'}"

    private func settings(
        _ gateway: String = ok, rest: String = "", variables: [String: String] = [:], port: String? = nil,
        dev: Bool = false,
        _ change: (inout GatewayFlags) -> Void = { _ in }
    ) async throws -> GatewaySettings {
        let home = try ConfigHome(variables)
        let snapshot = try await home.load("{gateway: {\(gateway)}\(rest)}")
        var flags = GatewayFlags()
        change(&flags)
        var instanceFlags = Instance.Flags()
        instanceFlags.port = port
        instanceFlags.dev = dev
        let instance = try Instance(flags: instanceFlags, environment: home.environment)
        return try GatewaySettings(snapshot, instance: instance, flags: flags)
    }

    private func refusal(
        _ gateway: String, rest: String = "", variables: [String: String] = [:],
        _ change: (inout GatewayFlags) -> Void = { _ in }
    ) async throws -> ConfigRefusal? {
        do {
            _ = try await settings(gateway, rest: rest, variables: variables, change)
            return nil
        } catch let refusal as ConfigRefusal {
            return refusal
        }
    }

    // MARK: Precedence (mission.md R2, R4)

    @Test func thePortIsOfTheFlagThenTheEnvironmentThenTheFile() async throws {
        let text = Self.ok + ", port: 20000"
        let flag = try await settings(text, variables: ["OPENCLAW_GATEWAY_PORT": "20001"], port: "20002")
        #expect(flag.port == 20002 && flag.portSource == "--port")
        let variable = try await settings(text, variables: ["OPENCLAW_GATEWAY_PORT": "20001"])
        #expect(variable.port == 20001 && variable.portSource == "OPENCLAW_GATEWAY_PORT")
        let file = try await settings(text)
        #expect(file.port == 20000 && file.portSource == "gateway.port" && file.metrics.port == 20003)
        #expect(try await settings().port == 18789)
        #expect(try await settings(dev: true).port == 19001)
        #expect(try await settings(Self.ok + ", metrics: {port: 9}").metrics.port == 9)
    }

    @Test func theTokenIsOfTheFlagThenTheFileThenTheEnvironment() async throws {
        let variables = ["OPENCLAW_GATEWAY_TOKEN": "token-of-environment"]
        let flag = try await settings(variables: variables) { $0.token = "token-of-flag" }
        #expect(flag.auth.sharedSecret == GatewayCredential(value: "token-of-flag", source: "--token"))
        let file = try await settings(variables: variables)
        #expect(file.auth.sharedSecret == GatewayCredential(value: "a-good-token", source: "gateway.auth.token"))
        let variable = try await settings("mode: 'local'", variables: variables)
        #expect(variable.auth.sharedSecret?.value == "token-of-environment")
        #expect(variable.auth.sharedSecret?.source == "OPENCLAW_GATEWAY_TOKEN (the environment)")
        #expect(!"\(variable.auth)".contains("token-of-environment"))
    }

    @Test(
        arguments: [
            ("mode: 'local', auth: {token: 'tttttttt'}", [:], AuthMode.token),
            ("mode: 'local', auth: {password: 'pppppppp'}", [:], .password),
            ("mode: 'local', auth: {password: 'pppppppp'}", ["OPENCLAW_GATEWAY_TOKEN": "tttttttt"], .password),
            ("mode: 'local'", ["OPENCLAW_GATEWAY_PASSWORD": "pppppppp"], .password),
            ("mode: 'local'", ["OPENCLAW_GATEWAY_PASSWORD": "pppppppp", "OPENCLAW_GATEWAY_TOKEN": "tttttttt"], .token),
            ("mode: 'local', auth: {mode: 'none'}", ["OPENCLAW_GATEWAY_TOKEN": "tttttttt"], .none),
            ("mode: 'local', auth: {mode: 'password', token: 'tttttttt', password: 'pppppppp'}", [:], .password),
        ] as [(String, [String: String], AuthMode)])
    func theModeFollowsFromWhatIsGiven(_ text: String, _ variables: [String: String], _ mode: AuthMode) async throws {
        #expect(try await settings(text, variables: variables).auth.mode == mode)
    }

    @Test func flagsOfABadWordAreRefusedWithTheNearest() async throws {
        let refused = try await refusal(Self.ok) {
            $0.bind = "lann"
            $0.auth = "tokn"
            $0.tailscale = "x"
        }
        #expect(
            refused?.problems.map { "\($0)" } == [
                "--bind: \"lann\" is not allowed; one of loopback, lan, tailnet, auto, custom (did you mean \"lan\"?)",
                "--tailscale: \"x\" is not allowed; one of off, serve, funnel",
                "--auth: \"tokn\" is not allowed; one of token, password, none, trusted-proxy (did you mean \"token\"?)",
            ])
        let flags = try await settings(Self.ok + ", bind: 'lan', tailscale: {mode: 'serve'}") {
            $0.bind = "tailnet"
            $0.tailscale = "off"
        }
        #expect(flags.bind == .tailnet && flags.tailscale == .off)
    }

    // MARK: Refusals (mission.md R5, reliability.md section 2)

    @Test func withoutAModeNoGatewayStarts() async throws {
        let refused = try await refusal("auth: {token: 'a-good-token'}")
        #expect(
            refused.map { "\($0)" } == """
                Gateway start blocked: set gateway.mode=local
                  gateway.mode: not set
                    set it:         openclaw config set gateway.mode local
                    or without it:  openclaw gateway run --allow-unconfigured
                """)
        let remote = try await refusal("mode: 'remote', auth: {token: 'a-good-token'}")
        #expect(remote?.headline == "Gateway start blocked: set gateway.mode=local")
        #expect(try await refusal("auth: {token: 'a-good-token'}") { $0.allowUnconfigured = true } == nil)
    }

    @Test(
        arguments: [
            ("bind: 'loopback'", nil), ("bind: 'lan'", "lan"), ("bind: 'tailnet'", "tailnet"), ("bind: 'auto'", "auto"),
            ("bind: 'custom', customBindHost: '127.0.0.2'", nil), ("bind: 'custom', customBindHost: '::1'", nil),
            ("bind: 'custom', customBindHost: '192.0.2.7'", "192.0.2.7"),
        ] as [(String, String?)])
    func offLoopbackThereMustBeAuthentication(_ bind: String, _ place: String?) async throws {
        let verdict = place.map { "refusing to bind gateway to \($0) without auth" }
        for mode in ["none", "token"] {
            let refused = try await refusal("mode: 'local', auth: {mode: '\(mode)'}, \(bind)")
            #expect(refused?.headline == verdict && (refused != nil) == (place != nil))
        }
        #expect(try await refusal("\(Self.ok), \(bind)") == nil)
    }

    @Test(arguments: [
        ("bind: 'lan'", "TOKEN"), ("bind: 'lan', auth: {token: ''}", "TOKEN"),
        ("bind: 'lan', auth: {token: '  '}", "TOKEN"),
        ("auth: {mode: 'password', token: 'tttttttt'}", "PASSWORD"),
        ("bind: 'lan', auth: {mode: 'password', password: ' '}", "PASSWORD"),
    ])
    func aMissingSecretIsRefusedWithTheWayOut(_ text: String, _ name: String) async throws {
        let refused = try #require(try await refusal("mode: 'local', \(text)"))
        #expect(refused.problems.count == 1 && refused.problems[0].path == "gateway.auth.\(name.lowercased())")
        #expect(refused.problems[0].advice[0].hasPrefix("add to ~/.openclaw/.env:  OPENCLAW_GATEWAY_\(name)="))
    }

    /// On loopback authentication stays on all the same: by a secret that nobody knows.
    @Test(arguments: ["", "auth: {token: ' '}", "auth: {mode: 'token'}"])
    func onLoopbackAMissingTokenIsMadeForTheRun(_ text: String) async throws {
        let (one, other) = (try await settings("mode: 'local', \(text)"), try await settings("mode: 'local', \(text)"))
        let token = try #require(one.auth.sharedSecret)
        #expect(one.auth.mode == .token && token.value.utf8.count == 48 && token.source == "this run")
        #expect(other.auth.sharedSecret?.value != token.value)
        #expect(one.warnings.map(\.path) == ["gateway.auth.token"] && !one.warnings[0].message.contains(token.value))
    }

    @Test func tokenAndPasswordTogetherNeedAMode() async throws {
        let refused = try await refusal("mode: 'local', auth: {token: 'tttttttt', password: 'pppppppp'}")
        #expect(refused?.problems.map(\.path) == ["gateway.auth.mode"])
    }

    /// CVE-2026-53832: header identity needs a second proof.
    @Test func aProxyIsTrustedOnlyWithASecondProof() async throws {
        let proxies = "mode: 'local', bind: 'lan', trustedProxies: ['10.0.0.1'], auth: {mode: 'trusted-proxy'"
        let none = try await refusal("\(proxies), trustedProxy: {userHeader: 'X-User'}}")
        #expect(none?.problems.map(\.path) == ["gateway.auth.trustedProxy.secretHeader"])
        #expect(none?.problems[0].advice[0].contains("secretHeader: { name:") == true)
        let blank = "trustedProxy: {userHeader: 'X-User', secretHeader: {name: 'X-Proof', value: ' '}}"
        #expect(try await refusal("\(proxies), \(blank)}") != nil)
        #expect(try await refusal("\(proxies)}")?.problems.map(\.path) == ["gateway.auth.trustedProxy.userHeader"])
        let good = try await settings(
            "\(proxies), trustedProxy: {userHeader: 'X-User', secretHeader: {name: 'X-Proof', value: 'proof-value'}, requiredHeaders: ['X-A'], allowUsers: ['u']}}"
        )
        let proxy = try #require(good.auth.trustedProxy)
        #expect(proxy.userHeader == "x-user" && proxy.secretHeader == .init(name: "x-proof", value: "proof-value"))
        #expect(proxy.requiredHeaders == ["x-a"] && proxy.allowUsers == ["u"] && good.auth.sharedSecret == nil)
        #expect(!"\(good.auth)".contains("proof-value"))
        let unix = "mode: 'local', auth: {mode: 'trusted-proxy', trustedProxy: {userHeader: 'X-User', unixPeer: true}}"
        #expect(try await refusal(unix) == nil)
        let nobody =
            "mode: 'local', auth: {mode: 'trusted-proxy', trustedProxy: {userHeader: 'X-User', secretHeader: {name: 'a', value: 'bbbbbbbb'}}}"
        #expect(try await refusal(nobody)?.problems.map(\.path) == ["gateway.trustedProxies"])
    }

    /// oc#20809: the hook token must not be the gateway's.
    @Test(arguments: [
        ("hooks: {enabled: true, token: 'a-good-token'}", ["hooks.token"]), ("hooks: {enabled: true}", ["hooks.token"]),
        ("hooks: {enabled: true, token: ' '}", ["hooks.token"]), ("hooks: {enabled: true, token: 'another-token'}", []),
        ("hooks: {enabled: false, token: 'a-good-token'}", []),
    ])
    func hooksHaveATokenOfTheirOwn(_ hooks: String, _ paths: [String]) async throws {
        #expect(try await refusal(Self.ok, rest: ", \(hooks)")?.problems.map(\.path) ?? [] == paths)
        let environment = try await refusal(
            "mode: 'local'", rest: ", \(hooks)", variables: ["OPENCLAW_GATEWAY_TOKEN": "a-good-token"])
        #expect(environment?.problems.map(\.path) ?? [] == paths)
    }

    /// oc#13116: a webhook without its secret does not start.
    @Test(arguments: [
        ("telegram: {webhookUrl: 'https://x'}", ["channels.telegram.webhookSecret"]),
        ("telegram: {webhookUrl: 'https://x', webhookSecret: '  '}", ["channels.telegram.webhookSecret"]),
        ("telegram: {webhookUrl: 'https://x', webhookSecret: 'ssssssss'}", []),
        ("telegram: {webhookUrl: 'https://x', enabled: false}", []), ("telegram: {botToken: 't'}", []),
        ("telegram: {accounts: {a: {webhookUrl: 'https://x'}}}", ["channels.telegram.accounts.a.webhookSecret"]),
        ("telegram: {webhookSecret: 'ssssssss', accounts: {a: {webhookUrl: 'https://x'}}}", []),
        ("telegram: {webhookUrl: 'https://x', webhookSecret: '${NONE}'}", []),
        ("slack: {mode: 'http'}", ["channels.slack.signingSecret"]), ("slack: {mode: 'socket'}", []),
    ])
    func aWebhookHasASecret(_ channel: String, _ paths: [String]) async throws {
        #expect(try await refusal(Self.ok, rest: ", channels: {\(channel)}")?.problems.map(\.path) ?? [] == paths)
    }

    @Test(arguments: [
        ("enabled: true", ["gateway.tls.certPath"]), ("enabled: true, certPath: '/c'", ["gateway.tls.keyPath"]),
        ("enabled: true, keyPath: '/k', autoGenerate: true", ["gateway.tls.certPath"]),
        ("enabled: true, autoGenerate: true", []),
        ("enabled: true, certPath: '/c', keyPath: '/k'", []), ("enabled: false", []),
    ])
    func tlsNeedsACertificateOrLeaveToMakeOne(_ tls: String, _ paths: [String]) async throws {
        #expect(try await refusal("\(Self.ok), tls: {\(tls)}")?.problems.map(\.path) ?? [] == paths)
    }

    @Test(arguments: [
        ("bind: 'custom'", false), ("bind: 'custom', customBindHost: 'host'", false),
        ("bind: 'custom', customBindHost: '192.0.2.1'", true),
    ])
    func anAddressOfOnesOwnIsAnAddress(_ bind: String, _ isTaken: Bool) async throws {
        #expect((try await refusal("\(Self.ok), \(bind)") == nil) == isTaken)
    }

    @Test func allProblemsAreToldAtOnceWithTheirPlaces() async throws {
        let refused = try await refusal("bind: 'lan', auth: {mode: 'none'}, tls: {enabled: true}")
        #expect(refused?.problems.map(\.path) == ["gateway.mode", "gateway.auth.mode", "gateway.tls.certPath"])
        #expect(refused?.problems[1].line == 1 && refused?.problems[1].column == 38)
    }

    // MARK: The rest

    @Test func theAPIIsOnByDefaultOnlyOnLoopback() async throws {
        #expect(try await settings().http.chatCompletions.enabled)
        let lan = try await settings(Self.ok + ", bind: 'lan'").http
        #expect(!lan.chatCompletions.enabled && !lan.responses.enabled)
        let given = try await settings(
            Self.ok
                + ", bind: 'lan', http: {endpoints: {responses: {enabled: true, maxBodyBytes: 9}}, lenientModel: true}"
        ).http
        #expect(
            given.responses.enabled && given.responses.maxBodyBytes == 9 && given.lenientModel
                && !given.chatCompletions.enabled)
    }

    @Test(arguments: [("", ""), ("/", ""), ("a", "/a"), ("/a/", "/a"), (" /a/b ", "/a/b")])
    func theBasePathIsMadeRegular(_ text: String, _ path: String) async throws {
        #expect(try await settings(Self.ok + ", controlUi: {basePath: '\(text)'}").controlUI.basePath == path)
    }

    @Test func bothNamesOfNodeCommandsAreRead() async throws {
        let read = try await settings(
            Self.ok + ", nodes: {allowCommands: ['a'], commands: {allow: ['b'], deny: ['c']}}")
        #expect(read.allowCommands == ["a", "b"] && read.denyCommands == ["c"])
    }

    @Test func browserPortsThatCollideAreWarnedOf() async throws {
        let read = try await settings(rest: ", browser: {profiles: {a: {cdpPort: 18800}, b: {cdpPort: 18800}}}")
        #expect(read.warnings.count == 1 && read.warnings[0].message.contains("18800"))
    }

    @Test(arguments: ["january.json5", "august.json5"])
    func aFileOfEitherYearStarts(_ name: String) async throws {
        let home = try ConfigHome(["OPENCLAW_GATEWAY_TOKEN": "token-for-the-fixture"])
        let snapshot = try await home.load(fixture(name))
        let read = try GatewaySettings(snapshot, instance: home.instance, flags: GatewayFlags())
        #expect(read.isLocal && read.port == 18789 && read.auth.mode == .token)
        #expect(read.bind == (name == "january.json5" ? .loopback : .lan))
        #expect(read.reload.mode == .hybrid && read.reload.debounce == .milliseconds(300))
        let log = GatewayLogSettings(snapshot, instance: home.instance)
        #expect(log.level == (name == "january.json5" ? .info : .debug))
    }

    @Test func theLogLevelIsThatOfTheEnvironment() async throws {
        let home = try ConfigHome(["OPENCLAW_LOG_LEVEL": "trace"])
        let snapshot = try await home.load("{logging: {level: 'silent', consoleLevel: 'error'}}")
        #expect(GatewayLogSettings(snapshot, instance: home.instance).level == .trace)
        let plain = try await ConfigHome().load("{logging: {level: 'silent', consoleLevel: 'fatal'}}")
        let log = GatewayLogSettings(plain, instance: home.instance)
        #expect(log.level == nil && log.consoleLevel == .error)
    }
}
