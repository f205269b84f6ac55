import Platform

/// Makes messages of Telegram's updates. It knows who the bot is, and nothing else.
struct TelegramReader {
    /// The kinds that are asked for; Telegram remembers the list.
    static let kinds: JSON = [
        "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "message_reaction",
    ]
    /// The thread of a forum that has no number in its messages.
    static let generalTopic = "1"

    let id: Int
    /// Without the `@`.
    let username: String
    /// Whether direct chats have topics.
    var hasTopics = false
    /// Where buttons are heard.
    var buttons = TelegramButtons.usual

    /// Nothing for what nobody said: somebody came, a title changed, a kind that is not known; nor for our own words.
    func messages(_ update: JSON, now: WallTime) -> [InboundMessage] {
        guard let id = update["update_id"]?.int.map({ "\($0)" }) else { return [] }
        if let json = update["message"] ?? update["channel_post"] { return Self.list(said(json, id)) }
        if let json = update["edited_message"] ?? update["edited_channel_post"] { return Self.list(edited(json, id)) }
        if let json = update["callback_query"] { return Self.list(pressed(json, id, now)) }
        return update["message_reaction"].map { reactions($0, id) } ?? []
    }

    private static func list(_ message: InboundMessage?) -> [InboundMessage] { message.map { [$0] } ?? [] }

    /// The group that a group has become: the old one says so, and the new one too.
    static func move(_ update: JSON) -> (from: Int, to: Int)? {
        guard let message = update["message"], let chat = message["chat"]?["id"]?.int else { return nil }
        if let new = message["migrate_to_chat_id"]?.int { return (chat, new) }
        if let old = message["migrate_from_chat_id"]?.int { return (old, chat) }
        return nil
    }

    // MARK: What is said

    private func said(_ json: JSON, _ id: String) -> InboundMessage? {
        guard let number = json["message_id"]?.int, let place = place(json), !isBot(json["from"]),
            let sender = Self.sender(json)
        else { return nil }
        let entities = json["entities"] ?? json["caption_entities"]
        let (text, attention) = read(json["text"]?.string ?? json["caption"]?.string ?? "", entities?.array ?? [])
        var message = InboundMessage(
            id: id, messageID: "\(number)", place: place, sender: sender, text: text, sentAt: Self.time(json["date"]))
        message.attention = attention
        message.media = Self.media(json)
        message.album = json["media_group_id"]?.string
        if message.text.isEmpty { message.text = Self.words(json) }
        // The first message of a topic stands in for an answer in all that follow.
        if let other = json["reply_to_message"], other["forum_topic_created"] == nil {
            quote(other, json["quote"], &message)
        } else if isBot(json["external_reply"]?["origin"]?["sender_user"]) {
            message.attention.insert(.quotedBot)
        }
        guard !message.text.isEmpty || !message.media.isEmpty else { return nil }
        return message
    }

    private func edited(_ json: JSON, _ id: String) -> InboundMessage? {
        // A place that moves is edited every few seconds.
        guard json["location"] == nil, var message = said(json, id) else { return nil }
        message.event = .edited
        if let time = json["edit_date"] { message.sentAt = Self.time(time) }
        return message
    }

    private func quote(_ other: JSON, _ part: JSON?, _ message: inout InboundMessage) {
        guard let number = other["message_id"]?.int else { return }
        let sender = Self.sender(other)
        message.quote = .init(
            id: "\(number)", sender: sender?.name ?? sender?.id,
            text: part?["text"]?.string ?? other["text"]?.string ?? other["caption"]?.string)
        guard isBot(other["from"]) else { return }
        message.attention.insert(part == nil ? .replyToBot : [.replyToBot, .quotedBot])
    }

    /// The text as it is meant, and whom it names: without the bot's name behind a command, and with the addresses that
    /// stand behind words. Places in it are counted in UTF-16.
    private func read(_ text: String, _ entities: [JSON]) -> (String, InboundMessage.Attention) {
        var attention: InboundMessage.Attention = []
        var units = Array(text.utf16)
        var changes: [(at: Range<Int>, new: String)] = []
        func change(_ at: Range<Int>, to new: String) {
            if !changes.contains(where: { $0.at == at }) { changes.append((at, new)) }
        }
        for entity in entities {
            guard let start = entity["offset"]?.int, let length = entity["length"]?.int, start >= 0, length > 0,
                start < units.count, length <= units.count - start
            else { continue }
            let end = start + length
            let part = String(decoding: units[start..<end], as: UTF16.self)
            switch entity["type"]?.string {
            case "mention": attention.insert(isOurs(part.dropFirst()) ? .mention : .others)
            case "text_mention": attention.insert(isBot(entity["user"]) ? .mention : .others)
            case "bot_command":
                guard let at = part.firstIndex(of: "@") else { continue }
                let isOurs = isOurs(part[at...].dropFirst())
                attention.insert(isOurs ? .mention : .others)
                if isOurs { change((end - part[at...].utf16.count)..<end, to: "") }
            case "text_link":
                guard let url = entity["url"]?.string, url != part else { continue }
                change(end..<end, to: " (\(url))")
            default: continue
            }
        }
        // From the end, so that the places before stay what they are.
        for (at, new) in changes.sorted(by: { $0.at.lowerBound > $1.at.lowerBound })
        where at.upperBound <= units.count {
            units.replaceSubrange(at, with: new.utf16)
        }
        if attention.contains(.mention) { attention.remove(.others) }
        return (String(decoding: units, as: UTF16.self), attention)
    }

    private func isOurs(_ name: Substring) -> Bool { name.lowercased() == username.lowercased() }

    private func isBot(_ user: JSON?) -> Bool { user?["id"]?.int == id }

