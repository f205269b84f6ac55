import Platform

/// Reads what Slack says of a conversation. A pure function of the event and of who we are.
struct SlackReader: Sendable {
    /// Characters of one text; Slack itself has 40,000.
    static let longestText = 60_000
    static let mostFiles = 20

    let botUser: String
    let botID: String?
    let team: String?

    /// Subtypes of `message` that are somebody's words; all others are notices of the platform.
    private static let said = ["file_share", "bot_message", "me_message", "thread_broadcast"]

    /// Nil for what is not for us: our own words, notices, what cannot be read. `threads` are those we wrote in.
    func message(_ event: JSON, team: String? = nil, threads: SlackThreads = SlackThreads()) -> InboundMessage? {
        let team = team ?? self.team
        switch event["type"]?.string {
        case "message":
            guard let subtype = event["subtype"]?.string else { return said(event, team, threads) }
            if subtype == "message_changed" { return edited(event, team, threads) }
            return Self.said.contains(subtype) ? said(event, team, threads) : nil
        case "app_mention": return said(event, team, threads)
        case "reaction_added": return reaction(event, team, added: true)
        case "reaction_removed": return reaction(event, team, added: false)
        default: return nil
        }
    }

    private func said(_ event: JSON, _ team: String?, _ threads: SlackThreads) -> InboundMessage? {
        guard let chat = event["channel"]?.string, SlackID.isValid(chat),
            let time = event["ts"]?.string.flatMap(SlackTime.init), let sender = sender(of: event)
        else { return nil }
        let raw = text(of: event)
        let thread = event["thread_ts"]?.string.flatMap(SlackTime.init).flatMap { $0 == time ? nil : $0.text }
        var message = InboundMessage(
            id: "\(chat):\(time.text)", messageID: time.text,
            place: InboundMessage.Place(
                Self.kind(chat, event["channel_type"]?.string), chat, thread: thread, space: team),
            sender: sender, text: SlackText.plain(raw), sentAt: time.wall)
        message.attention = attention(raw, event, chat, thread, threads)
        message.media = media(of: event)
        guard !message.text.isEmpty || !message.media.isEmpty else { return nil }
        return message
    }

    /// Slack also tells of changes that nobody made: an address got a preview, a thread an answer.
    private func edited(_ event: JSON, _ team: String?, _ threads: SlackThreads) -> InboundMessage? {
        guard var new = event["message"], let edit = new["edited"]?["ts"]?.string.flatMap(SlackTime.init) else {
            return nil
        }
        if let old = event["previous_message"], old["text"]?.string == new["text"]?.string,
            old["edited"] == new["edited"]
        {
            return nil
        }
        new["channel"] = event["channel"]
        new["channel_type"] = event["channel_type"]
        guard var message = said(new, team, threads) else { return nil }
        message.id += ":edited:\(edit.text)"
        message.event = .edited
        return message
    }

    private func reaction(_ event: JSON, _ team: String?, added: Bool) -> InboundMessage? {
        guard let item = event["item"], item["type"]?.string == "message", let chat = item["channel"]?.string,
            SlackID.isValid(chat), let target = item["ts"]?.string.flatMap(SlackTime.init),
            let time = event["event_ts"]?.string.flatMap(SlackTime.init),
            let emoji = event["reaction"]?.string.flatMap(SlackEmoji.name), let user = event["user"]?.string,
            SlackID.isValid(user), user != botUser
        else { return nil }
        var message = InboundMessage(
            id: "\(chat):\(target.text):\(added ? "reacted" : "unreacted"):\(user):\(emoji):\(time.text)",
            messageID: target.text, place: InboundMessage.Place(Self.kind(chat, nil), chat, space: team),
            sender: InboundMessage.Sender(id: user), text: "", sentAt: time.wall)
        message.event = .reaction(emoji: emoji, added: added, message: target.text)
        if event["item_user"]?.string == botUser { message.attention = .replyToBot }
        return message
    }

    /// Nil for ourselves.
    private func sender(of event: JSON) -> InboundMessage.Sender? {
        let bot = event["bot_id"]?.string
        if let bot, bot == botID { return nil }
        if let user = event["user"]?.string {
            guard SlackID.isValid(user), user != botUser else { return nil }
            return InboundMessage.Sender(id: user, isBot: bot != nil)
        }
        guard let bot, SlackID.isValid(bot) else { return nil }
        return InboundMessage.Sender(id: bot, name: event["username"]?.string?.cut(to: 200), isBot: true)
    }

    /// Some bots say everything in attachments.
    private func text(of event: JSON) -> String {
        let text = event["text"]?.string ?? ""
        guard text.isEmpty, let attachments = event["attachments"]?.array else { return text.cut(to: Self.longestText) }
        let parts = attachments.prefix(Self.mostFiles).compactMap { part -> String? in
            let words = part["text"]?.string ?? ""
            return words.isEmpty ? part["fallback"]?.string : words
        }
        return parts.joined(separator: "\n").cut(to: Self.longestText)
    }

    private func attention(
        _ text: String, _ event: JSON, _ chat: String, _ thread: String?, _ threads: SlackThreads
    ) -> InboundMessage.Attention {
        var attention: InboundMessage.Attention = []
        let people = SlackText.people(in: text)
        if people.contains(botUser) || event["type"]?.string == "app_mention" {
            attention.insert(.mention)
        } else if !people.isEmpty {
            attention.insert(.others)
        }
        guard let thread else { return attention }
        if event["parent_user_id"]?.string == botUser { attention.formUnion([.replyToBot, .threadParticipation]) }
        if threads.contains(chat, thread) { attention.insert(.threadParticipation) }
        return attention
    }

    private func media(of event: JSON) -> [InboundMessage.Media] {
        (event["files"]?.array ?? []).prefix(Self.mostFiles).compactMap { file in
            guard let id = file["id"]?.string, SlackID.isValid(id), file["mode"]?.string != "tombstone" else {
                return nil
            }
            let type = file["mimetype"]?.string?.cut(to: 200)
            let family = String(type?.prefix { $0 != "/" } ?? "")
            return InboundMessage.Media(
                kind: ["image", "audio", "video"].contains(family) ? family : "document",
                name: file["name"]?.string?.cut(to: 200), type: type,
                size: file["size"]?.int.flatMap { $0 >= 0 ? $0 : nil }, reference: id)
        }
    }

    /// What Slack calls the place, or what the id's first letter tells.
    static func kind(_ chat: String, _ type: String?) -> ChatKind {
        switch type {
        case "im": .direct
        case "mpim": .group
        case "channel", "group": .channel
        default: chat.hasPrefix("D") ? .direct : chat.hasPrefix("G") ? .group : .channel
        }
    }
}

/// The threads we wrote in, the last ones of them.
struct SlackThreads: Sendable {
    static let most = 1000

    private var known: Set<String> = []
    private var order: [String] = []

    func contains(_ chat: String, _ thread: String) -> Bool { known.contains("\(chat):\(thread)") }

    mutating func insert(_ chat: String, _ thread: String) {
        guard known.insert("\(chat):\(thread)").inserted else { return }
        order.append("\(chat):\(thread)")
        guard order.count > Self.most else { return }
        for old in order.prefix(Self.most / 2) { known.remove(old) }
        order.removeFirst(Self.most / 2)
    }
}
