import Platform

/// A message as the server shows it, over REST or the socket.
struct RocketChatMessage {
    let id: String
    let room: String
    let sender: InboundMessage.Sender
    let text: String
    let sentAt: WallTime
    let thread: String?
    let mentions: [String]
    let media: [InboundMessage.Media]
    /// Edits, reactions and previews bring a message again; what the server itself says of a room is none.
    let isNews: Bool

    /// Nil when it lacks what a message must have.
    init?(_ json: JSON) {
        guard let id = json["_id"]?.string, !id.isEmpty, let room = json["rid"]?.string, !room.isEmpty,
            let user = json["u"], let sender = user["_id"]?.string, !sender.isEmpty,
            let time = json["ts"].flatMap(RocketChatTime.read)
        else { return nil }
        self.id = id
        self.room = room
        self.sender = InboundMessage.Sender(
            id: sender, name: user["username"]?.string ?? user["name"]?.string,
            isBot: json["bot"].map { $0.object != nil || $0.bool == true } ?? false)
        text = json["msg"]?.string ?? ""
        sentAt = time
        thread = json["tmid"]?.string
        mentions = (json["mentions"]?.array ?? []).compactMap { $0["_id"]?.string }
        media = (json["attachments"]?.array ?? []).compactMap(Self.media)
        isNews = json["t"] == nil && json["editedAt"] == nil
    }

    private static func media(_ json: JSON) -> InboundMessage.Media? {
        guard let link = json["title_link"]?.string else { return nil }
        let kind = json["image_url"] != nil ? "photo" : json["audio_url"] != nil ? "audio" : "file"
        return InboundMessage.Media(kind: kind, name: json["title"]?.string, reference: link)
    }

    func inbound(_ place: InboundMessage.Place, own: String) -> InboundMessage {
        var place = place
        place.thread = thread
        var message = InboundMessage(id: id, place: place, sender: sender, text: text, sentAt: sentAt)
        if mentions.contains(own) { message.attention.insert(.mention) }
        // `all` and `here` are nobody in particular.
        if !message.attention.contains(.mention), mentions.contains(where: { $0 != "all" && $0 != "here" }) {
            message.attention.insert(.others)
        }
        message.media = media
        return message
    }
}

/// Times as the server writes them: `{"$date": ms}` on the socket, ISO 8601 in UTC over REST.
enum RocketChatTime {
    static func read(_ json: JSON) -> WallTime? {
        if let milliseconds = json["$date"]?.int ?? json.int { return WallTime(milliseconds: Int64(milliseconds)) }
        guard let text = json.string else { return nil }
        // 2026-11-27T12:00:00.000Z
        let digits = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
        guard digits.count >= 6, text.hasSuffix("Z") else { return nil }
        let date = CalendarDate(
            year: digits[0], month: digits[1], day: digits[2], hour: digits[3], minute: digits[4], second: digits[5],
            millisecond: digits.count > 6 ? min(digits[6], 999) : 0)
        return date.isValid ? date.time() : nil
    }

    static func text(_ time: WallTime) -> String {
        let date = CalendarDate(time)
        func padded(_ number: Int, _ width: Int) -> String {
            String(repeating: "0", count: max(0, width - "\(number)".utf8.count)) + "\(number)"
        }
        return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
            + padded(date.hour, 2) + ":" + padded(date.minute, 2) + ":" + padded(date.second, 2) + "."
            + padded(date.millisecond, 3) + "Z"
    }
}
