import Platform
import Testing

@testable import Models
@testable import Settings

private let schema = ConfigSchema(parts: [.models, .configuration, .openClaw])

private func findings(_ text: String) throws -> SchemaValidator {
    let value = try JSON5Document(text).value
    return SchemaValidator.validate(value, written: value, skipping: [], by: schema)
}

@Suite struct ModelsSchemaTests {
    @Test func aFileOfOpenClawIsTaken() throws {
        let found = try findings(
            """
            {
              agents: { defaults: { model: { primary: "acme/big", fallbacks: [] } } },
              auth: {
                profiles: { "openai:work": { provider: "openai", mode: "api_key", email: "a@b.test", key: "k" } },
                order: { openai: ["openai:work"] }, cooldowns: { billingBackoffHours: 5 },
              },
              models: {
                mode: "merge",
                providers: {
                  acme: {
                    baseUrl: "http://localhost:4000/v1", apiKey: { source: "env", provider: "default", id: "ACME_KEY" },
                    api: "openai-completions", auth: "api-key", authHeader: true, headers: { "X-Tenant": "one" },
                    timeoutSeconds: 60, localService: { command: "/usr/bin/serve" },
                    models: [
                      { id: "big", name: "Big", reasoning: false, input: ["text"], contextWindow: 128000,
                        contextTokens: 96000, maxTokens: 32000, compat: { x: true },
                        cost: { input: 0, output: 0.5, cacheRead: 0, cacheWrite: 0 } },
                    ],
                  },
                },
              },
            }
            """)
        #expect(found.problems.map(\.message) == [])
        #expect(
            found.warnings.map { $0.pointer.tokens.last ?? "" }.sorted() == [
                "agents", "compat", "cooldowns", "email", "localService",
            ])
    }

    @Test func whatIsWrongIsTold() throws {
        for (text, place) in [
            ("{ models: { providers: { a: { baseUrl: 'ftp://x' } } } }", "baseUrl"),
            ("{ models: { providers: { a: { auth: 'magic' } } } }", "auth"),
            ("{ models: { providers: { a: { models: [{ contextWindow: 0 }] } } } }", "contextWindow"),
            ("{ models: { providers: { a: { models: [{ cost: { input: -1 } }] } } } }", "input"),
            ("{ auth: { order: { openai: 'x' } } }", "openai"),
        ] {
            #expect(try findings(text).problems.map { $0.pointer.tokens.last } == [place], "\(text)")
        }
    }

    @Test func keysAreSecret() {
        for setting in ["models.providers.a.apiKey", "models.providers.a.headers.X-Key", "auth.profiles[\"a:b\"].key"] {
            let pointer = JSONPointer(setting: setting)
            #expect(pointer.flatMap { schema.key(at: $0) }?.isSensitive == true, "\(setting)")
        }
    }
}
