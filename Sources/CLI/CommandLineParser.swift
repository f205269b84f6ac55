import Platform
import Settings

/// A command line that cannot be followed: what is wrong, and the line that would be right.
struct CommandLineError: Error, Equatable {
    let message: String
    let hint: String
}

/// What a command line asks for.
enum CommandLineRequest {
    case version
    case help(Command?)
    case run(Command, Invocation)
}

/// Takes a command line apart. Flags may stand before and behind the command.
struct CommandLineParser {
    let commands: [Command]
    let environment: Environment

    func parse(_ arguments: [String]) throws(CommandLineError) -> CommandLineRequest {
        var words: [String] = []
        var given: [(flag: String, value: String?)] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-" else {
                words.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var name = parts[0]
            if name == "-h" { name = "--help" }
            if name == "-V" { name = "--version" }
            var value: String? = parts.count > 1 ? parts[1] : nil
            if value == nil, takesValue(name) {
                value = rest.popFirst()
                guard value != nil else {
                    throw CommandLineError(message: "\(name) needs a value", hint: "openclaw --help")
                }
            }
            given.append((name, value))
        }
        try checkNames(given.map(\.flag), words)
        let command = try command(words)
        try check(given, command)
        if given.contains(where: { $0.flag == "--version" }) { return .version }
        if words.first == "help" || given.contains(where: { $0.flag == "--help" }) || command == nil {
            return .help(command)
        }
        guard let command else { return .help(nil) }
        return .run(command, try invocation(given, command))
    }

    private func takesValue(_ name: String) -> Bool {
        (Command.common + commands.flatMap(\.flags)).contains { $0.name == name && $0.value != nil }
    }

    /// The command that `words` name: `gateway` alone means `gateway run`.
    private func command(_ words: [String]) throws(CommandLineError) -> Command? {
        guard let first = words.first, words != ["help"] else { return nil }
        let words = first == "help" ? Array(words.dropFirst()) : words
        if let exact = commands.first(where: { $0.path == words }) { return exact }
        if words.count == 1, let group = commands.first(where: { $0.path == [words[0], "run"] }) { return group }
        let group = commands.filter { $0.path.first == words[0] }
        if group.isEmpty {
            let names = Set(commands.map { $0.path[0] })
            throw unknown("command", words[0], among: names, hint: "openclaw --help")
        }
        throw unknown(
            "\(words[0]) command", words.dropFirst().joined(separator: " "),
            among: Set(group.map { $0.path.dropFirst().joined(separator: " ") }), hint: "openclaw \(words[0]) --help")
    }

    /// A flag that no command has is named before the words: its value may stand among them.
    private func checkNames(_ names: [String], _ words: [String]) throws(CommandLineError) {
        let known = Set((Command.common + commands.flatMap(\.flags)).map(\.name))
        for name in names where !known.contains(name) {
            let meant = try? command(words)
            throw unknown("flag", name, among: known, hint: meant.map(usage) ?? "openclaw --help")
        }
    }

    private func usage(_ command: Command) -> String {
        "usage: openclaw \(command.name)\(command.flags.isEmpty ? "" : " [flags]")"
    }

    private func check(_ given: [(flag: String, value: String?)], _ command: Command?) throws(CommandLineError) {
        let known = Command.common + (command?.flags ?? [])
        let usage = command.map(usage)
        for (name, value) in given {
            guard let flag = known.first(where: { $0.name == name }) else {
                throw unknown("flag", name, among: Set(known.map(\.name)), hint: usage ?? "openclaw --help")
            }
            if flag.value == nil, value != nil {
                throw CommandLineError(message: "\(name) takes no value", hint: usage ?? "openclaw --help")
            }
        }
    }

    private func invocation(
        _ given: [(flag: String, value: String?)], _ command: Command
    ) throws(CommandLineError) -> Invocation {
        var flags = Instance.Flags()
        var values: [String: String] = [:]
        var switches: Set<String> = []
        for (name, value) in given {
            if let value { values[name] = value } else { switches.insert(name) }
        }
        flags.profile = values["--profile"]
        flags.dev = switches.contains("--dev")
        flags.port = values["--port"]
        do throws(SettingsError) {
            let instance = try Instance(flags: flags, environment: environment)
            return Invocation(instance: instance, values: values, switches: switches, environment: environment)
        } catch {
            throw CommandLineError(message: error.description, hint: "openclaw \(command.name) --help")
        }
    }

    private func unknown(_ kind: String, _ word: String, among known: Set<String>, hint: String) -> CommandLineError {
        let guess = NearestName.nearest(to: word, among: known.sorted()).map { "; did you mean \"\($0)\"?" } ?? ""
        return CommandLineError(message: "no \(kind) \"\(word)\"\(guess)", hint: hint)
    }
}
