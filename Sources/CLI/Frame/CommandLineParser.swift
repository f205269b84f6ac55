import Platform
import Settings

/// What a command line asks for.
enum CommandLineRequest {
    case version
    case help(HelpSubject)
    case run(Command, ParsedLine)
}

/// What follows the command's name on the line, checked against what the command takes.
struct ParsedLine: Sendable {
    var arguments: [String] = []
    var values: [String: [String]] = [:]
    var switches: Set<String> = []
}

/// Takes a command line apart. Flags may stand before and behind the command; behind `--` there are none.
struct CommandLineParser {
    typealias Given = (flag: String, value: String?)

    let catalog: CommandCatalog

    func parse(_ arguments: [String]) throws(CommandFailure) -> CommandLineRequest {
        let (words, rest, given) = try split(arguments)
        try checkNames(given.map(\.flag), words)
        var named = words[...]
        let asksForHelp = words.first == "help" || given.contains { $0.flag == "--help" }
        if words.first == "help" { named = named.dropFirst() }
        // A group's own page goes before the topic of its name, which `help` opens.
        let isGroup = words.first != "help" && catalog.groups.contains { [$0.name] == Array(named) }
        if asksForHelp, !isGroup, let topic = HelpTopic.all.first(where: { [$0.name] == Array(named) }) {
            try check(given, nil)
            return .help(.topic(topic))
        }
        if Array(named) == ["topics"], words.first == "help" { return .help(.topics) }
        let match = try match(Array(named), helping: asksForHelp)
        try check(given, match.command)
        if given.contains(where: { $0.flag == "--version" }) { return .version }
        switch match {
        case .overview: return .help(.overview)
        case .group(let group): return .help(.group(group))
        case .command(let command, let arguments):
            if asksForHelp { return .help(.command(command)) }
            return .run(command, try line(command, arguments + rest, given))
        }
    }

    // MARK: Words and flags

    private func split(
        _ arguments: [String]
    ) throws(CommandFailure) -> (words: [String], rest: [String], given: [Given]) {
        var words: [String] = []
        var given: [Given] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { break }
            guard argument.hasPrefix("-"), argument != "-", !isNegativeNumber(argument) else {
                words.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = catalog.longName(parts[0])
            var value: String? = parts.count > 1 ? parts[1] : nil
            if value == nil, catalog.takesValue(name) {
                value = rest.popFirst()
                // Whoever means a text that looks like a flag writes it behind an equals sign.
                guard let value, !(value.hasPrefix("--") && catalog.flagNames.contains(value)) else {
                    throw .usage("\(name) needs a value", hint: "openclaw --help")
                }
            }
            given.append((name, value))
        }
        return (words, Array(rest), given)
    }

    /// `config set some.key -1` sets a number.
    private func isNegativeNumber(_ text: String) -> Bool { text.utf8.count > 1 && Double(text) != nil }

    /// A flag that no command has is named before the words: its value may stand among them.
    private func checkNames(_ names: [String], _ words: [String]) throws(CommandFailure) {
        let known = catalog.flagNames
        for name in names where !known.contains(name) {
            let meant = try? match(words.first == "help" ? Array(words.dropFirst()) : words, helping: true).command
            let near = meant.map { Set(($0.flags + Flag.common).map(\.name)) } ?? known
            throw unknown("flag", name, among: near, else: known, hint: usage(meant))
        }
    }

    private func usage(_ command: Command?) -> String { command.map { "usage: \($0.usage)" } ?? "openclaw --help" }

    private func check(_ given: [Given], _ command: Command?) throws(CommandFailure) {
        let known = Flag.common + (command?.flags ?? [])
        for (name, value) in given {
            guard let flag = known.first(where: { $0.name == name }) else {
                throw unknown("flag", name, among: Set(known.map(\.name)), hint: usage(command))
            }
            guard let value else { continue }
            if flag.value == nil { throw .usage("\(name) takes no value", hint: usage(command)) }
            if let allowed = flag.kind.refusal(of: value) {
                throw .usage("\(name): \"\(value.shown)\" is not allowed; \(allowed)", hint: usage(command))
            }
        }
    }

