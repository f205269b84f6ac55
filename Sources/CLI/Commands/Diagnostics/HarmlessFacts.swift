import Platform

/// What of an answer or a log line may leave the machine: numbers, truth values, and words of this program's own. What
/// people said, named or were called is not in it, whatever a later version adds to its answers.
enum HarmlessFacts {
    /// Members that are about conversations and people.
    private static let dropped: Set<String> = [
        "sessions", "recent", "agents", "queuedSystemEvents", "heartbeat", "defaultAgentId", "channelSummary",
        "presence", "preview", "text", "body", "content", "params",
    ]
    /// Members whose texts are words of this program.
    private static let words: Set<String> = [
        "version", "runtimeVersion", "profile", "mode", "authMode", "state", "status", "kind", "platform", "arch",
        "failing", "channelOrder", "code", "event", "method", "channel", "signal", "transport", "level", "time",
        "subsystem",
    ]
    private static let wordLimit = 64

    /// What is left of `value`, which stands under `name`; nil where nothing is.
    static func of(_ value: JSON, under name: String = "") -> JSON? {
        switch value {
        case .null, .bool, .int, .double, .number: return value
        case .string(let text):
            guard words.contains(name), isWord(text) else { return .none }
            return value
        case .array(let values): return .array(values.compactMap { of($0, under: name) })
        case .object(let object):
            return .object(
                JSONObject(
                    object.members.compactMap { member in
                        guard isName(member.key), !dropped.contains(member.key),
                            let kept = of(member.value, under: member.key)
                        else { return nil }
                        return (member.key, kept)
                    }))
        }
    }

    /// Parts of the gateway that handle what people say: what follows a colon in their messages may be from there.
    private static let talkative = ["agent", "model", "channel", "session", "chat", "tool", "node", "cron", "hook"]

    /// A line of the log; nil for one that is no record, or is for developers.
    static func line(_ line: String) -> JSON? {
        guard let record = try? JSONParser.parse(Array(line.utf8).span), let level = record["level"]?.string,
            ["info", "warn", "error"].contains(level), var kept = of(record)
        else { return .none }
        let subsystem = record["subsystem"]?.string ?? ""
        let isTalkative = subsystem.split(separator: ".").contains { part in
            talkative.contains { part.hasPrefix($0) }
        }
        let message = record["message"]?.string ?? ""
        kept["message"] = .string(isTalkative ? String(message.prefix { $0 != ":" }) : message)
        return kept
    }

    private static func isWord(_ text: String) -> Bool {
        text.utf8.count <= wordLimit && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// A key that a program chose, not one that is a number of somebody's telephone.
    private static func isName(_ key: String) -> Bool {
        key.utf8.count <= wordLimit && key.utf8.first.map { (65...122).contains($0) } == true
            && key.utf8.allSatisfy { byte in
                (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte) || byte == 95
                    || byte == 45
            }
    }
}
