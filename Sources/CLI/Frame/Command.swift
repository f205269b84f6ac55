import Platform
import Settings

/// One thing that `openclaw` can be told to do. All commands stand in `Command.all`; help, completion, Docs/cli.md and
/// the error for an unknown one derive from there.
struct Command: Sendable {
    typealias Run = @LoopActor @Sendable (Invocation) async throws(CommandFailure) -> ExitCode

    let path: [String]
    /// One sentence without its full stop.
    let summary: String
    /// What the sentence does not say and a user needs to know.
    let notes: String?
    let arguments: [Argument]
    let flags: [Flag]
    let examples: [String]
    /// Names of other commands.
    let seeAlso: [String]
    /// One of the few that the first screen of the help shows.
    let isEveryday: Bool
    /// What its group's name alone means.
    let isGroupDefault: Bool
    let run: Run

    init(
        _ name: String, _ summary: String, notes: String? = nil, arguments: [Argument] = [], flags: [Flag] = [],
        examples: [String], seeAlso: [String], isEveryday: Bool = false, isGroupDefault: Bool = false,
        run: @escaping Run
    ) {
        path = name.split(separator: " ").map(String.init)
        self.summary = summary
        self.notes = notes
        self.arguments = arguments
        self.flags = flags
        self.examples = examples
        self.seeAlso = seeAlso
        self.isEveryday = isEveryday
        self.isGroupDefault = isGroupDefault
        self.run = run
    }

    var name: String { path.joined(separator: " ") }

    var usage: String {
        let words = ["openclaw", name] + arguments.map(\.usage) + (flags.isEmpty ? [] : ["[flags]"])
        return words.joined(separator: " ")
    }

    func flag(_ name: String) -> Flag? { flags.first { $0.name == name } }
}

/// Commands whose names begin with the same word.
struct CommandGroup: Sendable {
    let name: String
    let summary: String

    init(_ name: String, _ summary: String) {
        self.name = name
        self.summary = summary
    }
}

extension Flag {
    /// Flags that stand anywhere on the line, for every command.
    static let common: [Flag] = [
        Flag("--profile", "<name>", "which gateway of this host", default: "$OPENCLAW_PROFILE, else \"default\""),
        Flag("--dev", nil, "the dev profile: its own state, port 19001"),
        Flag("--no-color", nil, "no colours, as with NO_COLOR set"),
        Flag("--help", nil, "what a command does and takes"),
        Flag("--version", nil, "the version of this program"),
    ]

    static let json = Flag("--json", nil, "one JSON object with stable names, also for an error")
}
