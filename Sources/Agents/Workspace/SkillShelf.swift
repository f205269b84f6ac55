package import Platform
import Settings

/// The skills there are for an agent, each with what it lacks. Nothing is ever installed from here.
package struct SkillShelf: Sendable {
    /// Skills of one place; more are left out, and told of.
    package static let limit = 200
    /// Directories within directories.
    static let depthLimit = 3

    /// One of them and how it stands.
    package struct Row: Equatable, Sendable {
        package var skill: Skill
        package var missing = Skill.Requirements()
        package var isDisabled = false
        package var isBlocked = false

        /// Whether a model is told of it.
        package var isEligible: Bool { !isDisabled && !isBlocked && (skill.always || missing.isEmpty) }

        package var json: JSON {
            var row: JSON = [
                "name": .string(skill.name), "description": .string(skill.description),
                "source": .string(skill.source.rawValue), "filePath": .string(skill.filePath),
                "baseDir": .string(skill.directory ?? ""), "skillKey": .string(skill.key),
                "always": .bool(skill.always),
                "disabled": .bool(isDisabled), "blockedByAllowlist": .bool(isBlocked), "eligible": .bool(isEligible),
                "requirements": skill.requirements.json, "missing": missing.json,
                "configChecks": .array(
                    skill.requirements.config.map {
                        ["path": .string($0), "satisfied": .bool(!missing.config.contains($0))]
                    }),
                "install": .array(skill.install),
            ]
            row["primaryEnv"] = skill.primaryEnv.map { .string($0) }
            row["emoji"] = skill.emoji.map { .string($0) }
            row["homepage"] = skill.homepage.map { .string($0) }
            return row
        }
    }

    /// What was found, and what was there and is no skill.
    package struct Contents: Sendable {
        package var rows: [Row] = []
        package var problems: [String] = []

        package var eligible: [Skill] { rows.filter { $0.isEligible && $0.skill.isForModels }.map(\.skill) }
    }

    package let workspace: String
    package let managed: String
    private let config: JSON
    private let agentID: String
    private let environment: [String: String]

    package init(
        workspace: String, stateDirectory: String, config: JSON, agentID: String, environment: [String: String]
    ) {
        self.workspace = workspace
        managed = stateDirectory + "/skills"
        self.config = config
        self.agentID = agentID
        self.environment = environment
    }

    /// Blocks; for the blocking pool.
    package func contents() -> Contents {
        var contents = Contents()
        var found: [String: Skill] = [:]
        for skill in BundledSkills.all(&contents.problems) { found[skill.name] = skill }
        for (directory, source) in [(managed, Skill.Source.managed), (workspace + "/skills", .workspace)] {
            for skill in skills(in: directory, source, &contents.problems) { found[skill.name] = skill }
        }
        let wanted = allowedNames
        contents.rows = found.values.sorted { $0.name < $1.name }.map { row($0, wanted) }
        return contents
    }

    /// A file of a skill: SKILL.md, or what lies beside it. Blocks.
    func read(_ skill: Skill, _ file: String?) throws(FileError) -> [UInt8] {
        if file == nil, let text = skill.text { return Array(text.utf8) }
        guard let directory = skill.directory else { throw .refused(path: file ?? "", .absolute) }
        return try SafeDirectory(directory).read(try SafePath(file ?? "SKILL.md"), limit: WorkspaceFiles.fileLimit)
    }

    /// `skills.entries`: each usable skill's `env`, and its `apiKey` under the name that the skill says.
    func variables(_ contents: Contents) -> [(String, String)] {
        contents.eligible.flatMap { skill -> [(String, String)] in
            let entry = config["skills"]?["entries"]?[skill.key]
            var variables = (entry?["env"]?.object?.members ?? []).compactMap { member in
                member.value.string.map { (member.key, $0) }
            }
            if let name = skill.primaryEnv, let key = entry?["apiKey"]?.string { variables.append((name, key)) }
            return variables
        }
    }

    // MARK: Finding

    private func skills(in root: String, _ source: Skill.Source, _ problems: inout [String]) -> [Skill] {
        // A skills directory that is itself a link would lead out of the workspace.
        guard (try? FileFacts.of(root, followLinks: false))?.isDirectory == true,
            let directory = try? SafeDirectory(root)
        else { return [] }
        var skills: [Skill] = []
        walk(directory, nil, source, 0, &skills, &problems)
        if skills.count > Self.limit { problems.append("\(root): only the first \(Self.limit) skills are used") }
        return Array(skills.prefix(Self.limit))
    }

    private func walk(
        _ root: SafeDirectory, _ place: SafePath?, _ source: Skill.Source, _ depth: Int, _ skills: inout [Skill],
        _ problems: inout [String]
    ) {
        guard depth <= Self.depthLimit, skills.count <= Self.limit, let entries = try? root.entries(in: place) else {
            return
        }
        let prefix = place.map { "\($0)/" } ?? ""
        if let place, entries.contains(where: { $0.name == "SKILL.md" }) {
            add(root, place, source, &skills, &problems)
            return
        }
        for entry in entries where entry.kind == .directory && !entry.name.hasPrefix(".") {
            guard let next = try? SafePath(prefix + entry.name) else { continue }
            walk(root, next, source, depth + 1, &skills, &problems)
        }
    }

    private func add(
        _ root: SafeDirectory, _ place: SafePath, _ source: Skill.Source, _ skills: inout [Skill],
        _ problems: inout [String]
    ) {
        let shown = "\(root.path)/\(place)"
        do throws(FileError) {
            let bytes = try root.read(try SafePath("\(place)/SKILL.md"), limit: SkillFile.limit)
            do throws(SkillFile.Problem) {
                skills.append(
                    try SkillFile.read(
                        String(decoding: bytes, as: UTF8.self), folder: place.parts.last ?? "", source: source,
                        directory: shown))
            } catch {
                problems.append("\(shown): \(error.reason)")
            }
        } catch {
            problems.append("\(error)")
        }
    }

    // MARK: Standing

    /// Skills that this agent has; nil for all.
    private var allowedNames: Set<String>? {
        let own = ToolPolicy.agent(agentID, in: config)?["skills"]?.array
        let names = own ?? config["agents"]?["defaults"]?["skills"]?.array
        return names.map { Set($0.compactMap(\.string)) }
    }

    private func row(_ skill: Skill, _ wanted: Set<String>?) -> Row {
        var row = Row(skill: skill)
        let entry = config["skills"]?["entries"]?[skill.key]
        row.isDisabled = entry?["enabled"]?.bool == false
        if let wanted, !wanted.contains(skill.name) { row.isBlocked = true }
        if skill.source == .bundled, let names = config["skills"]?["allowBundled"]?.array {
            row.isBlocked = row.isBlocked || !names.contains { $0.string == skill.name || $0.string == skill.key }
        }
        let needs = skill.requirements
        row.missing.bins = needs.bins.filter { !hasProgram($0) }
        if !needs.anyBins.isEmpty, !needs.anyBins.contains(where: hasProgram) { row.missing.anyBins = needs.anyBins }
        row.missing.env = needs.env.filter { !hasVariable($0, entry, skill) }
        row.missing.config = needs.config.filter { !isSet($0) }
        if !needs.os.isEmpty, !needs.os.contains(Self.os) { row.missing.os = needs.os }
        return row
    }

    #if os(Linux)
    static let os = "linux"
    #else
    static let os = "darwin"
    #endif

    private func hasProgram(_ name: String) -> Bool {
        guard !name.isEmpty, !name.contains("/") else { return false }
        return (try? ProcessRequest([name], environment: environment, deadline: .seconds(1)).programPath()) != nil
    }

    private func hasVariable(_ name: String, _ entry: JSON?, _ skill: Skill) -> Bool {
        if environment[name]?.isEmpty == false || entry?["env"]?[name]?.string?.isEmpty == false { return true }
        return name == skill.primaryEnv && entry?["apiKey"].map { !$0.isNull } == true
    }

    private func isSet(_ path: String) -> Bool {
        guard let value = JSONPointer(setting: path).flatMap({ config[$0] }) else { return false }
        switch value {
        case .null, .bool(false): return false
        case .string(let text): return !text.isEmpty
        default: return true
        }
    }
}