    // MARK: The command

    enum Match {
        case overview
        case group(CommandGroup)
        case command(Command, arguments: [String])

        var command: Command? {
            if case .command(let command, _) = self { command } else { nil }
        }
    }

    /// The command that begins with as many of `words` as possible: `gateway` alone means `gateway run`.
    private func match(_ words: [String], helping: Bool) throws(CommandFailure) -> Match {
        guard let first = words.first else { return .overview }
        let named = catalog.commands.filter { words.starts(with: $0.path) }
        if let command = named.max(by: { $0.path.count < $1.path.count }) {
            return .command(command, arguments: Array(words.dropFirst(command.path.count)))
        }
        let inGroup = catalog.commands.filter { $0.path[0] == first }
        guard let group = catalog.groups.first(where: { $0.name == first }), !inGroup.isEmpty else {
            let names = Set(catalog.commands.map { $0.path[0] })
            throw unknown("command", first, among: names, hint: "openclaw --help")
        }
        if words.count == 1 {
            if !helping, let command = inGroup.first(where: \.isGroupDefault) {
                return .command(command, arguments: [])
            }
            return .group(group)
        }
        // A word of a longer name, as of `gateway diagnostics export`.
        if let whole = inGroup.first(where: { $0.path.starts(with: words) }) {
            if helping { return .command(whole, arguments: []) }
            throw .usage("\"\(words.joined(separator: " ").shown)\" is not all of it", hint: "openclaw \(whole.name)")
        }
        throw unknown(
            "\(first) command", words[1], among: Set(inGroup.map { $0.path[1] }), hint: "openclaw \(first) --help")
    }

    private func line(
        _ command: Command, _ arguments: [String], _ given: [Given]
    ) throws(CommandFailure) -> ParsedLine {
        var line = ParsedLine(arguments: arguments)
        for (name, value) in given {
            if let value { line.values[name, default: []].append(value) } else { line.switches.insert(name) }
        }
        for flag in command.flags + Flag.common where !flag.isRepeatable {
            guard let values = line.values[flag.name], Set(values).count > 1 else { continue }
            throw .usage("\(flag.name) is given twice, with different values", hint: usage(command))
        }
        try checkArguments(command, arguments)
        return line
    }

    private func checkArguments(_ command: Command, _ arguments: [String]) throws(CommandFailure) {
        for (position, argument) in command.arguments.enumerated() {
            if argument.count == .one, position >= arguments.count {
                throw .usage("\(command.name) needs <\(argument.name)>: \(argument.doc)", hint: usage(command))
            }
            let given = argument.count == .any ? arguments.dropFirst(position) : arguments.dropFirst(position).prefix(1)
            for text in given {
                guard let allowed = argument.kind.refusal(of: text) else { continue }
                throw .usage("\(argument.name): \"\(text.shown)\" is not allowed; \(allowed)", hint: usage(command))
            }
        }
        let takesAny = command.arguments.contains { $0.count == .any }
        if !takesAny, arguments.count > command.arguments.count {
            let surplus = arguments[command.arguments.count]
            throw .usage("\(command.name) does not take \"\(surplus.shown)\"", hint: usage(command))
        }
    }

    /// Names what was probably meant: of `near` if one is near enough, else of `others`.
    private func unknown(
        _ kind: String, _ word: String, among near: Set<String>, else others: Set<String> = [], hint: String
    ) -> CommandFailure {
        let nearest =
            NearestName.nearest(to: word, among: near.sorted()) ?? NearestName.nearest(to: word, among: others.sorted())
        let guess = nearest.map { "; did you mean \"\($0)\"?" } ?? ""
        return .usage("no \(kind) \"\(word.shown)\"\(guess)", hint: hint)
    }
}
