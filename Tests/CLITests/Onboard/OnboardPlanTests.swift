import Models
import Platform
import Settings
import Support
import Testing

@testable import CLI

private func names(_ answers: OnboardAnswers, _ before: JSON = [:]) -> [String] {
    OnboardPlan.names(OnboardPlan(answers).edits(before))
}

private func instance(_ profile: String) throws -> Instance {
    var flags = Instance.Flags()
    flags.profile = profile
    return try Instance(flags: flags, environment: ["HOME": "/home/u"])
}

@LoopActor
private func neighbours(_ own: String, beside others: [(String, UInt16)], secret: String? = nil) throws -> Neighbours {
    Neighbours(
        try instance(own),
        try others.map { name, port in
            Neighbour(
                instance: try instance(name), ports: PortPlan(base: port),
                secrets: secret.map { ["gateway.auth.token": SHA256.hash(Array($0.utf8))] } ?? [:], model: nil,
                providers: nil)
        })
}

@Suite struct OnboardPlanTests {
    @Test func whatTheFileSaysAlreadyIsNotWritten() {
        var answers = OnboardAnswers()
        answers.secret = .generated
        answers.port = 19789
        answers.workspace = "~/work"
        answers.model = ModelAnswer(provider: "local", baseURL: "http://127.0.0.1:1/v1", key: "k", model: "m")
        #expect(
            names(answers) == [
                "gateway.mode", "agents.defaults.workspace", "gateway.port", "gateway.auth.token",
                "models.providers.local.baseUrl", "models.providers.local.apiKey", "agents.defaults.model",
            ])
        let before: JSON = [
            "gateway": ["mode": "local", "port": 19789, "auth": ["token": "mine"]],
            "agents": ["defaults": ["workspace": "~/work", "model": ["primary": "local/m", "fallbacks": ["a/b"]]]],
            "models": ["providers": ["local": ["baseUrl": "http://127.0.0.1:1/v1", "apiKey": "k"]]],
        ]
        #expect(names(answers, before).isEmpty)
    }

    @Test func aModelThatHasFallbacksKeepsThem() {
        var answers = OnboardAnswers()
        answers.model = ModelAnswer(provider: "a", model: "new")
        let before: JSON = [
            "gateway": ["mode": "local"],
            "agents": ["defaults": ["model": ["primary": "a/old", "fallbacks": ["a/b"]]]],
        ]
        #expect(names(answers, before) == ["agents.defaults.model.primary"])
    }

    @Test func anotherWayToProveOneselfSaysWhichCounts() {
        var answers = OnboardAnswers()
        answers.secret = .password("long enough")
        let before: JSON = ["gateway": ["mode": "local", "auth": ["token": "mine"]]]
        #expect(names(answers, before) == ["gateway.auth.password", "gateway.auth.mode"])
        answers.secret = .generated
        #expect(names(answers, before).isEmpty)
        #expect(names(answers, ["gateway": ["mode": "local", "auth": ["mode": "none"]]]).isEmpty)
    }

    @Test func aGatewayElsewhereGetsNothingOfThisOne() {
        var answers = OnboardAnswers()
        answers.isRemote = true
        answers.remoteURL = "wss://there"
        answers.remoteToken = "t"
        answers.secret = .generated
        answers.port = 1
        #expect(names(answers) == ["gateway.mode", "gateway.remote.url", "gateway.remote.token"])
    }

    @Test func secretsAreNotShown() {
        var answers = OnboardAnswers()
        answers.secret = .token("the-very-secret")
        answers.model = ModelAnswer(provider: "a", key: "sk-secret", model: "m")
        let text = OnboardPlan.lines(OnboardPlan(answers).edits([:])).joined(separator: "\n")
        #expect(!text.contains("secret"))
        #expect(text.contains("gateway.auth.token = ********") && text.contains("apiKey = ********"))
        answers.model?.key = ModelFlags.reference("A_KEY")
        #expect(OnboardPlan.lines(OnboardPlan(answers).edits([:])).joined().contains("A_KEY"))
    }
}

