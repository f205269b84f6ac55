import Platform

/// The page of the documentation: a table for each section that is served, and a list of what is not.
extension ConfigSchema {
    package var page: String {
        var sections: [(name: String, keys: [SettingKey])] = []
        for key in keys where key.standing == .served && !(key.type == .object && key.doc.isEmpty) {
            let name = key.section
            if let position = sections.firstIndex(where: { $0.name == name }) {
                sections[position].keys.append(key)
            } else {
                sections.append((name, [key]))
            }
        }
        var text = ""
        for section in sections {
            text += "## \(section.name)\n\n| setting | value | default | change | what it is |\n|---|---|---|---|---|\n"
            for key in section.keys { text += Self.row(key) + "\n" }
            text += "\n"
        }
        let foreign = keys.filter { $0.standing != .served }
        text += "## Known to OpenClaw, not served here\n\nThese are kept as they are and have no effect.\n\n"
        text += "| setting | what it is there |\n|---|---|\n"
        for key in foreign { text += "| `\(key.path)` | \(Self.cell(key.doc)) |\n" }
        return text
    }

    private static func row(_ key: SettingKey) -> String {
        let unit = key.unit.map { " \($0)" } ?? ""
        let standard = key.standard.map { "`\($0)`\(unit)" } ?? ""
        return
            "| `\(key.path)` | \(cell(key.type.name)) | \(cell(standard)) | \(key.reload.rawValue) | \(cell(key.doc)) |"
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}

extension SettingKey {
    fileprivate var section: String {
        if case .key(let name)? = path.steps.first { return name }
        return ""
    }
}
