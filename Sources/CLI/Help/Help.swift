import Platform

/// The help texts, made from the commands themselves.
struct Help {
    static let version = "2026.12.0"

    let catalog: CommandCatalog
    let style: TextStyle

    func text(_ subject: HelpSubject) -> String {
        let text =
            switch subject {
            case .overview: overview
            case .topics: topics
            case .topic(let topic): page(topic)
            case .group(let group): page(group)
            case .command(let command): page(command)
            }
        return style.plain(text)
    }

    /// Fits a screen of 24 lines.
    private var overview: String {
        let everyday = catalog.commands.filter(\.isEveryday).map {
            ($0.isGroupDefault ? $0.path[0] : $0.name, $0.summary)
        }
        return """
            \(wrap("openclaw \(Self.version): keeps your chat agents reachable"))

            \(columns(everyday))

            \(list("Groups", catalog.groups.map(\.name)))
            \(list("Also", catalog.single.filter { !$0.isEveryday }.map(\.name)))
            \(list("Flags", Flag.common.map(Self.head)))
            \(wrap("More: openclaw <command> --help, openclaw help topics"))

            """
    }

    private var topics: String {
        """
        \(wrap("What is not about one command"))

        \(columns(HelpTopic.all.map { ("openclaw help \($0.name)", $0.summary) }))

        """
    }

    private func page(_ topic: HelpTopic) -> String {
        let blocks = topic.blocks.map { block in
            switch block {
            case .text(let text): wrap(text)
            case .rows(let rows): columns(rows)
            }
        }
        return ([wrap("\(topic.name): \(topic.summary)")] + blocks).joined(separator: "\n\n") + "\n"
    }

    private func page(_ group: CommandGroup) -> String {
        let commands = catalog.commands(in: group)
        return """
            \(wrap("openclaw \(group.name): \(group.summary)"))

            \(columns(commands.map { ($0.name, $0.summary) }))

            \(wrap("More: openclaw \(group.name) <command> --help"))

            """
    }

    private func page(_ command: Command) -> String {
        var parts = [wrap("openclaw \(command.name): \(command.summary)"), wrap("Usage: \(command.usage)")]
        if let notes = command.notes { parts.append(wrap(notes)) }
        if !command.arguments.isEmpty {
            parts.append(block("Arguments", columns(command.arguments.map { ("<\($0.name)>", $0.doc) })))
        }
        parts.append(block("Flags", columns((command.flags + Flag.common).map(Self.row))))
        parts.append(block("Examples", command.examples.map { "  \($0)" }.joined(separator: "\n")))
        parts.append(list("See also", command.seeAlso.map { "openclaw \($0)" }))
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func head(_ flag: Flag) -> String { flag.value.map { "\(flag.name) \($0)" } ?? flag.name }

    static func row(_ flag: Flag) -> (String, String) { (head(flag), doc(flag)) }

    static func doc(_ flag: Flag) -> String {
        let words = flag.kind.words
        let allowed = words.isEmpty ? "" : ": \(words.joined(separator: ", "))"
        let repeats = flag.isRepeatable ? "; may be given again" : ""
        return flag.doc + allowed + repeats + (flag.standard.map { "; default: \($0)" } ?? "")
    }

    private func block(_ title: String, _ body: String) -> String { "\(style.bold(title))\n\(body)" }

    private func list(_ title: String, _ words: [String]) -> String {
        let head = "\(title): "
        var lines = [head]
        for word in words {
            let isFirst = lines[lines.count - 1] == head
            if !isFirst, lines[lines.count - 1].count + 2 + word.count > style.width {
                lines.append(String(repeating: " ", count: min(head.count, 4)) + word)
            } else {
                lines[lines.count - 1] += isFirst ? word : "  \(word)"
            }
        }
        return lines.joined(separator: "\n")
    }

    private func wrap(_ text: String) -> String { TextLayout.wrap(text, width: style.width).joined(separator: "\n") }

    private func columns(_ rows: [(String, String)]) -> String { TextLayout.columns(rows, width: style.width) }
}
