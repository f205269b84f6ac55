package import Platform

/// A skill: instructions that a model reads when a task calls for them.
package struct Skill: Equatable, Sendable {
    /// Where it comes from; the later ones go before the earlier.
    package enum Source: String, CaseIterable, Sendable {
        case bundled = "openclaw-bundled"
        case managed = "openclaw-managed"
        case workspace = "openclaw-workspace"
    }

    /// What it cannot do without.
    package struct Requirements: Equatable, Sendable {
        package var bins: [String] = []
        /// One of these is enough.
        package var anyBins: [String] = []
        package var env: [String] = []
        package var config: [String] = []
        package var os: [String] = []

        package init() {}

        package var isEmpty: Bool { self == Requirements() }

        package var json: JSON {
            func list(_ words: [String]) -> JSON { .array(words.map { .string($0) }) }
            return [
                "bins": list(bins), "anyBins": list(anyBins), "env": list(env), "config": list(config), "os": list(os),
            ]
        }
    }

    package var name: String
    package var description: String
    package var source: Source
    /// The directory it is in; a bundled one has none.
    package var directory: String?
    /// Its SKILL.md, where it is part of this program.
    package var text: String?
    package var key: String
    package var emoji: String?
    package var homepage: String?
    package var primaryEnv: String?
    package var always = false
    /// Whether models are told of it, or only people may ask for it.
    package var isForModels = true
    package var requirements = Requirements()
    package var install: [JSON] = []

    package var filePath: String { directory.map { $0 + "/SKILL.md" } ?? "skill:\(name)" }
}

/// Reads SKILL.md: front matter between two lines of three hyphens, then the instructions.
package enum SkillFile {
    /// Bytes of one.
    package static let limit = 256 << 10
    static let nameLimit = 64
    static let descriptionLimit = 1024

    /// Why a file is no skill.
    package struct Problem: Error, Equatable, Sendable {
        package let reason: String
    }

    package static func read(
        _ text: String, folder: String, source: Skill.Source, directory: String?
    ) throws(Problem) -> Skill {
        let fields = try fields(text)
        let name = fields["name"] ?? folder
        guard isName(name) else { throw Problem(reason: "its name must be 1 to 64 letters, digits, - or _") }
        guard let description = fields["description"], !description.isEmpty else {
            throw Problem(reason: "it has no description")
        }
        var skill = Skill(
            name: name, description: ToolText.head(description, descriptionLimit), source: source, directory: directory,
            key: name)
        skill.homepage = fields["homepage"]
        skill.isForModels = fields["disable-model-invocation"] != "true"
        if let metadata = fields["metadata"], !metadata.isEmpty { try take(metadata, &skill) }
        return skill
    }

    private static func isName(_ name: String) -> Bool {
        (1...nameLimit).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122, 45, 95: true
                default: false
                }
            }
    }

    private static func take(_ text: String, _ skill: inout Skill) throws(Problem) {
        // What a skill needs and nobody can read must not count as nothing.
        guard let value = (try? JSON5Document(text))?.value, value.object != nil else {
            throw Problem(reason: "its metadata is no JSON")
        }
        guard let own = value["openclaw"] ?? value["clawdbot"] ?? value["moltbot"] else { return }
        skill.key = own["skillKey"]?.string ?? skill.name
        skill.emoji = own["emoji"]?.string
        skill.homepage = own["homepage"]?.string ?? skill.homepage
        skill.primaryEnv = own["primaryEnv"]?.string
        skill.always = own["always"]?.bool ?? false
        skill.install = own["install"]?.array ?? []
        func words(_ value: JSON?) -> [String] {
            value?.array?.compactMap(\.string) ?? value?.string.map { [$0] } ?? []
        }
        let requires = own["requires"]
        skill.requirements.bins = words(requires?["bins"])
        skill.requirements.anyBins = words(requires?["anyBins"])
        skill.requirements.env = words(requires?["env"])
        skill.requirements.config = words(requires?["config"])
        skill.requirements.os = words(own["os"])
    }

    /// Keys at the beginning of a line with their values; lines that are indented go on with the value before.
    private static func fields(_ text: String) throws(Problem) -> [String: String] {
        // By bytes: a carriage return and a line feed are one character.
        let lines = text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map { line in
            Substring(line.last == 0x0d ? line.dropLast() : line)
        }
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else {
            throw Problem(reason: "it does not begin with front matter between two lines of ---")
        }
        var fields: [String: String] = [:]
        var key: String?
        for line in lines[1..<end] {
            if let first = line.utf8.first, first != 0x20, first != 0x09, first != UInt8(ascii: "#"),
                let colon = line.firstIndex(of: ":")
            {
                let name = ToolText.trimmed(line[..<colon])
                key = name
                let value = ToolText.trimmed(line[line.index(after: colon)...])
                fields[name] = [">", "|", ">-", "|-", ">+", "|+"].contains(value) ? "" : unquoted(value)
            } else if let key, !ToolText.trimmed(line).isEmpty {
                let more = ToolText.trimmed(line)
                fields[key] = [fields[key] ?? "", more].filter { !$0.isEmpty }.joined(separator: " ")
            }
        }
        return fields
    }

    private static func unquoted(_ text: String) -> String {
        guard let first = text.utf8.first, first == text.utf8.last, text.utf8.count > 1 else { return text }
        switch first {
        case UInt8(ascii: "\""): return (try? JSONParser.parse(text))?.string ?? text
        case UInt8(ascii: "'"): return String(text.dropFirst().dropLast())
        default: return text
        }
    }
}
