import Platform

/// Makes messages of a room's events, with what was learned of the rooms.
struct MatrixReader {
    /// Events and threads of ours that are remembered, to know an answer to them.
    private static let mostOwn = 1000

    let id: String
    let displayName: String
    /// Rooms of two, as the account itself says.
    var directRooms: Set<String> = []
    private(set) var encrypted: Set<String> = []
    private var names: [String: String] = [:]
    private var own: Set<String> = []

    init(id: String, displayName: String) {
        self.id = id
        self.displayName = displayName
    }

    // MARK: What is told of rooms

    /// Whether it says something of the room.
    mutating func learn(_ event: JSON, room: String) {
        switch event["type"]?.string {
        case "m.room.encryption": encrypted.insert(room)
        // An alias is the name by which a room is configured; what people call it comes after.
        case "m.room.canonical_alias": names[room] = event["content"]?["alias"]?.string ?? names[room]
        case "m.room.name": names[room] = names[room] ?? event["content"]?["name"]?.string
        default: return
        }
    }

    func isNamed(_ room: String) -> Bool { names[room] != nil }
    func title(of room: String) -> String? { names[room].flatMap { $0.isEmpty ? nil : $0 } }

    /// It is known now, even if it has no name.
    mutating func name(_ room: String) {
        if names.count >= Self.mostOwn { names = [:] }
        names[room] = names[room] ?? ""
    }

    /// Which rooms are of two (`m.direct`).
    mutating func learn(direct json: JSON?) {
        directRooms = Set((json?.object?.members ?? []).flatMap { $0.value.array ?? [] }.compactMap(\.string))
    }

    // MARK: Messages

    /// Nil for what nobody said, and for what we said.
    mutating func message(_ event: JSON, room: String) -> InboundMessage? {
        guard let eventID = event["event_id"]?.string, let sender = event["sender"]?.string,
            let content = event["content"]
        else { return nil }
        guard sender != id else {
            note(eventID, content)
            return nil
        }
        let relation = content["m.relates_to"]
        var message = InboundMessage(
            id: eventID, place: place(room), sender: .init(id: sender, name: Self.localpart(sender)), text: "",
            sentAt: WallTime(milliseconds: event["origin_server_ts"]?.int.map(Int64.init) ?? 0))
        switch event["type"]?.string {
        case "m.reaction":
            guard relation?["rel_type"]?.string == "m.annotation", let target = relation?["event_id"]?.string,
                let key = relation?["key"]?.string
            else { return nil }
            message.event = .reaction(emoji: key, added: true, message: target)
            return message
        case "m.sticker":
            message.text = "[sticker: \(content["body"]?.string ?? "")]"
            return message
        case "m.room.message": return said(content, relation, &message) ? message : nil
        default: return nil
        }
    }

    private func said(_ content: JSON, _ relation: JSON?, _ message: inout InboundMessage) -> Bool {
        var content = content
        if relation?["rel_type"]?.string == "m.replace", let new = content["m.new_content"],
            let target = relation?["event_id"]?.string
        {
            content = new
            message.messageID = target
            message.event = .edited
        }
        // In a thread an answer stands in for the thread, where clients know none.
        let answered =
            relation?["is_falling_back"]?.bool == true ? nil : relation?["m.in_reply_to"]?["event_id"]?.string
        var body = content["body"]?.string ?? ""
        if answered != nil { body = Self.withoutFallback(body) }
        message.text = body
        switch content["msgtype"]?.string {
        case "m.text": break
        case "m.notice": message.sender.isBot = true
        case "m.emote": message.text = "* \(message.sender.name ?? "") \(body)"
        case "m.location": message.text = "[location: \(content["geo_uri"]?.string ?? body)]"
        case "m.image", "m.file", "m.audio", "m.video": attach(content, body, &message)
        default: return false
        }
        message.attention = attention(content, body)
        if relation?["rel_type"]?.string == "m.thread", let root = relation?["event_id"]?.string {
            message.place.thread = root
            if own.contains(root) { message.attention.insert(.threadParticipation) }
        }
        if let answered {
            message.quote = .init(id: answered)
            if own.contains(answered) { message.attention.insert(.replyToBot) }
        }
        return !message.text.isEmpty || !message.media.isEmpty
    }

    private func attach(_ content: JSON, _ body: String, _ message: inout InboundMessage) {
        // A file of an encrypted room has no address that we could read.
        guard let link = content["url"]?.string else { return }
        let kind = content["msgtype"]?.string?.dropFirst(2) ?? "file"
        let name = content["filename"]?.string
        message.media = [
            .init(
                kind: kind == "image" ? "photo" : String(kind), name: name ?? body,
                type: content["info"]?["mimetype"]?.string, size: content["info"]?["size"]?.int, reference: link)
        ]
        // Where there is a name besides, the body is what was said of it.
        message.text = name == nil || name == body ? "" : body
    }

    /// What clients say of whom they mean; where one says nothing of it, whom the words name.
    private func attention(_ content: JSON, _ body: String) -> InboundMessage.Attention {
        if let mentions = content["m.mentions"], mentions.object != nil {
            let people = mentions["user_ids"]?.array?.compactMap(\.string) ?? []
            return people.contains(id) ? .mention : people.isEmpty ? [] : .others
        }
        let words = body.lowercased().split { !$0.isLetter && !$0.isNumber && !"_-.:@".contains($0) }
        let names = [id, displayName].map { $0.lowercased() }
        let isNamed = words.contains { word in
            var word = word
            while let last = word.last, last == ":" || last == "." { word.removeLast() }
            return names.contains(String(word)) || word.first == "@" && names.contains(String(word.dropFirst()))
        }
        return isNamed || isNamedInTwoWords(body.lowercased(), names[1]) ? .mention : []
    }

    /// A name of several words counts where the text begins with it.
    private func isNamedInTwoWords(_ text: String, _ name: String) -> Bool {
        guard name.contains(where: \.isWhitespace), text.hasPrefix(name) else { return false }
        return text.dropFirst(name.count).first.map { !$0.isLetter && !$0.isNumber } ?? true
    }

    private mutating func note(_ eventID: String, _ content: JSON) {
        if own.count >= Self.mostOwn { own = [] }
        own.insert(eventID)
        let relation = content["m.relates_to"]
        if relation?["rel_type"]?.string == "m.thread", let root = relation?["event_id"]?.string { own.insert(root) }
    }

    private func place(_ room: String) -> InboundMessage.Place {
        .init(directRooms.contains(room) ? .direct : .group, room, title: title(of: room))
    }

    private static func localpart(_ user: String) -> String {
        String(user.dropFirst().prefix { $0 != ":" })
    }

    /// Older clients repeat what they answer, line by line behind `>`.
    private static func withoutFallback(_ text: String) -> String {
        guard text.hasPrefix("> ") else { return text }
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        let rest = lines.drop { $0.hasPrefix(">") }
        guard rest.first?.isEmpty == true else { return text }
        return rest.dropFirst().joined(separator: "\n")
    }
}
