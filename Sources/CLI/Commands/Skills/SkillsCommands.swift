import Platform
import Settings

extension Command {
    static let skillsList = Command(
        "skills list", "the skills of an agent, and whether each can be used",
        flags: [.agent, Flag("--eligible", nil, "only those that can be used")] + Flag.client,
        examples: ["openclaw skills list", "openclaw skills list --eligible --json"],
        seeAlso: ["skills info", "skills check"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in
            let skills = try await invocation.skills()
            let shown = skills.filter { !invocation.has("--eligible") || $0.isEligible }
            let output = invocation.output
            if output.isJSON {
                output.json(["ok": true, "skills": .array(shown.map(\.json))])
                return .good
            }
            output.line("● \(skills.count { $0.isEligible }) of \(skills.count) skills can be used")
            guard !shown.isEmpty else { return .good }
            var table = Table("skill", "state", "what it is for")
            table.rows = shown.map { [$0.name, $0.state, $0.about] }
            output.write(table.text(output.style))
            return .good
        })

    static let skillsInfo = Command(
        "skills info", "one skill: where it lies, what it needs, what is missing",
        arguments: [Argument("skill", "its name, as skills list shows it")],
        flags: [.agent] + Flag.client,
        examples: ["openclaw skills info weather", "openclaw skills info weather --json"],
        seeAlso: ["skills list", "skills check"],
        run: { invocation throws(CommandFailure) in
            let skills = try await invocation.skills()
            let name = invocation.arguments[0]
            guard let skill = skills.first(where: { $0.name == name }) else {
                let near = NearestName.nearest(to: name, among: skills.map(\.name)).map { "; did you mean \"\($0)\"?" }
                throw CommandFailure(
                    .notGood, "unknown-skill", "no skill \"\(name.shown)\"\(near ?? "")",
                    next: ["\(invocation.program) skills list"])
            }
            if invocation.output.isJSON {
                invocation.output.json(["ok": true, "skill": skill.json])
                return .good
            }
            var report = Report(verdict: skill.isEligible ? .good : .degraded, state: skill.name.shown)
            report.subject = [skill.state]
            let facts = [
                ("about", "For", skill.about), ("source", "From", skill.json["source"]?.string ?? ""),
                ("file", "File", invocation.instance.shown(skill.json["filePath"]?.string ?? "")),
                ("needs", "Needs", SkillView.words(skill.json["requirements"])),
                ("missing", "Missing", SkillView.words(skill.json["missing"])),
                ("homepage", "Page", skill.json["homepage"]?.string ?? ""),
            ]
            for (name, label, text) in facts where !text.isEmpty { report.facts.append(Fact(name, label, text)) }
            invocation.output.report(report, now: invocation.surroundings.clock.wall)
            return .good
        })

    static let skillsCheck = Command(
        "skills check", "which skills lack something, and what",
        notes: "Exit code 1 when one does. Nothing is ever installed from here.",
        flags: [.agent] + Flag.client,
        examples: ["openclaw skills check", "openclaw skills check --agent ops --json"],
        seeAlso: ["skills list", "skills info"],
        run: { invocation throws(CommandFailure) in
            let skills = try await invocation.skills()
            let lacking = skills.filter { !$0.isEligible }
            let output = invocation.output
            if output.isJSON {
                output.json([
                    "ok": .bool(lacking.isEmpty), "eligible": JSON(skills.count - lacking.count),
                    "lacking": .array(
                        lacking.map {
                            [
                                "name": .string($0.name), "state": .string($0.state),
                                "missing": $0.json["missing"] ?? [:],
                            ]
                        }),
                ])
                return lacking.isEmpty ? .good : .notGood
            }
            output.line(
                lacking.isEmpty
                    ? "● all \(skills.count) skills can be used"
                    : "▲ \(lacking.count) of \(skills.count) skills cannot be used")
            if !lacking.isEmpty {
                var table = Table("skill", "state")
                table.rows = lacking.map { [$0.name, $0.state] }
                output.write(table.text(output.style))
            }
            return lacking.isEmpty ? .good : .notGood
        })
}

/// A skill as `skills.status` has it.
struct SkillView: Sendable {
    let json: JSON

    var name: String { json["name"]?.string ?? "" }
    var about: String { json["description"]?.string ?? "" }
    var isEligible: Bool { json["eligible"]?.bool ?? true }

    var state: String {
        if json["disabled"]?.bool == true { return "switched off" }
        if json["blockedByAllowlist"]?.bool == true { return "not allowed for this agent" }
        let missing = Self.words(json["missing"])
        return isEligible ? "ready" : missing.isEmpty ? "cannot be used" : "missing: \(missing)"
    }

    /// "program git; variable API_KEY".
    static func words(_ requirements: JSON?) -> String {
        let kinds = [
            ("bins", "program"), ("anyBins", "one of the programs"), ("env", "variable"), ("config", "setting"),
            ("os", "system"),
        ]
        return kinds.compactMap { key, word -> String? in
            let values = requirements?[key]?.array?.compactMap(\.string) ?? []
            return values.isEmpty ? nil : "\(word) \(values.joined(separator: ", "))"
        }.joined(separator: "; ")
    }
}

extension Invocation {
    @LoopActor
    fileprivate func skills() async throws(CommandFailure) -> [SkillView] {
        var params = JSON.object(JSONObject())
        params["agentId"] = self["--agent"].map { .string($0) }
        let request = params
        let status = try await withGateway { gateway throws(CommandFailure) in
            try await gateway.call("skills.status", request)
        }
        return (status["skills"]?.array ?? []).map(SkillView.init(json:))
    }
}
