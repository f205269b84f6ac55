import Platform

extension SlashCommand {
    static let help = SlashCommand(
        "help", aliases: ["commands"], "[command]", .everyone, .atOnce, "what can be typed here"
    ) { call in
        if let name = call.words.first {
            let bare = name.hasPrefix("/") ? String(name.dropFirst()) : name
            guard let command = SlashCommand.named(bare.lowercased()) else { return unknownText(bare) }
            return line(command) + (command.right == .everyone ? "" : "\n" + rightText(command.right))
        }
        return "Commands, answered without a model:\n" + all.map(line).joined(separator: "\n")
    }

    /// One that does not exist: answers with the nearest one that does.
    static func unknown(_ name: String) -> SlashCommand {
        SlashCommand(name, "", .everyone, .atOnce, "") { _ in unknownText(name) }
    }

    private static func unknownText(_ name: String) -> String {
        let near = NearestName.nearest(to: name, among: all.map(\.name) + all.flatMap(\.aliases))
        return "There is no command /\(name)." + (near.map { " Did you mean /\($0)?" } ?? "") + " /help lists all."
    }

    private static func line(_ command: SlashCommand) -> String {
        "/\(command.name)\(command.arguments.isEmpty ? "" : " \(command.arguments)"): \(command.help)"
    }

    private static func rightText(_ right: Right) -> String {
        switch right {
        case .everyone: ""
        case .ownerToChange: "Everyone may look; owners may change."
        case .owner: "For owners of this gateway."
        }
    }
}
