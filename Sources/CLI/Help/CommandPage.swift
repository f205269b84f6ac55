import Gateway

/// The commands' part of Docs/cli.md, made from the commands themselves.
struct CommandPage {
    let catalog: CommandCatalog

    var text: String {
        var parts = ["## Flags of every command\n\n" + Self.table(Flag.common)]
        for group in catalog.groups {
            parts.append("## openclaw \(group.name)\n\n\(Self.sentence(group.summary))")
            parts += catalog.commands(in: group).map(Self.section)
        }
        parts.append("## Others")
        parts += catalog.single.map(Self.section)
        parts.append("## Why a gateway did not start")
        parts.append("`openclaw gateway run --json` says it as `error.reason`, some with further members of `error`:")
        parts.append(Self.table(GatewayRefusal.Reason.allCases.map { ("`\($0.rawValue)`", $0.meaning) }))
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func section(_ command: Command) -> String {
        var parts = ["### \(command.name)", sentence(command.summary)]
        if let notes = command.notes { parts.append(notes) }
        parts.append("```sh\n\(command.examples.joined(separator: "\n"))\n```")
        var rows = command.arguments.map { ("`\($0.usage)`", $0.doc) }
        rows += command.flags.map { flag in
            let (name, doc) = Help.row(flag)
            return ("`\(name)`", doc)
        }
        if !rows.isEmpty { parts.append(table(rows)) }
        return parts.joined(separator: "\n\n")
    }

    private static func table(_ flags: [Flag]) -> String {
        table(
            flags.map { flag in
                let (name, doc) = Help.row(flag)
                return ("`\(name)`", doc)
            })
    }

    private static func table(_ rows: [(String, String)]) -> String {
        (["| what | meaning |", "|---|---|"] + rows.map { "| \(cell($0)) | \(cell($1)) |" }).joined(separator: "\n")
    }

    private static func cell(_ text: String) -> String { text.map { $0 == "|" ? "\\|" : String($0) }.joined() }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }
}
