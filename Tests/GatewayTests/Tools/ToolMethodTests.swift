import Contract
import Platform
import Settings
import Support
import Testing

@testable import Agents
@testable import Gateway

/// `tools.*` and `skills.*`.
@Suite struct ToolMethodTests {
    private static func names(_ payload: JSON) -> [String] {
        (payload["groups"]?.array ?? []).flatMap { $0["tools"]?.array ?? [] }.compactMap { $0["id"]?.string }
    }

    @Test func theCatalogNamesEachToolOnce() async throws {
        try await onLoop {
            let client = try await MethodBench().connect(scopes: [.read])
            let catalog = try await client.call("tools.catalog")
            let names = Self.names(catalog)
            #expect(Set(names).count == names.count && names.contains("exec") && names.contains("web_fetch"))
            #expect(
                catalog["profiles"]?.array?.compactMap { $0["id"]?.string } == [
                    "minimal", "coding", "messaging", "full",
                ])
            let groups = catalog["groups"]?.array ?? []
            #expect(groups.allSatisfy { $0["source"]?.string == "core" && $0["label"]?.string?.isEmpty == false })
            // Who is no owner has fewer.
            let effective = Self.names(try await client.call("tools.effective"))
            #expect(effective.contains("read") && !effective.contains("exec") && !effective.contains("gateway"))
        }
    }

    @Test func aChangedPolicyHoldsAtOnce() async throws {
        try await onLoop {
            let bench = try MethodBench()
            try await bench.begin("{tools: {profile: 'coding', deny: ['exec']}}")
            let owner = try await bench.connect()
            let names = Self.names(try await owner.call("tools.effective"))
            #expect(names.contains("process") && !names.contains("exec") && !names.contains("message"))
        }
    }

    @Test func aToolIsCalledAndItsTroubleIsAnAnswer() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect(scopes: [.write])
            let missing = try await client.call("tools.invoke", ["name": "no_such_tool"])
            #expect(missing["ok"]?.bool == false && missing["error"]?["code"]?.string == "not_found")
            // An owner's tool is not there for others.
            let exec = try await client.call("tools.invoke", ["name": "exec", "args": ["command": "id"]])
            #expect(exec["error"]?["code"]?.string == "not_found")
            let message = try await client.call("tools.invoke", ["name": "message", "args": ["text": "hi"]])
            #expect(message["error"]?["message"]?.string?.hasPrefix("UNAVAILABLE") == true)
            let skill = try await client.call("tools.invoke", ["name": "read", "args": ["path": "skill:gateway-care"]])
            #expect(skill["ok"]?.bool == true)
            #expect(skill["output"]?["content"]?.array?.first?["text"]?.string?.contains("does not answer") == true)
            let refusal = try await client.refusal("tools.invoke", ["name": "read", "agentId": "nobody"])
            #expect(refusal.contains("unknown agent id"))
        }
    }

    /// For each setting there is: what is not on the list cannot be written by an agent, and nothing secret is on it.
    @Test func GHSA_cwj3_vqpp_pmxr_noSettingIsWritableByAccident() throws {
        var writable = 0
        for key in ConfigSchema.product.keys {
            let tokens = key.path.steps.map { step in
                switch step {
                case .key(let name): name
                case .anyKey: "x"
                case .element: "0"
                }
            }
            guard WritableSettings.allows(JSONPointer(tokens)) else { continue }
            writable += 1
            #expect(!key.isSensitive, "\(key.path)")
            let isListed = WritableSettings.paths.contains { "\(key.path)" == $0 || "\(key.path)".hasPrefix($0 + ".") }
            #expect(isListed, "\(key.path)")
            for part in [
                "auth", "tools", "exec", "hooks", "nodes", "gateway", "secrets", "env", "channels", "skills", "rescue",
            ] {
                #expect(tokens[0] != part && !tokens.contains("tools"), "\(key.path)")
            }
        }
        #expect(writable > 0)
    }

    @Test func skillsAreToldAndSwitched() async throws {
        try await onLoop {
            let bench = try MethodBench()
            try await bench.begin("{}")
            let owner = try await bench.connect()
            let status = try await owner.call("skills.status")
            let row = status["skills"]?.array?.first { $0["name"]?.string == "gateway-care" }
            #expect(row?["eligible"]?.bool == true && row?["source"]?.string == "openclaw-bundled")
            let update = try await owner.call(
                "skills.update", ["skillKey": "gateway-care", "enabled": false, "apiKey": "secret-key-1"])
            #expect(update["config"]?["enabled"]?.bool == false && "\(update)".contains("secret-key-1") == false)
            #expect(bench.file?.contains("secret-key-1") == true)
            let after = try await owner.call("skills.status")
            #expect(after["skills"]?.array?.first?["eligible"]?.bool == false)
            for key in ["../x", "a.b/..", "", "a b"] {
                #expect(
                    try await owner.refusal("skills.update", ["skillKey": .string(key), "enabled": true]).hasPrefix(
                        "INVALID_REQUEST"))
            }
            #expect(try await owner.refusal("skills.update", ["skillKey": "x"]).contains("one of enabled"))
        }
    }
}

