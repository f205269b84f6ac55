import Platform
import Settings

extension Command {
    static let secretsAudit = Command(
        "secrets audit", "find secrets that are written out, open to others, or not to be had",
        notes:
            "Looks at the configuration and what it includes, at the modes of files with secrets, and at the auth "
            + "profiles of an older install. Secrets are not shown. Exit code 1 when something is found.",
        flags: [
            Flag("--allow-exec", nil, "run the programs that give secrets out, to see whether they do"),
            Flag("--check", nil, "taken for scripts of OpenClaw; the exit code is the same without it"), .json,
        ],
        examples: ["openclaw secrets audit", "openclaw secrets audit --json"],
        seeAlso: ["secrets apply", "secrets configure"],
        run: { invocation throws(CommandFailure) in
            let findings = try await SecretsAudit(invocation).findings()
            show(findings, invocation)
            return findings.isEmpty ? .good : .notGood
        })
}

/// Looks for findings.
@LoopActor
struct SecretsAudit {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    private var instance: Instance { invocation.instance }
    private var program: String { invocation.program }

    func findings() async throws(CommandFailure) -> [SecretFinding] {
        let snapshot = try await invocation.configuration()
        return snapshot.plaintextSecrets(in: instance).map(finding) + (await unresolved(snapshot))
            + (await files(snapshot.files))
    }

    private func finding(_ secret: PlaintextSecret) -> SecretFinding {
        let file = secret.includedFile ?? instance.shown(instance.configPath)
        var finding = SecretFinding(
            code: .plaintext, place: file + (secret.line.map { ":\($0)" } ?? ""), setting: secret.setting,
            message: "a secret is written out here")
        if secret.takesReference {
            finding.proposal = ["source": "env", "provider": "default", "id": .string(secret.variable)]
            if secret.includedFile == nil {
                finding.next = "\(program) secrets apply \(ShellWord.quoted(secret.setting))"
            }
        } else {
            finding.proposal = .string("${\(secret.variable)}")
        }
        return finding
    }

    private func unresolved(_ snapshot: ConfigSnapshot) async -> [SecretFinding] {
        let refs = snapshot.secretReferences.filter { invocation.has("--allow-exec") || $0.ref.source != .exec }
        let trial = SecretTrial(
            secrets: snapshot.resolved["secrets"], snapshot, instance, runner: invocation.surroundings.runner)
        let failures = await trial.failures(of: Set(refs.map(\.ref)))
        return refs.compactMap { pointer, ref in
            failures[ref].map {
                SecretFinding(
                    code: .unresolved, place: instance.shown(instance.configPath),
                    setting: pointer.setting(in: snapshot.config), message: "\(ref): \($0)")
            }
        }
    }

    /// Modes, and what an older install left.
    private func files(_ configuration: [String]) async -> [SecretFinding] {
        let state = instance.stateDirectory
        return await BlockingPool.shared.run { [instance] in
            var found: [SecretFinding] = []
            let names = (try? FileFacts.names(in: state))?.sorted() ?? []
            let own = names.filter {
                $0 == ".env" || $0 == SecretsFile.name || $0.hasPrefix(Instance.configName + ".")
                    || $0.hasSuffix(".sqlite") || $0 == "auth.json"
            }.map { "\(state)/\($0)" }
            let profiles = Self.profiles(in: state)
            for path in Set(configuration + own + profiles).sorted() {
                guard let facts = (try? FileFacts.of(path, followLinks: true)) ?? nil, facts.isRegular,
                    facts.isOpen(toOthers: 0o6)
                else { continue }
                found.append(
                    SecretFinding(
                        code: .open, place: instance.shown(path), setting: "",
                        message: "others than its owner may read or change it (mode \(String(facts.mode, radix: 8)))",
                        next: "chmod 600 \(ShellWord.quoted(path))"))
            }
            return found + profiles.flatMap { Self.residues($0, instance) }
        }
    }

    private nonisolated static let fileLimit = 1 << 20

    private nonisolated static func profiles(in state: String) -> [String] {
        let agents = (try? FileFacts.names(in: state + "/agents"))?.sorted() ?? []
        return (agents.map { "\(state)/agents/\($0)/agent/auth-profiles.json" } + ["\(state)/auth-profiles.json"])
            .filter { FilePresence.exists($0) }
    }

    /// Keys that OpenClaw kept beside its configuration.
    private nonisolated static func residues(_ path: String, _ instance: Instance) -> [SecretFinding] {
        guard let bytes = try? FileReading.read(path, limit: fileLimit), let json = try? JSON5Document(bytes).value
        else { return [] }
        return (json["profiles"]?.object?.members ?? []).flatMap { profile in
            ["key", "token", "access", "refresh", "apiKey"].compactMap { name -> SecretFinding? in
                guard let text = profile.value[name]?.string, !text.isEmpty, !text.hasPrefix("${") else { return nil }
                return SecretFinding(
                    code: .residue, place: instance.shown(path), setting: "profiles.\(profile.key).\(name)",
                    message: "a secret is written out here")
            }
        }
    }
}

@LoopActor
private func show(_ findings: [SecretFinding], _ invocation: Invocation) {
    func count(_ code: SecretFinding.Code) -> JSON { JSON(findings.count { $0.code == code }) }
    if invocation.output.isJSON {
        let status =
            findings.isEmpty ? "clean" : findings.contains { $0.code == .unresolved } ? "unresolved" : "findings"
        return invocation.output.json([
            "ok": .bool(findings.isEmpty), "status": .string(status),
            "summary": [
                "plaintextCount": count(.plaintext), "unresolvedRefCount": count(.unresolved),
                "openFileCount": count(.open), "legacyResidueCount": count(.residue),
            ],
            "findings": .array(findings.map(\.json)),
        ])
    }
    var report = Report(
        verdict: findings.isEmpty ? .good : .degraded,
        state: findings.isEmpty ? "no secret lies open" : "\(findings.count) findings")
    report.facts = findings.map { finding in
        let proposal = finding.proposal.map { "; better: \($0.string ?? $0.description)" } ?? ""
        let subject = finding.setting.isEmpty ? finding.place : "\(finding.setting) in \(finding.place)"
        let why = finding.code == .plaintext || finding.code == .residue ? "" : ": \(finding.message)"
        return Fact("finding", finding.code.label, subject + why + proposal, isGood: false)
    }
    report.next = Array(findings.compactMap(\.next).prefix(3))
    invocation.output.report(report, now: invocation.surroundings.clock.wall)
}
