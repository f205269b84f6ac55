package import Platform

/// The inbox keeps messages as JSON. What is not there is not written.
extension InboundMessage {
    package var json: JSON {
        var object = JSONObject()
        object["id"] = .string(id)
        if messageID != id { object["messageId"] = .string(messageID) }
        switch event {
        case .said: break
        case .edited: object["event"] = "edited"
        case .reaction(let emoji, let added, let message):
            object["event"] = "reaction"
            object["reaction"] = ["emoji": .string(emoji), "added": .bool(added), "message": .string(message)]
        }
        object["place"] = place.json
        object["sender"] = sender.json
        object["text"] = .string(text)
        if !attention.isEmpty { object["attention"] = JSON(attention.rawValue) }
        object["quote"] = quote?.json
        if !media.isEmpty { object["media"] = .array(media.map(\.json)) }
        object["album"] = album.map { .string($0) }
        object["ticket"] = ticket.map { .string($0) }
        object["sentAt"] = .int(sentAt.milliseconds)
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONDecodingError) {
        let object = try field.object()
        id = try object.field("id").string()
        messageID = try object.field("messageId").ifPresent?.string() ?? id
        event = try Event(object)
        place = try Place(object.field("place"))
        sender = try Sender(object.field("sender"))
        text = try object.field("text").string()
        attention = try Attention(rawValue: object.field("attention").ifPresent?.integer() ?? 0)
        quote = try object.field("quote").ifPresent.map(Quote.init)
        if let fields = try object.field("media").ifPresent?.array() {
            for field in fields { media.append(try Media(field)) }
        }
        album = try object.field("album").ifPresent?.string()
        ticket = try object.field("ticket").ifPresent?.string()
        sentAt = WallTime(milliseconds: Int64(try object.field("sentAt").integer()))
    }
}

extension InboundMessage.Event {
    fileprivate init(_ object: JSONReader) throws(JSONDecodingError) {
        switch try object.field("event").ifPresent?.oneOf(["edited", "reaction"]) {
        case "edited": self = .edited
        case "reaction":
            let reaction = try object.field("reaction").object()
            self = .reaction(
                emoji: try reaction.field("emoji").string(), added: try reaction.field("added").bool(),
                message: try reaction.field("message").string())
        default: self = .said
        }
    }
}

extension InboundMessage.Sender {
    fileprivate var json: JSON {
        var object: JSON = ["id": .string(id)]
        object["name"] = name.map { .string($0) }
        if isBot { object["bot"] = true }
        if !roles.isEmpty { object["roles"] = .array(roles.map { .string($0) }) }
        return object
    }

    fileprivate init(_ field: JSONField) throws(JSONDecodingError) {
        let object = try field.object()
        self.init(
            id: try object.field("id").string(), name: try object.field("name").ifPresent?.string(),
            isBot: try object.field("bot").ifPresent?.bool() ?? false)
        for role in try object.field("roles").ifPresent?.array() ?? [] { roles.append(try role.string()) }
    }
}

extension InboundMessage.Place {
    fileprivate var json: JSON {
        var object: JSON = ["kind": .string(kind.rawValue), "chat": .string(chat)]
        object["thread"] = thread.map { .string($0) }
        object["parent"] = parent.map { .string($0) }
        object["space"] = space.map { .string($0) }
        object["title"] = title.map { .string($0) }
        return object
    }

    fileprivate init(_ field: JSONField) throws(JSONDecodingError) {
        let object = try field.object()
        self.init(
            try object.field("kind").oneOf(ChatKind.self), try object.field("chat").string(),
            thread: try object.field("thread").ifPresent?.string(),
            parent: try object.field("parent").ifPresent?.string(),
            space: try object.field("space").ifPresent?.string(),
            title: try object.field("title").ifPresent?.string())
    }
}

extension InboundMessage.Quote {
    fileprivate var json: JSON {
        var object: JSON = ["id": .string(id)]
        object["sender"] = sender.map { .string($0) }
        object["text"] = text.map { .string($0) }
        return object
    }

    fileprivate init(_ field: JSONField) throws(JSONDecodingError) {
        let object = try field.object()
        self.init(
            id: try object.field("id").string(), sender: try object.field("sender").ifPresent?.string(),
            text: try object.field("text").ifPresent?.string())
    }
}

extension InboundMessage.Media {
    fileprivate var json: JSON {
        var object: JSON = ["kind": .string(kind), "reference": .string(reference)]
        object["name"] = name.map { .string($0) }
        object["type"] = type.map { .string($0) }
        object["size"] = size.map { JSON($0) }
        return object
    }

    fileprivate init(_ field: JSONField) throws(JSONDecodingError) {
        let object = try field.object()
        self.init(
            kind: try object.field("kind").string(), name: try object.field("name").ifPresent?.string(),
            type: try object.field("type").ifPresent?.string(), size: try object.field("size").ifPresent?.integer(),
            reference: try object.field("reference").string())
    }
}