@Suite struct NeighboursTests {
    @Test func theDefaultGatewaysPortsAreKeptFreeEvenBeforeItIsThere() async throws {
        try await onLoop {
            let alone = try neighbours("rescue", beside: [])
            #expect(alone.conflict(18789)?.name == "default")
            #expect(alone.proposal { _ in true } == 19789)
            #expect(try neighbours("default", beside: []).proposal { _ in true } == 18789)
        }
    }

    @Test func aProposalKeepsAwayFromEveryKnownPortAndEveryListener() async throws {
        try await onLoop {
            let known = try neighbours("rescue", beside: [("default", 18789), ("ops", 19780)])
            #expect(known.conflict(19789)?.name == "ops")
            let proposed = try #require(known.proposal { _ in true })
            #expect(proposed == 20789)
            for other: UInt16 in [18789, 19780, 19001] {
                #expect(PortPlan(base: proposed).conflict(with: PortPlan(base: other)) == nil)
            }
            #expect(known.proposal { $0.base != 20789 } == 21789)
            // A control port or one of the browsers' that is in use is in the way as well.
            #expect(known.proposal { $0.browser?.contains(20850) != true } == 21789)
            // Where no round one is free, any is.
            #expect(known.proposal { $0.base % 1000 != 789 && $0.base > 19900 } == 19901)
            #expect(known.proposal { _ in false } == nil)
        }
    }

    @Test func aSecretOfAnotherGatewayIsFoundByName() async throws {
        try await onLoop {
            let known = try neighbours("rescue", beside: [("default", 18789)], secret: "shared")
            #expect(known.user(of: "shared")?.profile == "default")
            #expect(known.user(of: "shared")?.setting == "gateway.auth.token")
            #expect(known.user(of: "other") == nil)
        }
    }

    @Test func aListenerOnAnyPortOfThePlanIsFound() async throws {
        try await onLoop {
            let listener = try Listener(.v4(address: .loopback, port: 0), isPaused: true, onAccept: { _ in })
            defer { listener.close() }
            let port = try #require(listener.address.port)
            #expect(!PortTrial.isFree(port))
            #expect(PortTrial.taken(PortPlan(base: port)) == port)
            if port > 2 { #expect(PortTrial.taken(PortPlan(base: port - 2)) != nil) }
        }
    }
}

@Suite struct AuthChoiceTests {
    @Test func everyWordMeansSomething() {
        for word in AuthChoice.words { #expect(AuthChoice(word) != nil, "\(word)") }
        #expect(Set(AuthChoice.words).count == AuthChoice.words.count)
        #expect(AuthChoice("gemini-api-key") == .key(provider: "google"))
        #expect(AuthChoice("apiKey") == .key(provider: "anthropic"))
        #expect(AuthChoice("ollama") == .server(provider: "ollama"))
        #expect(AuthChoice("google-api-key") == nil)
        for provider in WellKnown.providers { #expect(AuthChoice.keyFlags.contains { $0.provider == provider.id }) }
    }
}

@Suite struct RescueNotesTests {
    @Test func everyCommandInThemIsOne() throws {
        let text = RescueNotes(main: try instance("default"), own: try instance("rescue")).text
        let commands = text.split(separator: "\n").map(\.trimmedSpaces).filter { $0.hasPrefix("openclaw ") }
        #expect(commands.count >= 10)
        for command in commands {
            let words = command.split(separator: " ").dropFirst().map(String.init)
            #expect(words.starts(with: ["--profile", "default"]), "\(command)")
            #expect(throws: Never.self, "\(command)") { try CommandLineParser(catalog: .all).parse(words) }
        }
        #expect(text.contains("~/.openclaw/openclaw.json"))
        #expect(text.contains("openclaw --profile rescue status"))
    }

    @Test func whatSomebodyWroteStays() throws {
        let scratch = ScratchDirectory()
        let notes = RescueNotes(main: try instance("default"), own: try instance("rescue"))
        let path = scratch.path + "/workspace"
        #expect(try notes.write(path) == path + "/AGENTS.md")
        #expect(try FileReading.read(path + "/AGENTS.md", limit: 1 << 16) == Array(notes.text.utf8))
        #expect(FilePresence.exists(path + "/SOUL.md"))
        #expect(try notes.write(path) == nil)
    }
}

extension Substring {
    fileprivate var trimmedSpaces: String { String(self).trimmedSpace }
}
