import Agents
import Platform
import Settings
import Wire

/// What one of the gateway's own events sets going, as `hooks.events` says.
struct EventHook: Sendable {
    /// What is done.
    enum Action: Sendable {
        case command([String])
        case url(WebURL, token: String?, secret: String?)
    }

    static let standardSeconds = 30

    /// Events by their names, and the families that the first words are.
    static let names =
        families.keys.sorted()
        + families.sorted { $0.key < $1.key }.flatMap { family in
            family.value.map { "\(family.key):\($0)" }
        }

    private static let families: [String: [String]] = [
        "gateway": ["startup", "shutdown", "pre-restart"],
        "session": ["create", "patch", "reset", "delete", "compact:after"],
        "message": ["received", "sent"],
        "command": SlashCommand.menu.map(\.name).sorted(),
        "failover": ["watching", "suspect", "promoting", "active", "draining", "isolated", "paused", "blocked"],
    ]

    /// The way to it in the configuration, for messages.
    let setting: String
    let names: Set<String>
    let action: Action
    let timeout: Duration

    /// Nil where it does nothing, which `problems` says.
    init?(_ json: JSON, setting: String) {
        self.setting = setting
        names = Set((json["on"]?.array ?? []).compactMap(\.string))
        timeout = .seconds(json["timeoutSeconds"]?.int ?? Self.standardSeconds)
        if let command = json["command"]?.array?.compactMap(\.string), !command.isEmpty {
            action = .command(command)
        } else if let text = json["url"]?.said, let url = try? WebURL(text) {
            action = .url(url, token: json["token"]?.said, secret: json["secret"]?.said)
        } else {
            return nil
        }
    }

    /// Whether it wants to hear of the event: by its name, or by a family that it belongs to.
    func hears(_ name: String) -> Bool {
        if names.contains(name) { return true }
        return name.firstIndex(of: ":").map { names.contains(String(name[..<$0])) } ?? false
    }

    static func all(_ snapshot: ConfigSnapshot) -> [EventHook] {
        (snapshot.given("hooks.events")?.array ?? []).enumerated().compactMap { number, json in
            EventHook(json, setting: "hooks.events[\(number)]")
        }
    }

    static func problems(_ snapshot: ConfigSnapshot) -> [(setting: String, message: String)] {
        (snapshot.given("hooks.events")?.array ?? []).enumerated().flatMap { number, json in
            let place = "hooks.events[\(number)]"
            var problems: [(String, String)] = []
            if json["on"]?.array?.isEmpty ?? true { problems.append(("\(place).on", "missing: which events?")) }
            let hasCommand = json["command"] != nil
            if hasCommand == (json["url"] != nil) {
                problems.append((place, "needs one of command and url"))
            } else if EventHook(json, setting: place) == nil {
                let name = hasCommand ? "command" : "url"
                problems.append(("\(place).\(name)", hasCommand ? "an empty list" : "no URL that can be asked"))
            }
            return problems
        }
    }
}