/// An agent's question to operators.
@Suite struct ExecApprovalDeskTests {
    private static let question = ExecQuestion(
        command: "ls -l", words: ["ls", "-l"], directory: "/w", resolvedPath: "/usr/bin/ls", security: .allowlist,
        ask: .onMiss,
        agentID: "main", sessionKey: "agent:main:main", warning: nil)

    @LoopActor
    private static func services(_ scratch: ScratchDirectory, _ clock: FakeClock) -> ApprovalServices {
        ApprovalServices(stateDirectory: scratch.path, hub: EventHub(), clock: clock)
    }

    @Test func operatorsSeeItAndTheirWordCounts() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let desk = ExecApprovalDesk(bench.plane.approvals)
            let operators = try await bench.connect(scopes: [.approvals])
            for (word, wanted) in [
                ("allow-once", ExecAnswer.allowOnce), ("allow-always", .allowAlways), ("deny", .denied),
            ] {
                let asking = startTask { try await desk.ask(Self.question) }
                try await turns { !bench.plane.approvals.pending.pending.isEmpty }
                let shown = try await operators.call("exec.approval.list")
                let row = try #require(shown.array?.first)
                #expect(row["request"]?["command"]?.string == "ls -l" && row["request"]?["host"]?.string == "gateway")
                _ = try await operators.call(
                    "exec.approval.resolve", ["id": row["id"] ?? .null, "decision": .string(word)])
                #expect(try await asking.value == wanted)
            }
        }
    }

    @Test func silenceAndCancellationAreNoConsent() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let clock = FakeClock()
            let services = Self.services(scratch, clock)
            let desk = ExecApprovalDesk(services)
            let asking = startTask { try await desk.ask(Self.question) }
            try await turns { !services.pending.pending.isEmpty }
            await clock.advance(by: ExecApprovalDesk.time)
            #expect(try await asking.value == .nobody)
            let cancelled = startTask { try await desk.ask(Self.question) }
            try await turns { !services.pending.pending.isEmpty }
            cancelled.cancel()
            await #expect(throws: ToolProblem.cancelled) { try await cancelled.value }
        }
    }

    @Test func whatIsAllowedForAlwaysIsInTheFile() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let desk = ExecApprovalDesk(Self.services(scratch, FakeClock()))
            #expect(try await desk.rules(of: "main") == ExecRules())
            let entry = ExecRules.Entry(pattern: "/usr/bin/ls", argPattern: ExecRules.argumentMark(["ls"]))
            try await desk.remember(entry, for: "main")
            try await desk.remember(entry, for: "main")
            #expect(try await desk.rules(of: "main").allowlist == [entry])
            #expect(try await desk.rules(of: "other").allowlist.isEmpty)
            // Rules that cannot be read are no rules at all: nothing runs by them.
            scratch.write("{", to: "exec-approvals.json")
            await #expect(throws: ToolProblem.self) { try await desk.rules(of: "main") }
        }
    }
}
