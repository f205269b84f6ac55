import Platform
import Wire

/// Commands that people pick from Discord's menu, and buttons that they press. Each is read as if it had been typed;
/// Discord is told at once that it was seen, and the answer to a command takes the place of that.
extension DiscordReader {
    private static let command = 2
    private static let component = 3

    func interaction(_ json: JSON, now: WallTime) -> InboundMessage? {
        guard let number = json["id"]?.string.flatMap(Snowflake.init), let chat = json["channel_id"]?.string,
            let user = json["member"]?["user"] ?? json["user"], let id = user["id"]?.string, id != self.id,
            let app = json["application_id"]?.string.flatMap(Snowflake.init), let token = json["token"]?.string,
            let text = Self.words(json)
        else { return nil }
        var message = InboundMessage(
            id: "i:\(number.text)", messageID: number.text, place: place(chat, json["guild_id"]?.string),
            sender: .init(
                id: id, name: user["username"]?.string, isBot: user["bot"]?.bool ?? false,
                roles: (json["member"]?["roles"]?.array ?? []).compactMap(\.string)), text: text, sentAt: now)
        message.attention = .mention
        // What answers a button is a message of its own: in that place stands the one with the button.
        if Self.isPressed(json) {
            message.messageID = json["message"]?["id"]?.string ?? number.text
            message.attention.insert(.replyToBot)
        } else {
            message.ticket = "\(app.text)/\(token)"
        }
        return message
    }

    /// A button or a list of a message of ours.
    static func isPressed(_ json: JSON) -> Bool { json["type"]?.int == component }

    private static func words(_ json: JSON) -> String? {
        let data = json["data"]
        switch json["type"]?.int {
        case command:
            guard let name = data?["name"]?.string else { return nil }
            let values = (data?["options"]?.array ?? []).compactMap { option -> String? in
                option["value"]?.string ?? option["value"].map { "\($0)" }
            }
            return (["/\(name)"] + values).joined(separator: " ")
        case component: return data?["values"]?[0]?.string ?? data?["custom_id"]?.string
        default: return nil
        }
    }
}

extension DiscordConnector {
    private nonisolated static let deferred = 5
    private nonisolated static let deferredUpdate = 6
    private nonisolated static let ephemeral = 1 << 6

    /// Within three seconds Discord wants to hear that it was seen.
    func acknowledge(_ json: JSON) {
        guard let id = json["id"]?.string.flatMap(Snowflake.init), let token = json["token"]?.string else { return }
        var body: JSON = ["type": JSON(DiscordReader.isPressed(json) ? Self.deferredUpdate : Self.deferred)]
        if !DiscordReader.isPressed(json) {
            body["data"] = ["flags": JSON(settings.answersInPrivate ? Self.ephemeral : 0)]
        }
        startTask { [api, log] in
            do throws(DiscordTrouble) {
                _ = try await api.call(
                    .post, "interactions/\(id.text)/\(WebURL.encode(token))/callback", body, [:], .seconds(3))
            } catch {
                log.debug("Discord does not take that a command was seen", ["reason": .text(error.fault.reason)])
            }
        }
    }

    /// Puts the answer where Discord shows that it is waited for. Nil when that place is gone, after a quarter of an hour.
    func answer(_ ticket: String, _ body: JSON) async throws(DiscordTrouble) -> SendOutcome? {
        let parts = ticket.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let path = "webhooks/\(parts[0])/\(WebURL.encode(String(parts[1])))/messages/@original"
        do throws(DiscordTrouble) {
            let answer = try await api.call(.patch, path, body, route: "answer \(ticket)")
            return answer["id"]?.string.map(SendOutcome.delivered)
        } catch .refused(let status, _, _) where status < 500 {
            return nil
        } catch {
            // Done twice it is the same as done once.
            throw error.unseen
        }
    }

    /// Gives Discord the menu. Nothing waits for it and nothing hangs on it.
    func tellMenu(_ application: String?) {
        guard !hasToldMenu, let app = application.flatMap(Snowflake.init) else { return }
        hasToldMenu = true
        startTask { [api, log, settings] in
            do throws(DiscordTrouble) {
                _ = try await api.call(.put, "applications/\(app.text)/commands", DiscordMenu.json(settings.menu))
            } catch {
                log.warn("Discord does not take the menu of commands", ["reason": .text(error.fault.reason)])
            }
        }
    }
}

/// The menu as Discord takes it.
enum DiscordMenu {
    static let most = 100
    static let nameLimit = 32
    static let helpLimit = 100

    static func json(_ commands: [ChatCommand]) -> JSON {
        let fit = commands.filter { isName($0.name) && !$0.help.isEmpty }.prefix(most)
        return .array(
            fit.map { command in
                var json: JSON = [
                    "name": .string(command.name), "type": 1, "description": .string(command.help.cut(to: helpLimit)),
                ]
                if !command.arguments.isEmpty {
                    json["options"] = [
                        ["type": 3, "name": "args", "description": .string(command.arguments.cut(to: helpLimit))]
                    ]
                }
                return json
            })
    }

    private static func isName(_ name: String) -> Bool {
        (1...nameLimit).contains(name.utf8.count)
            && name.utf8.allSatisfy { ASCII.isDigit($0) || (97...122).contains($0) || $0 == 45 || $0 == 95 }
    }
}
