import Platform

/// All commands and their groups, and what follows from them for the whole line.
struct CommandCatalog: Sendable {
    let commands: [Command]
    let groups: [CommandGroup]
    let flagNames: Set<String>
    private let valued: Set<String>

    init(_ commands: [Command], groups: [CommandGroup]) {
        self.commands = commands
        self.groups = groups
        let flags = Flag.common + commands.flatMap(\.flags)
        flagNames = Set(flags.map(\.name))
        valued = Set(flags.filter { $0.value != nil }.map(\.name))
    }

    /// A flag of one name takes a value with every command or with none, so that the line can be read before the
    /// command is known.
    func takesValue(_ name: String) -> Bool { valued.contains(name) }

    /// The few flags that have a letter, and those that OpenClaw's users know by another name.
    func longName(_ name: String) -> String {
        switch name {
        case "-h": "--help"
        case "-V": "--version"
        case "-m": "--message"
        case "-t": "--target"
        case "--poll-question": "--question"
        case "--poll-option": "--option"
        case "--poll-multi": "--multi"
        case "--poll-duration-hours": "--hours"
        case "--max-results": "--limit"
        default: name
        }
    }

    var allFlags: [Flag] { Flag.common + commands.flatMap(\.flags) }

    func commands(in group: CommandGroup) -> [Command] { commands.filter { $0.path[0] == group.name } }

    /// Commands that belong to no group.
    var single: [Command] {
        commands.filter { command in !groups.contains { $0.name == command.path[0] } }
    }
}
