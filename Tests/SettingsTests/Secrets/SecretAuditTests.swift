import Platform
import Support
import Testing

@testable import Settings

@Suite struct SecretAuditTests {
    @Test func secretsThatAreWrittenOutAreFoundWithTheirPlaces() async throws {
        let home = try ConfigHome(["GIVEN": "x"])
        home.write("{ models: { providers: { openai: { apiKey: 'sk-inside' } } } }", to: "more.json5")
        let snapshot = try await home.load(
            """
            {
              $include: "./more.json5",
              gateway: { auth: { token: "written-out" } },
              channels: { telegram: { botToken: "${GIVEN}" }, slack: { botToken: "a-${GIVEN}" } },
              env: { vars: { PLAIN: "text", MY_TOKEN: "secret" } },
            }
            """, .none)
        let found = snapshot.plaintextSecrets(in: home.instance)
        #expect(
            Set(found.map(\.setting)) == [
                "gateway.auth.token", "channels.slack.botToken", "env.vars.MY_TOKEN", "models.providers.openai.apiKey",
            ])
        let token = try #require(found.first { $0.setting == "gateway.auth.token" })
        #expect(token.line == 3 && token.includedFile == nil && token.takesReference)
        #expect(token.variable == "OPENCLAW_GATEWAY_AUTH_TOKEN")
        let key = try #require(found.first { $0.setting == "models.providers.openai.apiKey" })
        #expect(key.includedFile?.hasSuffix("more.json5") == true)
        #expect(key.variable == "OPENAI_API_KEY")
        // Part of it is put in at each load; a reference would stand for the text as it is.
        #expect(found.first { $0.setting == "channels.slack.botToken" }?.takesReference == false)
    }

    @Test func referencesAreFoundAndTried() async throws {
        let home = try ConfigHome(["HERE": "value-of-here"])
        let snapshot = try await home.load(
            """
            {
              gateway: { auth: { token: { source: "env", id: "HERE" } } },
              channels: { telegram: { botToken: { source: "env", id: "NOT_HERE" } } },
            }
            """, .none)
        let refs = snapshot.secretReferences
        #expect(refs.map { $0.pointer.tokens.last } == ["token", "botToken"])
        let failures = try await onLoop {
            await SecretTrial(secrets: nil, snapshot, home.instance, runner: FakeProcessRunner())
                .failures(of: Set(refs.map(\.ref)))
        }
        #expect(failures.keys.map(\.id) == ["NOT_HERE"])
        #expect(!failures.values.contains { $0.contains("value-of-here") })
    }
}
