import Platform
import Settings

extension Flag {
    fileprivate static let fix = Flag("--fix", nil, "mend what can be mended, after showing what that is")
    fileprivate static let deep = Flag("--deep", nil, "look at the whole host as well: what else starts gateways")
}

extension Command {
    static let doctor = Command(
        "doctor", "what is wrong with this gateway's home, and how it is mended",
        notes:
            "Without --fix nothing is written. A fix shows what changes, takes no setting out that it does not know, and names the "
            + "command that undoes it. "
            + "Exit code 0 when nothing of weight is found, else 1.",
        flags: [
            .fix, .deep,
            Flag("--generate-gateway-token", nil, "set gateway.auth.token to a fresh random one"),
            Flag("--list", nil, "the checks there are"), .timeout, .yes, .json,
        ],
        examples: ["openclaw doctor", "openclaw doctor --fix --yes"],
        seeAlso: ["security audit", "gateway status", "config validate"],
        run: { invocation throws(CommandFailure) in
            try await DoctorVisit(invocation, DoctorCheck.all).run()
        })

    static let securityAudit = Command(
        "security audit", "the part of doctor that is about who gets in and who can read what",
        flags: [.fix, .deep, .timeout, .yes, .json],
        examples: ["openclaw security audit", "openclaw security audit --fix --json"],
        seeAlso: ["doctor", "secrets audit"],
        run: { invocation throws(CommandFailure) in
            try await DoctorVisit(invocation, DoctorCheck.all.filter { $0.group == .security }).run()
        })
}

/// A look at everything, and the mending of it.
@LoopActor
struct DoctorVisit {
    let invocation: Invocation
    let checks: [DoctorCheck]

    init(_ invocation: Invocation, _ checks: [DoctorCheck]) {
        self.invocation = invocation
        self.checks = checks
    }

    /// A finding, and what became of it.
    struct Entry {
        let check: DoctorCheck
        let finding: DoctorFinding
        /// What its fix would change.
        let difference: [String]
        var isFixed = false
        var undo: String?
        var failure: String?
    }

    func run() async throws(CommandFailure) -> ExitCode {
        if invocation.has("--list") { return list() }
        let scene = await DoctorScene(invocation)
        if invocation.has("--generate-gateway-token") { return try await generate(scene) }
        var entries = await look(scene)
        if invocation.has("--fix") { try await fix(&entries, scene) }
        show(entries)
        return entries.contains { !$0.isFixed && $0.finding.severity >= .warning } ? .notGood : .good
    }

    func look(_ scene: DoctorScene) async -> [Entry] {
        var entries: [Entry] = []
        for check in checks {
            entries += await check.look(scene).map { finding in
                Entry(check: check, finding: finding, difference: finding.fix?.difference(scene) ?? [])
            }
        }
        return entries.enumerated().sorted { one, other in
            let (a, b) = (one.element.finding.severity, other.element.finding.severity)
            return a == b ? one.offset < other.offset : a > b
        }.map(\.element)
    }

    // MARK: Mending

    private func fix(_ entries: inout [Entry], _ scene: DoctorScene) async throws(CommandFailure) {
        let plans = entries.flatMap { entry -> [String] in
            guard let fix = entry.finding.fix else { return [] }
            return ["  \(entry.finding.place): \(fix.text)"] + entry.difference.map { "    \($0)" }
        }
        guard !plans.isEmpty else { return }
        try invocation.agree(
            "This is what would be done:\n" + plans.joined(separator: "\n"), words: "\(invocation.command.name) --fix")
        for index in entries.indices {
            guard let fix = entries[index].finding.fix else { continue }
            do throws(CommandFailure) {
                entries[index].undo = try await fix.apply(scene)
                entries[index].isFixed = true
            } catch {
                entries[index].failure = error.message
            }
        }
    }

    private func generate(_ scene: DoctorScene) async throws(CommandFailure) -> ExitCode {
        let plan = ["A fresh gateway.auth.token: clients that use the one of now are turned away."]
        try invocation.agree(
            (plan + DoctorCheck.token.difference(scene)).joined(separator: "\n"),
            words: "doctor --generate-gateway-token")
        let undo = try await DoctorCheck.token.apply(scene)
        invocation.done(
            "gateway.auth.token is a fresh one", undo: undo, json: ["ok": true, "setting": "gateway.auth.token"])
        return .good
    }

    // MARK: Telling

    private func list() -> ExitCode {
        if invocation.output.isJSON {
            let rows = checks.map { check -> JSON in
                ["id": .string(check.id), "group": .string(check.group.rawValue), "title": .string(check.title)]
            }
            invocation.output.json(["ok": true, "checks": .array(rows)])
        } else {
            let width = (checks.map(\.id.count).max() ?? 0) + 2
            for check in checks {
                let space = String(repeating: " ", count: width - check.id.count)
                invocation.output.line("\(check.id)\(space)\(check.title)")
            }
        }
        return .good
    }

    private func show(_ entries: [Entry]) {
        let left = entries.filter { !$0.isFixed && $0.finding.severity >= .warning }
        guard !invocation.output.isJSON else {
            return invocation.output.json([
                "ok": .bool(left.isEmpty), "profile": .string("\(invocation.instance.profile)"),
                "checks": .int(Int64(checks.count)), "findings": .array(entries.map(\.json)),
            ])
        }
        let errors = left.contains { $0.finding.severity == .error }
        var report = Report(
            verdict: left.isEmpty ? .good : errors ? .bad : .degraded,
            state: left.isEmpty ? "nothing is wrong" : "\(left.count) to look at")
        report.subject = ["\(invocation.instance.profile)", "\(checks.count) checks"]
        report.facts = entries.map(\.fact)
        if entries.contains(where: { $0.finding.fix != nil && !$0.isFixed && $0.failure == nil }) {
            report.next = ["\(invocation.program) \(invocation.command.name) --fix"]
        }
        invocation.output.report(report, now: invocation.surroundings.clock.wall)
    }
}

extension DoctorVisit.Entry {
    fileprivate var json: JSON {
        var json: JSON = [
            "id": .string(check.id), "group": .string(check.group.rawValue), "title": .string(check.title),
            "severity": .string(finding.severity.rawValue), "where": .string(finding.place),
            "detail": .string(finding.text), "fixed": .bool(isFixed),
        ]
        json["fix"] = finding.fix.map { .string($0.text) }
        if finding.fix != nil { json["difference"] = .array(difference.map { .string($0) }) }
        json["advice"] = finding.advice.map { .string($0) }
        json["undo"] = undo.map { .string($0) }
        json["failure"] = failure.map { .string($0) }
        return json
    }

    fileprivate var fact: Fact {
        var fact = Fact(
            check.id, finding.place, finding.text, isGood: isFixed || finding.severity == .note ? nil : false)
        if isFixed {
            fact.lines.append("mended: \(finding.fix?.text ?? "")")
            if let undo { fact.lines.append("undo: \(undo)") }
        } else if let failure {
            fact.lines.append("not mended: \(failure)")
        } else if let fix = finding.fix {
            fact.lines.append("--fix would \(fix.text)")
        } else if let advice = finding.advice {
            fact.lines.append("try: \(advice)")
        }
        return fact
    }
}
