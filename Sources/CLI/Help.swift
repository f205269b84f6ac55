/// The help texts, made from the commands themselves.
enum Help {
    static let version = "2026.12.0"

    static func text(_ command: Command?) -> String {
        command.map(page) ?? overview
    }

    private static var overview: String {
        """
        openclaw \(version): keeps your chat agents reachable.

        Commands
        \(table(Command.all.map { ($0.name, $0.summary) }))

        Flags for every command
        \(table(Command.common.map(row)))

        Exit codes
        \(table(ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) }))

        One command: openclaw <command> --help

        """
    }

    private static func page(_ command: Command) -> String {
        """
        openclaw \(command.name): \(command.summary)

        Flags
        \(table((command.flags + Command.common).map(row)))

        Examples
        \(command.examples.map { "  \($0)" }.joined(separator: "\n"))

        """
    }

    private static func row(_ flag: Flag) -> (String, String) {
        (flag.value.map { "\(flag.name) \($0)" } ?? flag.name, flag.doc)
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, text in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(text)"
        }.joined(separator: "\n")
    }
}
