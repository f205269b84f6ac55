import Platform
import Support
import Testing

@testable import Settings

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct SecretTests {
    private static let schema = ConfigSchema(parts: [
        .configuration,
        SchemaPart([
            .hot("s.key", .secret, "a secret"), .hot("s.other", .secret, "another"), .foreign("channels.*", "theirs"),
        ]),
    ])

    private func home(_ variables: [String: String] = [:]) throws -> ConfigHome {
        let home = try ConfigHome(variables)
        home.write("{\"a\": {\"b/c\": \"in-the-file\"}, \"n\": 5}", to: "secrets.json")
        home.write("whole-file-secret\n", to: "whole.txt")
        home.write("#!/bin/sh\ncat >/dev/null\necho nothing\n", to: "program")
        for name in ["secrets.json", "whole.txt"] { chmod(home.scratch.path(home.name(name)), 0o600) }
        chmod(home.scratch.path(home.name("program")), 0o700)
        return home
    }

    private func text(_ ref: String, _ providers: String = "", _ more: String = "") -> String {
        "{s: {key: \(ref)}, secrets: {providers: {\(providers)}\(more)}}"
    }

    private static let file = "f: {source: 'file', path: '~/.openclaw/secrets.json'}"

    @Test(arguments: [
        ("{source: 'env', id: 'KEY'}", "", "from-env"),
        ("{source: 'env', provider: 'default', id: 'KEY'}", "", "from-env"),
        ("{source: 'env', provider: 'e', id: 'KEY'}", "e: {source: 'env', allowlist: ['KEY']}", "from-env"),
        ("{source: 'file', provider: 'f', id: '/a/b~1c'}", file, "in-the-file"),
        (
            "{source: 'file', provider: 'w', id: 'value'}",
            "w: {source: 'file', path: '~/.openclaw/whole.txt', mode: 'singleValue'}", "whole-file-secret"
        ),
    ])
    func aReferenceBecomesItsSecret(_ ref: String, _ providers: String, _ secret: String) async throws {
        let snapshot = try await home(["KEY": "from-env"]).load(text(ref, providers), schema: Self.schema)
        #expect(snapshot.string("s.key") == secret && snapshot.secrets == [secret])
        #expect(snapshot.config["s"]?["key"]?["source"] != nil)
        #expect(!"\(snapshot.redacted)".contains(secret))
    }

    @Test func aProviderMayBeTheStandardOne() async throws {
        let snapshot = try await home().load(
            text("{source: 'file', id: '/a/b~1c'}", Self.file, ", defaults: {file: 'f'}"), schema: Self.schema)
        #expect(snapshot.string("s.key") == "in-the-file")
    }

    @Test(arguments: [
        ("{source: 'env', id: 'NONE'}", "", "NONE is not set in the environment or in ~/.openclaw/.env"),
        (
            "{source: 'env', provider: 'e', id: 'KEY'}", "e: {source: 'env', allowlist: []}",
            "KEY is not in secrets.providers.e.allowlist"
        ),
        ("{source: 'env', provider: 'x', id: 'KEY'}", "", "secrets.providers has no \"x\" with source \"env\""),
        ("{source: 'file', provider: 'f', id: '/none'}", file, "~/.openclaw/secrets.json has no text at /none"),
        ("{source: 'file', provider: 'f', id: '/n'}", file, "~/.openclaw/secrets.json has no text at /n"),
        ("{source: 'file', provider: 'f', id: '/a'}", "f: {source: 'file'}", "secrets.providers.f.path is missing"),
        (
            "{source: 'exec', provider: 'p', id: 'a'}", "p: {source: 'exec', command: '/none/there'}",
            "/none/there is not run: there is no such file"
        ),
        (
            "{source: 'exec', provider: 'p', id: 'a'}",
            "p: {source: 'exec', command: '/bin/sh', trustedDirs: ['/opt']}",
            "/bin/sh is not run: it is in none of the trustedDirs"
        ),
        (
            "{source: 'exec', provider: 'p', id: 'a'}",
            "p: {source: 'exec', command: '/opt/../bin/sh', trustedDirs: ['/opt']}",
            "/opt/../bin/sh is not run: it is in none of the trustedDirs"
        ),
    ])
    func aSecretThatCannotBeHadIsAProblem(_ ref: String, _ providers: String, _ reason: String) async throws {
        let lines = try await home(["KEY": "from-env"]).refusal(text(ref, providers), schema: Self.schema)
        #expect(
            lines.count == 1 && lines[0].hasPrefix("1:11  s.key: secret ") && lines[0].hasSuffix(reason), "\(lines)")
    }

    @Test func filesThatOthersMayReadAreNotTrusted() async throws {
        let home = try home()
        for mode in [0o640, 0o604, 0o620, 0o602] as [mode_t] {
            chmod(home.scratch.path(home.name("secrets.json")), mode)
            let lines = try await home.refusal(
                text("{source: 'file', provider: 'f', id: '/a/b~1c'}", Self.file), schema: Self.schema)
            #expect(lines.count == 1 && lines[0].hasSuffix("chmod 600 ~/.openclaw/secrets.json"))
        }
    }

    @Test func aLinkAndAProgramThatOthersMayChangeAreNotRun() async throws {
        let home = try home()
        home.scratch.link(home.name("link"), to: "program")
        let program = "p: {source: 'exec', command: '~/.openclaw/program'}"
        let ref = "{source: 'exec', provider: 'p', id: 'a'}"
        let linked = try await home.refusal(
            text(ref, "p: {source: 'exec', command: '~/.openclaw/link'}"), schema: Self.schema)
        #expect(linked.count == 1 && linked[0].hasSuffix("it is a link; name the file it leads to"))
        chmod(home.scratch.path(home.name("program")), 0o722)
        let open = try await home.refusal(text(ref, program), schema: Self.schema)
        #expect(open.count == 1 && open[0].hasSuffix("others than this user and root may change it"))
    }

    /// A program that gives out `answer`, asked through the fake runner.
    private func asked(
        _ answer: String, ending: ProcessEnding = .exited(0), more: String = ""
    ) async throws -> (snapshot: ConfigSnapshot?, lines: [String], requests: [ProcessRequest]) {
        let home = try home(["PASSED": "p", "KEPT": "k"])
        home.write(
            text(
                "{source: 'exec', provider: 'p', id: 'a/b#c'}",
                "p: {source: 'exec', command: '~/.openclaw/program', args: ['-x'], passEnv: ['PASSED'], env: {SET: 's'}\(more)}"
            ))
        return try await onLoop {
            let runner = FakeProcessRunner { _ in .success(ProcessResult(ending: ending, output: Array(answer.utf8))) }
            do throws(ConfigRefusal) {
                return (try await home.loader(Self.schema, runner: runner).load(), [], runner.requests)
            } catch {
                return (nil, error.problems.map { "\($0)" }, runner.requests)
            }
        }
    }

    @Test func aProgramIsAskedOnceWithoutOurEnvironment() async throws {
        let (snapshot, lines, requests) = try await asked(
            "{\"protocolVersion\": 1, \"values\": {\"a/b#c\": \"from-program\"}}")
        #expect(lines == [] && snapshot?.string("s.key") == "from-program" && requests.count == 1)
        let request = try #require(requests.first)
        #expect(request.arguments.dropFirst() == ["-x"] && request.arguments[0].hasSuffix("/.openclaw/program"))
        #expect(request.environment == ["PASSED": "p", "SET": "s"] && request.deadline == .seconds(5))
        #expect(
            String(decoding: request.input, as: UTF8.self) == #"{"protocolVersion":1,"provider":"p","ids":["a/b#c"]}"#)
    }

    @Test(arguments: [
        ("{\"protocolVersion\": 1, \"values\": {}}", "it has nothing for a/b#c"),
        (
            "{\"protocolVersion\": 1, \"values\": {}, \"errors\": {\"a/b#c\": {\"code\": \"NOT_FOUND\", \"message\": \"s3cret\"}}}",
            "it has nothing for a/b#c (NOT_FOUND)"
        ),
        (
            "{\"protocolVersion\": 1, \"values\": {}, \"errors\": {\"a/b#c\": {\"code\": \"s3cret\"}}}",
            "it has nothing for a/b#c"
        ),
        (
            "{\"protocolVersion\": 2, \"values\": {\"a/b#c\": \"s3cret\"}}",
            "not {\"protocolVersion\": 1, \"values\": …}"
        ),
        ("s3cret", "not {\"protocolVersion\": 1, \"values\": …}"),
        ("", "not {\"protocolVersion\": 1, \"values\": …}"),
    ])
    func whatAProgramSaysWrongIsNotRepeated(_ answer: String, _ reason: String) async throws {
        let lines = try await asked(answer).lines
        #expect(
            lines.count == 1 && lines[0].hasSuffix("gave no usable answer: \(reason)") && !lines[0].contains("s3cret"))
    }

    @Test func plainTextIsTakenWhereItIsAllowed() async throws {
        #expect(
            try await asked("plain-secret\n", more: ", jsonOnly: false").snapshot?.string("s.key") == "plain-secret")
        let failed = try await asked("plain-secret\n", ending: .exited(3), more: ", jsonOnly: false").lines
        #expect(failed.count == 1 && failed[0].hasSuffix("it ended with exit code 3"))
    }

    @Test(arguments: [(16, true), (17, true), (18, false)])
    func aFileWithASecretHasALimit(_ size: Int, _ isRead: Bool) async throws {
        let home = try home()
        home.write(String(repeating: "s", count: size), to: "whole.txt")
        chmod(home.scratch.path(home.name("whole.txt")), 0o600)
        let lines = try await home.refusal(
            text(
                "{source: 'file', provider: 'w', id: 'value'}",
                "w: {source: 'file', path: '~/.openclaw/whole.txt', mode: 'singleValue', maxBytes: 17}"),
            schema: Self.schema)
        #expect(lines.isEmpty == isRead)
    }

    @Test func aProgramThatTakesTooLongIsEnded() async throws {
        let home = try home()
        home.write("#!/bin/sh\nexec sleep 600\n", to: "program")
        let lines = try await home.refusal(
            text(
                "{source: 'exec', provider: 'p', id: 'a'}",
                "p: {source: 'exec', command: '~/.openclaw/program', timeoutMs: 50}"),
            schema: Self.schema, runner: { ChildProcess() })
        #expect(lines.count == 1 && lines[0].contains("did not end within 0.05 seconds and was stopped"))
    }

    @Test func aRealProgramIsAsked() async throws {
        let home = try home()
        home.write(
            "#!/bin/sh\nread -r question\nprintf '{\"protocolVersion\":1,\"values\":{\"a\":\"real-secret-%s\"}}' \"${#question}\"\n",
            to: "program")
        let snapshot = try await home.load(
            text(
                "{source: 'exec', provider: 'p', id: 'a'}",
                "p: {source: 'exec', command: '~/.openclaw/program', timeoutMs: 20000}"),
            schema: Self.schema, runner: { ChildProcess() })
        #expect(snapshot.string("s.key") == "real-secret-48")
    }

    @Test func aChannelWithoutItsSecretStaysOff() async throws {
        let home = try home()
        let snapshot = try await home.load(
            """
            {channels: {
              telegram: {botToken: {source: 'env', id: 'NONE'}, accounts: {a: {botToken: {source: 'store', id: 'X'}}}},
              slack: {enabled: false, botToken: {source: 'env', id: 'NONE'}},
            }}
            """, schema: Self.schema)
        #expect(
            snapshot.degraded == [
                ConfigDegradation(
                    part: "channels.telegram",
                    reason:
                        "channels.telegram.botToken: secret env:NONE: NONE is not set in the environment or in ~/.openclaw/.env"
                ),
                ConfigDegradation(
                    part: "channels.telegram",
                    reason:
                        "channels.telegram.accounts.a.botToken: secrets from \"store\" cannot be read by this program; one of env, file, exec"
                ),
            ])
        #expect(snapshot.resolved["channels"]?["telegram"] == ["accounts": ["a": [:]]])
    }

    @Test func nobodyIsAskedForSecretsThatNothingReads() async throws {
        let home = try home()
        let schema = ConfigSchema(parts: [.configuration, .openClaw])
        let snapshot = try await home.load("{plugins: {x: {key: {source: 'env', id: 'NONE'}}}}", schema: schema)
        #expect(snapshot.degraded.isEmpty && snapshot.resolved["plugins"]?["x"]?["key"]?["id"] == "NONE")
    }

    @Test(arguments: [
        ("env", "A", true), ("env", String(repeating: "A", count: 127), true),
        ("env", String(repeating: "A", count: 128), true),
        ("env", String(repeating: "A", count: 129), false), ("env", "a", false), ("env", "1A", false),
        ("file", "/a/b", true),
        ("file", "value", true), ("file", "a", false), ("file", "/a~2", false), ("exec", "a/b#c", true),
        ("exec", "a/../b", false),
        ("exec", "/a", false), ("exec", String(repeating: "a", count: 256), true),
        ("exec", String(repeating: "a", count: 257), false),
        ("store", "A", false),
    ])
    func idsAreStrict(_ source: String, _ id: String, _ isGood: Bool) {
        let ref = try? SecretRef(["source": .string(source), "id": .string(id)])
        #expect((ref != nil) == isGood)
    }

    @Test(arguments: [
        ("a", true), ("a_b-1", true), ("A", false), ("1a", false), ("", false),
        (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
    ])
    func namesOfProvidersAreStrict(_ name: String, _ isGood: Bool) {
        let ref = try? SecretRef(["source": "env", "provider": .string(name), "id": "A"])
        #expect((ref != nil) == isGood)
    }

    @Test(arguments: [
        ("botToken", true), ("apiKey", true), ("OPENAI_API_KEY", true), ("clientSecret", true), ("maxTokens", false),
        ("tokenFile", false), ("path", false), ("format", false), ("GITHUB_PAT", true), ("pat", true),
        ("passwordFile", false),
    ])
    func secretsAreToldByTheirNames(_ name: String, _ isSecret: Bool) {
        #expect(SecretNames.isSecret(name) == isSecret)
    }
}
