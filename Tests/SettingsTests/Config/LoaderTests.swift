import Platform
import Support
import Testing

@testable import Settings

@Suite struct LoaderTests {
    private static let unset = "is not set in the environment or in ~/.openclaw/.env"

    @Test func theSnapshotHasTheTextItsHashAndItsValues() async throws {
        let home = try ConfigHome(["TOKEN": "token-from-environment"])
        let text = "{ gateway: { auth: { token: '${TOKEN}' } } } // mine\n"
        let snapshot = try await home.load(text)
        #expect(snapshot.exists && snapshot.raw == text && snapshot.path == home.instance.configPath)
        #expect(snapshot.hash == Hex.encode(SHA256.hash(text)))
        #expect(snapshot.config["gateway"]?["auth"]?["token"] == "${TOKEN}")
        #expect(snapshot.string("gateway.auth.token") == "token-from-environment")
        #expect(snapshot.secrets == ["token-from-environment"])
        #expect(snapshot.string("gateway.bind") == "loopback" && snapshot.given("gateway.bind") == nil)
        #expect(
            snapshot.integer("gateway.auth.rateLimit.maxAttempts") == 10
                && snapshot.bool("gateway.tls.enabled") == false)
        #expect(snapshot.files == [home.instance.configPath])
    }

    @Test func aMissingVariableTurnsOffTheChannelOrProviderThatNeedsIt() async throws {
        let home = try ConfigHome()
        let snapshot = try await home.load(
            """
            {
              channels: { telegram: { botToken: '${TELEGRAM_TOKEN}', x: 1 }, discord: { token: 'd' }, irc: { enabled: false, password: '${NONE}' } },
              models: { providers: { openai: { apiKey: 'sk-${PART}' } } },
            }
            """)
        #expect(
            snapshot.degraded == [
                ConfigDegradation(
                    part: "channels.telegram",
                    reason: "channels.telegram.botToken: ${TELEGRAM_TOKEN} \(Self.unset)"),
                ConfigDegradation(
                    part: "models.providers.openai",
                    reason: "models.providers.openai.apiKey: ${PART} \(Self.unset)"),
            ])
        #expect(snapshot.isDegraded("channels.telegram") && !snapshot.isDegraded("channels.discord"))
        // Nobody takes the name of a variable for a token.
        #expect(snapshot.resolved["channels"]?["telegram"] == ["x": 1])
        #expect(snapshot.resolved["models"]?["providers"]?["openai"] == [:])
        #expect(snapshot.config["channels"]?["telegram"]?["botToken"] == "${TELEGRAM_TOKEN}")
    }

    @Test(arguments: [
        ("{gateway: {auth: {token: '${T}'}}}", "1:26  gateway.auth.token: ${T}"),
        ("{channels: {defaults: {x: '${T}'}}}", "1:27  channels.defaults.x: ${T}"),
        ("{agents: {list: [{workspace: '/w/${T}'}]}}", "1:30  agents.list[0].workspace: ${T}"),
        ("{gateway: {trustedProxies: ['${T}']}}", "1:29  gateway.trustedProxies[0]: ${T}"),
    ])
    func anywhereElseAMissingVariableIsAProblem(_ text: String, _ problem: String) async throws {
        #expect(try await ConfigHome().refusal(text) == ["\(problem) \(Self.unset)"])
        #expect(try await ConfigHome(["T": ""]).refusal(text) == ["\(problem) \(Self.unset)"])
    }

    @Test func whoEditsNeedsNoVariables() async throws {
        let snapshot = try await ConfigHome().load("{gateway: {bind: '${BIND}', auth: {token: '${T}'}}}", .none)
        #expect(snapshot.resolved["gateway"]?["bind"] == "${BIND}" && snapshot.degraded.isEmpty)
    }

    @Test(arguments: [
        ("a", "a"), ("${A}", "1"), ("x${A}y${B}z", "x1y2z"), ("$${A}", "${A}"), ("$$${A}", "$${A}"), ("$A", "$A"),
        ("${a}", "${a}"),
        ("${A", "${A"), ("${}", "${}"), ("${A}$${B}${B}", "1${B}2"), ("${C}", "${A}"), ("${1A}", "${1A}"),
        ("é${A}é", "é1é"),
    ])
    func variablesAreReplaced(_ text: String, _ expected: String) {
        var substitution = Substitution(LayeredEnvironment(["A": "1", "B": "2", "C": "${A}"]))
        #expect(substitution.apply(to: ["k": [.string(text)]]) == ["k": [.string(expected)]])
        #expect(substitution.missing.isEmpty)
    }

    @Test func variablesComeFromTheEnvironmentThenFromFilesThenFromTheConfiguration() async throws {
        let home = try ConfigHome(["A": "process"])
        home.scratch.makeDirectory("cwd")
        home.scratch.write("A=cwd\nB=cwd\nOPENCLAW_GATEWAY_TOKEN=planted\n", to: "cwd/.env")
        home.write("A=state\nB=state\nC=state\n", to: ".env")
        let snapshot = try await home.load(
            "{env: {vars: {A: 'c', B: 'c', C: 'c', D: '${literal}'}, E: 'old'}, x: '${A} ${B} ${C} ${D} ${E}'}",
            workingDirectory: home.scratch.path("cwd"))
        #expect(snapshot.resolved["x"] == "process cwd state ${literal} old")
        #expect(snapshot.environment.find("B")?.source == "the working directory's .env")
        #expect(snapshot.environment.find("C")?.source == "~/.openclaw/.env")
        #expect(snapshot.environment.find("D")?.source == "env.vars of the configuration")
        // A directory that one happens to work in does not choose the gateway's token.
        #expect(snapshot.environment["OPENCLAW_GATEWAY_TOKEN"] == nil)
        home.write("OPENCLAW_GATEWAY_TOKEN=own\n", to: ".env")
        #expect(try await home.load("{}").environment["OPENCLAW_GATEWAY_TOKEN"] == "own")
    }

    @Test func credentialsOfAnotherProfilesServiceAreNotOurs() async throws {
        let home = try ConfigHome(
            ["OPENCLAW_PROFILE": "ops", "OPENCLAW_GATEWAY_TOKEN": "ops-token", "PLAIN": "p"], profile: "rescue")
        let snapshot = try await home.load("{}")
        #expect(snapshot.environment["OPENCLAW_GATEWAY_TOKEN"] == nil && snapshot.environment["PLAIN"] == "p")
    }

    @Test(
        arguments: [
            ("A=1", ["A": "1"]), ("export A=1", ["A": "1"]), ("A = 1 # one", ["A": "1"]), ("A=a#b", ["A": "a#b"]),
            ("A=\"x\\ny\" # c", ["A": "x\ny"]), ("A='x\\ny'", ["A": "x\\ny"]),
            ("A=\"l1\nl2\"\nB=2", ["A": "l1\nl2", "B": "2"]),
            ("# A=1\n\nnothing\n1A=2\nA-B=3", [:]), ("A=", ["A": ""]), ("A=1\nA=2", ["A": "2"]),
            ("\u{feff}A=1", ["A": "1"]),
            ("A=1\r\nB=2\r\n", ["A": "1", "B": "2"]), ("A=\"open", ["A": "open"]), ("A=b=c", ["A": "b=c"]),
        ] as [(String, [String: String])])
    func filesOfVariablesAreRead(_ text: String, _ values: [String: String]) {
        #expect(DotEnvFile.parse(Array(text.utf8)) == values)
    }

    @Test(arguments: [
        (DotEnvFile.bytesLimit - 1, true), (DotEnvFile.bytesLimit, true), (DotEnvFile.bytesLimit + 1, false),
    ])
    func aFileOfVariablesHasALimit(_ size: Int, _ isRead: Bool) async throws {
        let home = try ConfigHome()
        home.write("A=1\n" + String(repeating: "#", count: size - 4), to: ".env")
        #expect((try await home.load("{}").environment["A"] != nil) == isRead)
    }

    @Test func secretsAreHiddenWhereverTheyStand() async throws {
        let home = try ConfigHome(["TOKEN": "a-token-of-the-environment"])
        let snapshot = try await home.load(
            """
            {
              // kept
              gateway: { auth: { token: 'plain-gateway-token', password: '${TOKEN}' } },
              env: { vars: { MODE: 'production', API_KEY: 'key-in-env-vars' } },
              talk: { apiKey: 'key-of-talk', path: '/a/path' },
              mcp: { servers: { a: { env: { X: 'hidden-by-place' }, headers: { Authorization: 'Bearer hidden' } } } },
              channels: { telegram: { botToken: { source: 'env', id: 'TOKEN' }, maxTokens: 'five' } },
            }
            """)
        let shown = "\(snapshot.redacted)" + snapshot.redactedRaw
        for secret in [
            "plain-gateway-token", "key-in-env-vars", "key-of-talk", "hidden-by-place", "Bearer hidden", "production",
            "a-token-of-the",
        ] {
            #expect(!shown.contains(secret))
        }
        #expect(snapshot.redacted["gateway"]?["auth"] == ["token": "__OPENCLAW_REDACTED__", "password": "${TOKEN}"])
        #expect(
            snapshot.redacted["talk"]?["path"] == "/a/path"
                && snapshot.redacted["channels"]?["telegram"]?["maxTokens"] == "five")
        #expect(snapshot.redactedRaw.contains("// kept"))
        #expect(
            snapshot.secrets == [
                "plain-gateway-token", "a-token-of-the-environment", "key-in-env-vars", "key-of-talk",
                "hidden-by-place",
                "Bearer hidden",
            ])
    }

    @Test func whatRepeatsASecretOrLooksLikeOneIsHiddenToo() async throws {
        let home = try ConfigHome()
        home.write("{tools: {web: {search: {apiKey: 'key-of-an-include'}}}}", to: "more.json5")
        let snapshot = try await home.load(
            """
            {
              // before: plain-gateway-token, Bearer of-a-comment /* kept
              gateway: { auth: { token: 'plain-gateway-token' } }, /* key-of-an-include */
              somebody: { note: 'use plain-gateway-token // here', pins: [1], password: 12345678.5, tokens: ['one'] },
              channels: {
                telegram: { enabled: false, proxy: 'socks5://me:pass-of-a-proxy@10.0.0.1:1080', maxTokens: 5 },
                odd: { enabled: false, appTokens: { a: 'two' }, hook: 'https://x.test/?token=in-a-query', path: 'a/b' },
              },
              mcp: { servers: { a: { command: 'npx', args: ['-y', '--api-key', 'three', 'key-of-an-include'] } } },
              $include: './more.json5',
            }
            """)
        let shown = "\(snapshot.redacted)\(snapshot.redactedParsed)" + snapshot.redactedRaw
        for secret in [
            "plain-gateway-token", "of-a-comment", "key-of-an-include", "12345678", "'one'", "\"one\"",
            "pass-of-a-proxy",
            "'two'", "\"two\"", "in-a-query", "three",
        ] {
            #expect(!shown.contains(secret), "\(secret)")
        }
        #expect(snapshot.redactedRaw.contains("/* kept"))
        #expect(snapshot.redactedParsed["channels"]?["telegram"]?["maxTokens"] == 5)
        #expect(snapshot.redactedParsed["channels"]?["odd"]?["path"] == "a/b")
        #expect(snapshot.redactedParsed["mcp"]?["servers"]?["a"]?["args"]?.array?.prefix(2) == ["-y", "--api-key"])
    }

    @Test func manySecretsAreHiddenInOneGo() async throws {
        let home = try ConfigHome()
        let count = 1000
        let members = (0..<count).map { "k\($0): {token: 'a-secret-value-\($0)', list: ['a', 'a-secret-value-0']}" }
        let snapshot = try await home.load("{somebody: {\(members.joined(separator: ",\n"))}}")
        // One by one it was half a minute and more, beyond the part's limit with others beside it.
        let marks = snapshot.redactedRaw.split(separator: "\n").count {
            $0.hasSuffix("__']},") || $0.hasSuffix("__']}}}")
        }
        #expect(marks == count && !snapshot.redactedRaw.contains("a-secret"))
    }

    @Test(arguments: [
        ("{}", "{}"), ("// a\n{'//': 1} /* b */", "!\n{'//': 1} !"), (#"{"a\"/*": '\'//'}"#, #"{"a\"/*": '\'//'}"#),
        ("{}//", "{}!"), ("/**/{}/***/", "!{}!"), ("// a\u{2028}{}", "!\u{2028}{}"), ("{}/*", "{}!"), ("'", "'"),
    ])
    func commentsAreToldFromTexts(_ text: String, _ expected: String) {
        let replaced = CommentText.replaced(in: Array(text.utf8)) { _ in [UInt8(ascii: "!")] }
        #expect(String(decoding: replaced, as: UTF8.self) == expected)
    }

    @Test(arguments: ["january.json5", "august.json5"])
    func aFileOfEitherYearIsTaken(_ name: String) async throws {
        let home = try ConfigHome(["OPENCLAW_GATEWAY_TOKEN": "token-for-the-fixture"])
        let text = fixture(name)
        #expect(text.utf8.count > 1000)
        let snapshot = try await home.load(text)
        let sections = snapshot.parsed.object?.keys ?? []
        #expect(sections.count == (name == "january.json5" ? 32 : 45))
        // Whatever a section is, it is known: neither a problem nor a name that nobody has.
        #expect(!snapshot.warnings.contains { $0.message.hasPrefix("no such") })
        let served: Set = [
            "$schema", "meta", "wizard", "env", "secrets", "gateway", "logging", "models", "auth", "agents", "messages",
            "session", "tools", "skills", "bindings", "channels", "commands", "cron",
            "hooks", "canvasHost",
        ]
        for section in sections where !served.contains(section) {
            #expect(snapshot.warnings.contains { $0.path == section || $0.path.hasPrefix(section + ".") }, "\(section)")
        }
        #expect(snapshot.config.object?.keys == sections)
        let degraded =
            name == "january.json5" ? ["channels.telegram"] : ["models.providers.openai", "channels.telegram"]
        #expect(snapshot.degraded.map(\.part).sorted() == degraded.sorted())
        for secret in [
            "gateway-token-of", "fixture-key", "fixture-token", "hooks-token-of", "remote-token-of", "fixture-signing",
            "xoxb-fixture", "sk-or-fixture",
        ] {
            #expect(!"\(snapshot.redacted)".contains(secret) && !snapshot.redactedRaw.contains(secret), "\(secret)")
        }
    }

    @Test func aFileThatCannotBeReadIsSaidSo() async throws {
        let home = try ConfigHome()
        home.scratch.makeDirectory(home.name(Instance.configName))
        await #expect(throws: ConfigRefusal.self) { try await home.load() }
    }

    @Test(arguments: [
        (ConfigReader.bytesLimit - 1, true), (ConfigReader.bytesLimit, true), (ConfigReader.bytesLimit + 1, false),
    ])
    func aFileHasALimit(_ size: Int, _ isRead: Bool) async throws {
        let home = try ConfigHome()
        home.write("{}" + String(repeating: " ", count: size - 2))
        let snapshot = try? await home.load()
        #expect((snapshot != nil) == isRead)
    }
}
