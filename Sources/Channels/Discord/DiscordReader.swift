import Platform

/// Makes messages of Discord's events, with what was told of its channels.
struct DiscordReader {
    struct Channel {
        let name: String?
        /// Of a thread: the channel it branched off.
        let parent: String?
    }

    /// Channels that are remembered; beyond, all are forgotten and asked for again.
    static let mostChannels = 20_000
    /// A message of somebody's, and an answer to one; all other kinds are Discord's own words.
    private static let said = [0, 19]
    /// Public, private and announcement threads.
    private static let threadTypes = 10...12

    let id: String
    private(set) var channels: [String: Channel] = [:]
    /// Roles that stand for the bot in its guilds.
    private var ownRoles: Set<String> = []
    /// Guilds whose roles are known.
    private var guilds: Set<String> = []

    init(id: String) { self.id = id }

    // MARK: What is told of places

    mutating func learn(guild json: JSON) {
        for channel in json["channels"]?.array ?? [] { learn(channel) }
        for thread in json["threads"]?.array ?? [] { learn(thread) }
        if let guild = json["id"]?.string, let roles = json["roles"]?.array { learn(roles: roles, of: guild) }
    }

    mutating func learn(roles: [JSON], of guild: String) {
        guilds.insert(guild)
        for role in roles where role["tags"]?["bot_id"]?.string == id {
            if let name = role["id"]?.string { ownRoles.insert(name) }
        }
    }

    /// A thread that is not known: one that was asleep, or a session that another process began.
    func unknownThread(_ json: JSON) -> String? {
        guard json["guild_id"] != nil, let id = json["channel_id"]?.string, Snowflake(id) != nil, channels[id] == nil
        else { return nil }
        return id
    }

    /// A guild whose roles have to be known to tell whom the message names.
    func unknownRoles(_ json: JSON) -> String? {
        guard let guild = json["guild_id"]?.string, Snowflake(guild) != nil, !guilds.contains(guild),
            json["mention_roles"]?.array?.isEmpty == false
        else { return nil }
        return guild
    }

    mutating func learn(_ json: JSON) {
        guard let id = json["id"]?.string else { return }
        if channels.count >= Self.mostChannels { channels = [:] }
        let isThread = json["type"]?.int.map { Self.threadTypes.contains($0) } ?? false
        channels[id] = Channel(name: json["name"]?.string, parent: isThread ? json["parent_id"]?.string : nil)
    }

    // MARK: Messages

    /// Nil for what nobody said, and for what we said.
    func message(_ json: JSON) -> InboundMessage? {
        guard let number = json["id"]?.string.flatMap(Snowflake.init), let chat = json["channel_id"]?.string,
            let author = json["author"], let sender = sender(author, json), sender.id != id,
            Self.said.contains(json["type"]?.int ?? 0)
        else { return nil }
        var message = InboundMessage(
            id: number.text, place: place(chat, json["guild_id"]?.string), sender: sender,
            text: text(json), sentAt: number.time)
        message.attention = attention(json)
        message.media = Self.media(json)
        if let other = DiscordWords.passedOn(json) {
            message.text = "[forwarded] \(text(other))"
            message.media += Self.media(other)
        }
        if message.text.isEmpty { message.text = DiscordWords.shown(json) }
        if let other = json["referenced_message"], let otherID = other["id"]?.string {
            message.quote = .init(
                id: otherID, sender: other["author"]?["username"]?.string, text: other["content"]?.string)
            if other["author"]?["id"]?.string == id { message.attention.insert(.replyToBot) }
        }
        guard !message.text.isEmpty || !message.media.isEmpty else { return nil }
        return message
    }

    /// A message that has a new text. Discord also says so when it shows where a link leads.
    func edited(_ json: JSON) -> InboundMessage? {
        guard let time = json["edited_timestamp"]?.string, var message = message(json) else { return nil }
        message.id = "e:\(message.id):\(time)"
        message.event = .edited
        return message
    }

    func reaction(_ json: JSON, added: Bool, sequence: Int) -> InboundMessage? {
        guard let user = json["user_id"]?.string, user != id, let chat = json["channel_id"]?.string,
            let number = json["message_id"]?.string, let emoji = json["emoji"],
            let sign = emoji["name"]?.string ?? emoji["id"]?.string
        else { return nil }
        let member = json["member"]?["user"]
        var message = InboundMessage(
            id: "r:\(number):\(user):\(sequence)", messageID: number, place: place(chat, json["guild_id"]?.string),
            sender: .init(id: user, name: member?["username"]?.string, isBot: member?["bot"]?.bool ?? false), text: "",
            sentAt: Snowflake(number)?.time ?? WallTime(milliseconds: 0))
        message.event = .reaction(emoji: sign, added: added, message: number)
        return message
    }

    private func sender(_ author: JSON, _ json: JSON) -> InboundMessage.Sender? {
        guard let id = author["id"]?.string else { return nil }
        return InboundMessage.Sender(
            id: id, name: author["username"]?.string,
            isBot: author["bot"]?.bool == true || json["webhook_id"] != nil,
            roles: (json["member"]?["roles"]?.array ?? []).compactMap(\.string))
    }

    func place(_ chat: String, _ guild: String?) -> InboundMessage.Place {
        guard let guild else { return .init(.direct, chat) }
        let channel = channels[chat]
        return .init(.channel, chat, parent: channel?.parent, space: guild, title: channel?.name)
    }

    private func attention(_ json: JSON) -> InboundMessage.Attention {
        let people = (json["mentions"]?.array ?? []).compactMap { $0["id"]?.string }
        let roles = (json["mention_roles"]?.array ?? []).compactMap(\.string)
        let content = json["content"]?.string ?? ""
        // An answer that rings is among the mentions too, and is none.
        if content.contains("<@\(id)>") || content.contains("<@!\(id)>") || roles.contains(where: ownRoles.contains) {
            return .mention
        }
        return people.contains { $0 != id } || !roles.isEmpty ? .others : []
    }

    /// The words as a person reads them: people by their names, our own name at the beginning left out.
    private func text(_ json: JSON) -> String {
        var text = json["content"]?.string ?? ""
        for own in ["<@\(id)>", "<@!\(id)>"] where text.hasPrefix(own) {
            text = String(text.dropFirst(own.count)).withoutOuterSpace
        }
        var names: [String: String] = [:]
        for person in json["mentions"]?.array ?? [] {
            if let id = person["id"]?.string { names[id] = person["username"]?.string }
        }
        return names.isEmpty ? text : Self.named(text, names)
    }

    /// `<@7>` and `<@!7>` as `@ada`.
    private static func named(_ text: String, _ names: [String: String]) -> String {
        var output = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            output += rest[..<start]
            rest = rest[rest.index(after: start)...]
            guard rest.first == "@", let end = rest.firstIndex(of: ">"),
                let name = names[String(rest[..<end].drop { $0 == "@" || $0 == "!" })]
            else {
                output += "<"
                continue
            }
            output += "@\(name)"
            rest = rest[rest.index(after: end)...]
        }
        return output + rest
    }

    private static func media(_ json: JSON) -> [InboundMessage.Media] {
        (json["attachments"]?.array ?? []).compactMap { file in
            guard let link = file["url"]?.string else { return nil }
            let type = file["content_type"]?.string
            let kind = ["image", "audio", "video"].first { type?.hasPrefix("\($0)/") == true } ?? "file"
            return .init(
                kind: kind == "image" ? "photo" : kind, name: file["filename"]?.string, type: type,
                size: file["size"]?.int, reference: link)
        }
    }
}
