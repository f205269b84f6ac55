import Platform

/// The menu of commands that Telegram shows in a chat with the bot: those of the configuration, then those of the gateway.
struct TelegramMenu: Equatable, Sendable {
    /// What Telegram takes (core.telegram.org/bots/api#botcommand).
    static let most = 100
    static let nameLimit = 32
    static let helpLimit = 256

    private(set) var commands: [ChatCommand] = []
    /// What the configuration asks for and cannot be had, with the reason.
    private(set) var findings: [String] = []
    /// Whether one that stands there is to go where there is nothing to show.
    let isCleared: Bool

    /// `config` is the account's. Without a word of it, what the gateway knows is shown.
    init(_ config: JSON, gateway: [ChatCommand]) {
        let showsGateway = config["commands"]?["native"]?.bool ?? true
        isCleared = !showsGateway
        let own = showsGateway ? gateway : []
        var taken = Set(gateway.map(\.name))
        for (index, entry) in (config["customCommands"]?.array ?? []).enumerated() {
            let place = "customCommands[\(index)]"
            var name = (entry["command"]?.string ?? "").lowercased()[...]
            if name.first == "/" { name = name.dropFirst() }
            let help = (entry["description"]?.string ?? "").withoutOuterSpace
            guard Self.isName(name) else {
                findings.append("\(place) is no command of Telegram's: 1 to \(Self.nameLimit) of a-z, 0-9 and _")
                continue
            }
            guard !help.isEmpty else {
                findings.append("\(place) has no description")
                continue
            }
            guard taken.insert(String(name)).inserted else {
                findings.append("\(place): there is a /\(name) already")
                continue
            }
            commands.append(ChatCommand(name: String(name), help: help))
        }
        commands += own.filter { Self.isName($0.name[...]) && !$0.help.isEmpty }
        guard commands.count > Self.most else { return }
        findings.append("\(commands.count) commands are more than the \(Self.most) that Telegram shows")
        commands.removeLast(commands.count - Self.most)
    }

    private static func isName(_ name: Substring) -> Bool {
        (1...nameLimit).contains(name.utf8.count)
            && name.utf8.allSatisfy { ASCII.isDigit($0) || (97...122).contains($0) || $0 == UInt8(ascii: "_") }
    }

    /// As Telegram is told.
    var json: JSON {
        .array(
            commands.map {
                ["command": .string($0.name), "description": .string($0.help.cut(to: Self.helpLimit))]
            })
    }

    /// Without the last quarter.
    mutating func shorten() { commands.removeLast((commands.count + 3) / 4) }
}

extension TelegramConnector {
    /// How often a menu that is too large is shortened.
    static let menuTrials = 5
    private static let menuTooLarge = "BOT_COMMANDS_TOO_MUCH"

    /// Gives Telegram the menu, once for each process. Nothing waits for it and nothing hangs on it.
    func tell(_ menu: TelegramMenu, of bot: String) async {
        guard !menu.commands.isEmpty || menu.isCleared, bots.menus[bot] != menu else { return }
        var rest = menu
        for _ in 0..<Self.menuTrials {
            do throws(TelegramTrouble) {
                if rest.commands.isEmpty {
                    _ = try await api.call("deleteMyCommands")
                } else {
                    _ = try await api.call("setMyCommands", ["commands": rest.json])
                }
                bots.menus[bot] = menu
                return
            } catch .refused(400, let words, _) where words.contains(Self.menuTooLarge) && rest.commands.count > 1 {
                rest.shorten()
            } catch {
                return log.warn(
                    "Telegram was not given the menu of commands",
                    ["account": .text("\(settings.account)"), "reason": .text(error.fault(settings.path).reason)])
            }
        }
        log.warn("Telegram shows no menu: it holds too much", ["account": .text("\(settings.account)")])
    }
}
