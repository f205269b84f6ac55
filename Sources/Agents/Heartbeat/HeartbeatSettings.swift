package import Platform

/// `heartbeat` of an agent: how often it looks around by itself, and who hears what it finds.
package struct HeartbeatSettings: Equatable, Sendable {
    /// Where alerts go.
    package enum Target: Equatable, Sendable {
        /// The owner's direct chat (`commands.ownerAllowFrom`); never a group.
        case owner
        /// Where the agent's main session was last.
        case last
        case none
        case channel(String)

        init(_ text: String) {
            self =
                switch text.lowercased() {
                case "owner": .owner
                case "last": .last
                case "none", "": .none
                default: .channel(text.lowercased())
                }
        }

        package var name: String {
            switch self {
            case .owner: "owner"
            case .last: "last"
            case .none: "none"
            case .channel(let id): id
            }
        }
    }

    package static let standardEvery = "30m"
    package static let standardAckMaxChars = 300
    /// A heartbeat without a time of its own is ended then at the latest.
    package static let longest = Duration.seconds(600)
    package static let standardPrompt = """
        Read HEARTBEAT.md if it exists and follow it strictly. Do not take up or repeat old tasks from earlier \
        conversations. If nothing needs attention, answer HEARTBEAT_OK.
        """

    /// Zero: never.
    package var every = Duration.seconds(1800)
    package var everyText = standardEvery
    package var target = Target.owner
    package var to: String?
    package var accountID: String?
    package var hours: ActiveHours?
    package var model: String?
    package var prompt = standardPrompt
    package var ackMaxChars = standardAckMaxChars
    /// A key of a session; nil for the main one.
    package var session: String?
    /// Each in a conversation of its own.
    package var isIsolated = false
    /// Nil for `every`, up to `longest`.
    package var timeout: Duration?
    package var allowsDirect = true

    package init() {}

    init(_ json: JSON) {
        if let text = json["every"]?.string, let every = Self.duration(text) { (self.every, everyText) = (every, text) }
        if let text = json["target"]?.string { target = Target(text) }
        to = json["to"]?.text
        accountID = json["accountId"]?.text
        hours = ActiveHours(json["activeHours"])
        model = json["model"]?.text
        if let text = json["prompt"]?.text { prompt = text }
        if let count = json["ackMaxChars"]?.int, count >= 0 { ackMaxChars = count }
        session = json["session"]?.text.flatMap { $0 == "main" ? nil : $0 }
        isIsolated = json["isolatedSession"]?.bool ?? false
        if let seconds = json["timeoutSeconds"]?.int, seconds > 0 { timeout = .seconds(seconds) }
        allowsDirect = json["directPolicy"]?.string != "block"
    }

    /// `30m`, `1h`, `90s`, `1d`; a number alone is minutes.
    static func duration(_ text: String) -> Duration? {
        let units: [String: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "": 60_000, "h": 3_600_000, "d": 86_400_000]
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000_000,
            let unit = units[String(text.dropFirst(digits.count))]
        else { return nil }
        return .milliseconds(number * unit)
    }

    package var isScheduled: Bool { every > .zero }

    package var runTime: Duration { timeout ?? (isScheduled ? min(every, Self.longest) : Self.longest) }

    /// As health and status show it.
    package var json: JSON {
        var json: JSON = [
            "enabled": .bool(isScheduled), "every": .string(everyText),
            "everyMs": .int(every.inNanoseconds / 1_000_000), "prompt": .string(prompt),
            "target": .string(target.name), "ackMaxChars": JSON(ackMaxChars),
        ]
        json["model"] = model.map { .string($0) }
        json["session"] = session.map { .string($0) }
        return json
    }
}

/// Which agents look around by themselves: those with a `heartbeat` of their own; where none has one, the default agent.
package struct HeartbeatPlan: Equatable, Sendable {
    package var settings: [String: HeartbeatSettings] = [:]
    package private(set) var defaults = HeartbeatSettings()
    /// `agents.defaults.userTimezone`.
    package private(set) var userZone: String?

    package init() {}

    /// `configuration` is the whole of it.
    package init(_ configuration: JSON) {
        let section = configuration["agents"]
        let shared = section?["defaults"]?["heartbeat"]
        userZone = section?["defaults"]?["userTimezone"]?.text
        if let shared { defaults = HeartbeatSettings(shared) }
        var own: [(String, JSON)] = []
        for entry in section?["list"]?.array ?? [] {
            if let id = entry["id"]?.text, let heartbeat = entry["heartbeat"] { own.append((id, heartbeat)) }
        }
        for member in section?["entries"]?.object?.members ?? [] {
            if let heartbeat = member.value["heartbeat"] { own.append((member.key, heartbeat)) }
        }
        for (id, heartbeat) in own {
            var merged = shared ?? [:]
            for member in heartbeat.object?.members ?? [] { merged[member.key] = member.value }
            settings[id] = HeartbeatSettings(merged)
        }
        if own.isEmpty { settings[AgentSettings(configuration).defaultID] = defaults }
    }

    /// What holds for an agent that somebody wakes, whether it looks around by itself or not.
    package func settings(of id: String) -> HeartbeatSettings { settings[id] ?? defaults }
}

extension JSON {
    /// A text that says something.
    fileprivate var text: String? { string.flatMap { $0.withoutOuterSpace.isEmpty ? nil : $0 } }
}
