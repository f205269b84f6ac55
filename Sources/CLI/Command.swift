import Platform
import Settings

/// A flag of the command line: a switch, or one with a value.
struct Flag: Sendable {
    let name: String
    /// What stands for the value in the help; nil for a switch.
    let value: String?
    let doc: String

    init(_ name: String, _ value: String? = nil, _ doc: String) {
        self.name = name
        self.value = value
        self.doc = doc
    }
}

/// One thing that `openclaw` can be told to do. All commands stand in `Command.all`; help, completion of names and
/// the error for an unknown one derive from there.
struct Command: Sendable {
    let path: [String]
    let summary: String
    let flags: [Flag]
    let examples: [String]
    let run: @Sendable (Invocation) -> ExitCode

    var name: String { path.joined(separator: " ") }
}

/// A command line, understood.
struct Invocation: Sendable {
    let instance: Instance
    let values: [String: String]
    let switches: Set<String>
    let environment: Environment
}

extension Command {
    static let all: [Command] = [.gatewayRun]

    /// Flags that stand anywhere on the line, for every command.
    static let common: [Flag] = [
        Flag("--profile", "<name>", "which gateway of this host; default: $OPENCLAW_PROFILE, else default"),
        Flag("--dev", nil, "the dev profile: its own state, port 19001"),
        Flag("--help", nil, "what a command does and takes"),
        Flag("--version", nil, "the version of this program"),
    ]
}
