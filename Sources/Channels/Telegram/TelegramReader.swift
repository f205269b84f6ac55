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

    /// Nil for what nobody said: somebody came, a title changed, a kind that is not known.
    func message(_ update: JSON) -> InboundMessage? {
        guard let number = update["update_id"]?.int else { return nil }
        let id = "\(number)"
        if let json = update["message"] ?? update["channel_post"] { return said(json, id) }
        if let json = update["edited_message"] ?? update["edited_channel_post"] {
            var message = said(json, id)
            message?.event = .edited
            return message
        }
        if let json = update["callback_query"] { return pressed(json, id) }
        if let json = update["message_reaction"] { return reaction(json, id) }
        return nil
    }

    /// The group that a group has become: the old one says so, and the new one too.
    static func move(_ update: JSON) -> (from: Int, to: Int)? {
        guard let message = update["message"], let chat = message["chat"]?["id"]?.int else { return nil }
        if let new = message["migrate_to_chat_id"]?.int { return (chat, new) }
        if let old = message["migrate_from_chat_id"]?.int { return (old, chat) }
        return nil
    }

    // MARK: What is said

    private func said(_ json: JSON, _ id: String) -> InboundMessage? {
        guard let number = json["message_id"]?.int, let place = Self.place(json),
            let sender = Self.sender(json)
        else { return nil }
        let entities = json["entities"] ?? json["caption_entities"]
        let (text, attention) = read(json["text"]?.string ?? json["caption"]?.string ?? "", entities?.array ?? [])
        var message = InboundMessage(
            id: id, messageID: "\(number)", place: place, sender: sender, text: text, sentAt: Self.time(json))
        message.attention = attention
        message.media = Self.media(json)
        message.album = json["media_group_id"]?.string
        if message.text.isEmpty { message.text = Self.words(json) }
        // The first message of a topic stands in for an answer in all that follow.
        if let other = json["reply_to_message"], other["forum_topic_created"] == nil {
            quote(other, json["quote"], &message)
        }
        guard !message.text.isEmpty || !message.media.isEmpty else { return nil }
        return message
    }

    private func quote(_ other: JSON, _ part: JSON?, _ message: inout InboundMessage) {
        guard let number = other["message_id"]?.int else { return }
        let sender = Self.sender(other)
        message.quote = .init(
            id: "\(number)", sender: sender?.name ?? sender?.id,
            text: part?["text"]?.string ?? other["text"]?.string ?? other["caption"]?.string)
        guard other["from"]?["id"]?.int == id else { return }
        message.attention.insert(part == nil ? .replyToBot : [.replyToBot, .quotedBot])
    }

    /// The text without the bot's name behind a command, and whom it names. Places in it are counted in UTF-16.
    private func read(_ text: String, _ entities: [JSON]) -> (String, InboundMessage.Attention) {
        var attention: InboundMessage.Attention = []
        var read = text
        let own = "@\(username)".lowercased()
        for entity in entities {
            guard let offset = entity["offset"]?.int, let length = entity["length"]?.int, offset >= 0, length > 0,
                let part = Self.slice(text, offset, length)
            else { continue }
            switch entity["type"]?.string {
            case "mention": attention.insert(part.lowercased() == own ? .mention : .others)
            case "text_mention": attention.insert(entity["user"]?["id"]?.int == id ? .mention : .others)
            case "bot_command":
                guard let at = part.firstIndex(of: "@") else { continue }
                guard part[at...].lowercased() == own else {
                    attention.insert(.others)
                    continue
                }
                attention.insert(.mention)
                if offset == 0 { read = String(part[..<at] + text[part.endIndex...]) }
            default: continue
            }
        }
        if attention.contains(.mention) { attention.remove(.others) }
        return (read, attention)
    }

    private static func slice(_ text: String, _ offset: Int, _ length: Int) -> Substring? {
        let units = text.utf16
        guard let start = units.index(units.startIndex, offsetBy: offset, limitedBy: units.endIndex),
            let end = units.index(start, offsetBy: length, limitedBy: units.endIndex)
        else { return nil }
        return text[start..<end]
    }

    // MARK: Buttons and reactions

    private func pressed(_ json: JSON, _ id: String) -> InboundMessage? {
        guard let on = json["message"], let number = on["message_id"]?.int, let place = Self.place(on),
            let sender = Self.sender(json), let data = json["data"]?.string
        else { return nil }
        var message = InboundMessage(
            id: id, messageID: "\(number)", place: place, sender: sender, text: data, sentAt: Self.time(on))
        message.attention = .mention
        return message
    }

    /// One of several changes at once: the first that came, or else the first that went.
    private func reaction(_ json: JSON, _ id: String) -> InboundMessage? {
        func signs(_ key: String) -> [String] {
            (json[key]?.array ?? []).compactMap { $0["emoji"]?.string ?? $0["custom_emoji_id"]?.string }
        }
        let (old, new) = (signs("old_reaction"), signs("new_reaction"))
        let added = new.first { !old.contains($0) }
        guard let emoji = added ?? old.first(where: { !new.contains($0) }), let number = json["message_id"]?.int,
            let place = Self.place(json),
            let sender = Self.person(json["user"]) ?? Self.chat(json["actor_chat"])
        else { return nil }
        var message = InboundMessage(
            id: id, messageID: "\(number)", place: place, sender: sender, text: "", sentAt: Self.time(json))
        message.event = .reaction(emoji: emoji, added: added != nil, message: "\(number)")
        return message
    }

    // MARK: Parts

    private static func time(_ json: JSON) -> WallTime {
        WallTime(milliseconds: Int64(json["date"]?.int ?? 0) * 1000)
    }

    private static func place(_ json: JSON) -> InboundMessage.Place? {
        guard let chat = json["chat"], let id = chat["id"]?.int else { return nil }
        let kind: ChatKind =
            switch chat["type"]?.string {
            case "private": .direct
            case "channel": .channel
            default: .group
            }
        var place = InboundMessage.Place(kind, "\(id)", title: kind == .direct ? nil : chat["title"]?.string)
        if json["is_topic_message"]?.bool == true, let thread = json["message_thread_id"]?.int {
            place.thread = "\(thread)"
        } else if chat["is_forum"]?.bool == true {
            place.thread = generalTopic
        }
        return place
    }

    /// Who speaks for a chat, a channel or a group that hides its people, is that chat.
    private static func sender(_ json: JSON) -> InboundMessage.Sender? {
        chat(json["sender_chat"]) ?? person(json["from"])
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
        return ""
    }
}
