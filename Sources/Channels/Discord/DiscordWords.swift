import Platform

/// What a message says that has no words of its own.
enum DiscordWords {
    /// The message that was passed on, as it was then.
    static func passedOn(_ json: JSON) -> JSON? {
        guard json["message_reference"]?["type"]?.int == 1 else { return nil }
        return json["message_snapshots"]?[0]?["message"]
    }

    /// Nothing when it shows nothing that can be said.
    static func shown(_ json: JSON) -> String {
        if let name = json["sticker_items"]?[0]?["name"]?.string { return "[sticker: \(name)]" }
        if let poll = json["poll"] { return asked(poll) }
        return (json["embeds"]?.array ?? []).map(card).filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private static func asked(_ poll: JSON) -> String {
        let answers = (poll["answers"]?.array ?? []).compactMap { $0["poll_media"] }.map { said($0) }
        return (["[poll] \(said(poll["question"] ?? .null))"] + answers.map { "- \($0)" }).joined(separator: "\n")
    }

    private static func said(_ media: JSON) -> String { media["text"]?.string ?? media["emoji"]?["name"]?.string ?? "" }

    /// What programs write mostly.
    private static func card(_ embed: JSON) -> String {
        let fields = (embed["fields"]?.array ?? []).map { "\($0["name"]?.string ?? ""): \($0["value"]?.string ?? "")" }
        let lines = [embed["title"]?.string, embed["description"]?.string] + fields + [embed["url"]?.string]
        return lines.compactMap { $0 }.joined(separator: "\n")
    }
}
