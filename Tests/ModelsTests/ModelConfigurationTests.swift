import Platform
import Support
import Testing
import Wire

@testable import Models

private func read(
    _ text: String, _ environment: [String: String] = [:], stored: [KeyProfile] = []
) throws -> ModelConfiguration {
    ModelConfiguration(try JSON5Document(text).value, environment: { environment[$0] }, stored: stored)
}

@Suite struct ModelConfigurationTests {
    @Test func aFreshMachineHasNoModelAndNoProblem() throws {
        let fresh = try read("{}")
        #expect(fresh.problems.isEmpty && fresh.defaultChoice == nil)
        #expect(fresh.providers["anthropic"]?.profiles.isEmpty == true)
        #expect(fresh.providers["ollama"]?.profiles.map(\.key) == [nil])
    }

    @Test func modelsAreChosenAsOpenClawHasIt() throws {
        let configuration = try read(
            """
            { agents: {
                defaults: {
                  model: { primary: "anthropic/claude-opus-5", fallbacks: ["fast", "openai/gpt-5.4", "anthropic/claude-opus-5"] },
                  models: { "openai/gpt-5.4-mini": { alias: "Fast", params: { temperature: 0.2 } } },
                  params: { maxTokens: 100 }, thinkingDefault: "low",
                },
                list: [ { id: "a", model: "sonnet" }, { id: "b", model: { primary: "fast", fallbacks: ["haiku"] } }, { id: "c" } ],
                entries: { d: { model: { primary: "gpt-4.1" }, params: { temperature: 0.9 }, thinkingDefault: "high" } },
            } }
            """)
        #expect(
            configuration.defaultChoice?.chain.map(\.description) == [
                "anthropic/claude-opus-5", "openai/gpt-5.4-mini", "openai/gpt-5.4",
            ])
        // Who chose one model for an agent wants that one.
        #expect(configuration.choice(agent: "a")?.chain.map(\.description) == ["anthropic/claude-sonnet-5-5"])
        #expect(
            configuration.choice(agent: "b")?.chain.map(\.description) == [
                "openai/gpt-5.4-mini", "anthropic/claude-haiku-5-5",
            ])
        #expect(configuration.choice(agent: "c") == configuration.defaultChoice)
        #expect(configuration.choice(agent: "d")?.primary.description == "openai/gpt-4.1")
        let mini = configuration.parameters(ModelReference(provider: "openai", model: "gpt-5.4-mini"))
        #expect(mini.temperature == 0.2 && mini.maxTokens == 100 && mini.thinking == .low)
        let d = configuration.parameters(ModelReference(provider: "openai", model: "gpt-5.4-mini"), agent: "d")
        #expect(d.temperature == 0.9 && d.maxTokens == 100 && d.thinking == .high)
        #expect(configuration.resolve("nonsense") == nil && configuration.nearest(to: "snnet") == "sonnet")
    }

    @Test func providersAreReadFromTheConfiguration() throws {
        let configuration = try read(
            """
            { models: { providers: {
                acme: { baseUrl: "https://acme.test/v1/", apiKey: "secret-acme", headers: { "X-Tenant": "one" },
                        maxTokens: 500, timeoutSeconds: 30,
                        models: [ { id: "big/one", name: "Big", reasoning: true, input: ["text"], contextWindow: 1000,
                                    contextTokens: 800, maxTokens: 200, cost: { input: 1, output: 2, cacheRead: 0.5 } } ] },
                ollama: { baseUrl: "http://127.0.0.1:11434", api: "ollama" },
                anthropic: { headers: { "anthropic-version": "2023-06-01" } },
                proxy: { baseUrl: "http://10.0.0.1/anthropic", api: "anthropic-messages", authHeader: true, apiKey: "k-proxy-1" },
            } } }
            """)
        #expect(configuration.problems.isEmpty, "\(configuration.problems)")
        let acme = try #require(configuration.providers["acme"])
        #expect(acme.api == .openAICompletions && acme.base.text == "https://acme.test/v1")
        #expect(acme.fields["X-Tenant"] == "one" && acme.deadlines.total == .seconds(30))
        let big = acme.facts("big/one")
        #expect(big.name == "Big" && big.contextWindow == 1000 && big.usableContext == 800)
        #expect(big.traits == ModelTraits(thinking: .level, acceptsImages: false, outputLimit: 200))
        #expect(acme.facts("other").traits.outputLimit == 500)
        #expect(configuration.resolve("acme/big/one") == configuration.resolve("big/one"))
        #expect(configuration.providers["ollama"]?.base.text == "http://127.0.0.1:11434/v1")
        #expect(configuration.providers["anthropic"]?.anthropicVersion == .first)
        let proxy = try #require(configuration.providers["proxy"])
        #expect(proxy.anthropicVersion == .first && proxy.endpoint(proxy.profiles[0]).authentication == .bearer)
        // A name at another address may mean another model.
        #expect(proxy.models.isEmpty)
    }

    @Test func keysAreFoundInTheirOrder() throws {
        let environment = [
            "OPENCLAW_LIVE_OPENAI_KEY": "key-live-0000", "OPENAI_API_KEY": " key-env-00000\n",
            "OPENAI_API_KEYS": "key-list-1111; key-list-2222,key-env-00000",
            "OPENAI_API_KEY_2": "key-numbered-2", "GOOGLE_API_KEY": "key-google-000", "ACME_API_KEY": "key-acme-0000",
            "MY_KEY": "key-mine-0000",
        ]
        let text = """
            { models: { providers: {
                openai: { apiKey: "key-config-00" }, acme: { baseUrl: "http://acme.test" },
                mine: { baseUrl: "http://mine.test", apiKey: "MY_KEY" }, unset: { baseUrl: "http://u.test", apiKey: "NOT_SET" } } },
              auth: { profiles: { "openai:work": { provider: "openai", mode: "token", key: "key-work-0000" } } } }
            """
        let configuration = try read(text, environment)
        func keys(_ provider: String) -> [String?]? { configuration.providers[provider]?.profiles.map(\.key) }
        #expect(
            keys("openai") == [
                "key-live-0000", "key-work-0000", "key-env-00000", "key-list-1111", "key-list-2222", "key-numbered-2",
                "key-config-00",
            ])
        #expect(keys("google") == ["key-google-000"] && keys("acme") == ["key-acme-0000"])
        #expect(keys("mine") == ["key-mine-0000"] && keys("unset") == [nil] && keys("anthropic") == [])
        let work = try #require(configuration.providers["openai"]?.profile("openai:work"))
        #expect(configuration.providers["openai"]?.endpoint(work).authentication == .bearer)
        // No description shows a key.
        for profile in configuration.providers.values.flatMap(\.profiles) {
            #expect(!"\(profile)".contains("key-"), "\(profile.id)")
        }
        let inOrder = try ordered(
            text, ["key": ""], order: #"["openai:work", "openai:default", "openai:nobody"]"#)
        #expect(inOrder.providers["openai"]?.profiles.map(\.id) == ["openai:work", "openai:default"])
    }

    private func ordered(
        _ text: String, _ environment: [String: String], order: String
    ) throws -> ModelConfiguration {
        var config = try JSON5Document(text).value
        config["auth"]?["order"] = ["openai": try JSON5Document(order).value]
        return ModelConfiguration(config, environment: { environment[$0] })
    }

    @Test func numberedVariablesHaveALimit() throws {
        let last = KeySearch.numberedVariables
        for number in last - 1...last + 1 {
            let found = try read("{}", ["XAI_API_KEY_\(number)": "key-0000000"]).providers["xai"]?.profiles
            #expect(found?.isEmpty == (number > last))
        }
    }

    @Test func whatCannotBeUsedIsToldAndTheRestWorks() throws {
        let configuration = try read(
            """
            { models: { providers: {
                nowhere: { api: "openai-completions" }, odd: { baseUrl: "ftp://x" }, bad: { baseUrl: "http://" },
                cloud: { baseUrl: "https://c.test", auth: "aws-sdk" }, alien: { baseUrl: "https://a.test", api: "bedrock" },
                empty: {}, lines: { baseUrl: "https://l.test", headers: { "a b": "x", ok: "y" }, models: [ {} ] },
                good: { baseUrl: "https://g.test" },
            } } }
            """)
        #expect(
            configuration.problems.map(\.setting).sorted() == [
                "models.providers.alien.api", "models.providers.bad.baseUrl", "models.providers.cloud.auth",
                "models.providers.empty", "models.providers.lines.headers.a b", "models.providers.lines.models[0].id",
                "models.providers.nowhere.baseUrl", "models.providers.odd.baseUrl",
            ])
        #expect(configuration.providers["good"] != nil && configuration.providers["lines"]?.fields["ok"] == "y")
        let left = configuration.candidates(
            ModelChoice(
                primary: ModelReference("anthropic/x")!,
                fallbacks: [ModelReference("alien/x")!, ModelReference("good/x")!]))
        #expect(left.candidates.map(\.reference.provider) == ["good"])
        #expect(left.left.map(\.message).first?.contains("ANTHROPIC_API_KEY") == true)
    }

    @Test func aProviderWithoutItsSecretStaysOff() throws {
        let config = try JSON5Document(#"{ models: { providers: { openai: {} } } }"#).value
        let off = ModelConfiguration(
            config, environment: { _ in "key-from-elsewhere" }, off: ["openai": "the secret was not found"])
        #expect(off.providers["openai"] == nil)
        #expect(off.problems.map(\.description) == ["models.providers.openai: is off: the secret was not found"])
    }

    @Test func costsAreCounted() throws {
        let configuration = try read("{}")
        let usage = ModelUsage(input: 1_000_000, output: 100_000, cacheRead: 500_000, cacheWrite: 200_000)
        let opus = ModelReference("anthropic/claude-opus-5")!
        #expect(configuration.cost(of: usage, opus) == 5 + 2.5 + 0.25 + 1.25)
        #expect(configuration.cost(of: usage, ModelReference("anthropic/unheard-of")!) == nil)
        let gemini = try #require(configuration.facts(ModelReference("google/gemini-2.5-pro")!)?.prices)
        for tokens in [199_999, 200_000, 200_001] {
            let cost = gemini.cost(of: ModelUsage(input: tokens))
            let price = tokens > 200_000 ? 2.5 : 1.25
            #expect(abs(cost - Double(tokens) * price / 1_000_000) < 1e-12)
        }
    }

    @Test func wellKnownModelsAreComplete() {
        let references = WellKnown.models.map(\.reference)
        #expect(Set(references).count == references.count)
        for facts in WellKnown.models {
            #expect(WellKnown.providers.contains { $0.id == facts.reference.provider }, "\(facts.reference)")
            let price = facts.prices?.usual
            #expect(price != nil && price!.input > 0 && price!.output > price!.input, "\(facts.reference)")
        }
        for (alias, text) in WellKnown.aliases {
            #expect(references.contains(ModelReference(text)!), "\(alias)")
        }
        for provider in WellKnown.providers { #expect((try? WebURL(provider.base)) != nil, "\(provider.id)") }
    }

    @Test func providersAreMadeOnceForEachKey() async throws {
        try await onLoop {
            let text = #"{ models: { providers: { openai: { apiKey: "key-000000" } } } }"#
            let http = FakeHTTP((.ok, ""))
            let providers = ConfiguredProviders(try read(text), http: http)
            let reference = ModelReference("openai/gpt-5.4")!
            let first = try providers.provider(for: reference, profile: "openai:default")
            #expect(first is OpenAIResponsesProvider)
            #expect(try providers.provider(for: reference, profile: "openai:default") === first)
            #expect(throws: ModelError.self) { try providers.provider(for: reference, profile: "openai:none") }
            #expect(throws: ModelError.self) { try providers.embeddings("anthropic") }
            #expect(try providers.embeddings("openai") is OpenAIEmbeddings)
        }
    }
}