    // MARK: Buttons and reactions

    /// As if what the button stands for had been said. The message under it may be too old to have a time.
    private func pressed(_ json: JSON, _ id: String, _ now: WallTime) -> InboundMessage? {
        guard let on = json["message"], let number = on["message_id"]?.int, let place = place(on),
            let sender = Self.sender(json), let data = json["data"]?.string, buttons.includes(place.kind)
        else { return nil }
        var message = InboundMessage(
            id: id, messageID: "\(number)", place: place, sender: sender, text: data, sentAt: now)
        message.attention = .mention
        return message
    }

    /// Everything that went, and everything that came.
    private func reactions(_ json: JSON, _ id: String) -> [InboundMessage] {
        func signs(_ key: String) -> [String] {
            (json[key]?.array ?? []).compactMap { ($0["emoji"] ?? $0["custom_emoji_id"] ?? $0["type"])?.string }
        }
        guard let number = json["message_id"]?.int, let place = place(json), !isBot(json["user"]),
            let sender = Self.person(json["user"]) ?? Self.chat(json["actor_chat"])
        else { return [] }
        let (old, new) = (signs("old_reaction"), signs("new_reaction"))
        let changes =
            old.filter { !new.contains($0) }.map { ($0, false) } + new.filter { !old.contains($0) }.map { ($0, true) }
        return changes.enumerated().map { index, change in
            var message = InboundMessage(
                id: index == 0 ? id : "\(id).\(index)", messageID: "\(number)", place: place, sender: sender, text: "",
                sentAt: Self.time(json["date"]))
            message.event = .reaction(emoji: change.0, added: change.1, message: "\(number)")
            return message
        }
    }

    // MARK: Parts

    /// A time that cannot be is not believed.
    private static func time(_ json: JSON?) -> WallTime {
        WallTime(milliseconds: Int64(min(max(json?.int ?? 0, 0), 1 << 40)) * 1000)
    }

    private func place(_ json: JSON) -> InboundMessage.Place? {
        guard let chat = json["chat"], let id = chat["id"]?.int else { return nil }
        let kind: ChatKind =
            switch chat["type"]?.string {
            case "private": .direct
            case "channel": .channel
            default: .group
            }
        var place = InboundMessage.Place(kind, "\(id)", title: kind == .direct ? nil : chat["title"]?.string)
        let thread = json["is_topic_message"]?.bool == true ? json["message_thread_id"]?.int.map { "\($0)" } : nil
        if kind == .direct {
            // Where the bot has no topics, a thread is a row of answers.
            place.thread = hasTopics ? thread : nil
        } else {
            place.thread = thread ?? (chat["is_forum"]?.bool == true ? Self.generalTopic : nil)
        }
        return place
    }

    /// Who speaks for a chat, a channel or a group that hides its people, is that chat.
    private static func sender(_ json: JSON) -> InboundMessage.Sender? {
        chat(json["sender_chat"]) ?? person(json["from"]) ?? chat(json["chat"])
    }

    private static func chat(_ json: JSON?) -> InboundMessage.Sender? {
        json?["id"]?.int.map { InboundMessage.Sender(id: "\($0)", name: json?["title"]?.string) }
    }

    private static func person(_ json: JSON?) -> InboundMessage.Sender? {
        guard let json, let id = json["id"]?.int else { return nil }
        let names = [json["first_name"]?.string, json["last_name"]?.string].compactMap { $0 }.joined(separator: " ")
        return InboundMessage.Sender(
            id: "\(id)", name: json["username"]?.string ?? names, isBot: json["is_bot"]?.bool ?? false)
    }

    private static func media(_ json: JSON) -> [InboundMessage.Media] {
        var found: [InboundMessage.Media] = []
        func add(_ kind: String, _ file: JSON?) {
            guard let file, let reference = file["file_id"]?.string else { return }
            found.append(
                .init(
                    kind: kind, name: file["file_name"]?.string, type: file["mime_type"]?.string,
                    size: file["file_size"]?.int, reference: reference))
        }
        // The same picture in several sizes, the largest last.
        add("photo", json["photo"]?.array?.last)
        add("video", json["video"] ?? json["video_note"])
        add("audio", json["audio"])
        add("voice", json["voice"])
        add("sticker", json["sticker"])
        // An animation is told as a document too.
        add(json["animation"] == nil ? "file" : "animation", json["animation"] ?? json["document"])
        return found
    }

    /// What has no text of its own, in words.
    private static func words(_ json: JSON) -> String {
        if let emoji = json["sticker"]?["emoji"]?.string { return emoji }
        if let place = json["venue"]?["location"] ?? json["location"], let latitude = place["latitude"]?.double,
            let longitude = place["longitude"]?.double
        {
            let title = json["venue"]?["title"]?.string.map { "\($0), " } ?? ""
            return "[location: \(title)\(latitude), \(longitude)]"
        }
        if let contact = json["contact"], let number = contact["phone_number"]?.string {
            return "[contact: \(contact["first_name"]?.string ?? "") \(number)]"
        }
        if let question = json["poll"]?["question"]?.string {
            let options = (json["poll"]?["options"]?.array ?? []).compactMap { $0["text"]?.string }
            return "[poll: \(question): \(options.joined(separator: ", "))]"
        }
        if let dice = json["dice"], let value = dice["value"]?.int {
            return "\(dice["emoji"]?.string ?? "[dice]") \(value)"
        }
        for kind in ["checklist", "story", "game", "invoice", "giveaway", "paid_media"] {
            guard let thing = json[kind] else { continue }
            let title = thing["title"]?.string.map { ": \($0)" } ?? ""
            return "[\(kind == "paid_media" ? "paid media" : kind)\(title)]"
        }
        return ""
    }
}
