package import Platform

/// Something to be said in a chat, small enough for one message of the platform. It is what the outbox keeps.
package struct OutboundMessage: Equatable, Sendable {
    /// A file that goes along.
    package struct Media: Equatable, Sendable {
        package var name: String
        package var type: String
        /// Where its bytes lie until it is sent.
        package var path: String
        /// As it is, where the platform would make pictures smaller.
        package var isDocument: Bool
        /// As something that was spoken.
        package var isVoice: Bool

        package init(name: String, type: String, path: String, isDocument: Bool = false, isVoice: Bool = false) {
            self.name = name
            self.type = type
            self.path = path
            self.isDocument = isDocument
            self.isVoice = isVoice
        }
    }

    /// What there is of an answer so far, for a platform that shows it being written.
    package struct Stream: Equatable, Sendable {
        package var markdown: String
        /// Who asked, and in which workspace.
        package var person: String
        package var team: String?

        package init(markdown: String, person: String, team: String?) {
            self.markdown = markdown
            self.person = person
            self.team = team
        }
    }

    package enum Action: Equatable, Sendable {
        case say
        /// Puts the text in the place of one of our messages.
        case edit(String)
        case react(emoji: String, to: String, isRemoved: Bool)
        case poll(question: String, options: [String], allowsSeveral: Bool)

        /// Whether doing it twice is the same as doing it once.
        var isRepeatable: Bool {
            switch self {
            case .say, .poll: false
            case .edit, .react: true
            }
        }
    }

    package var address: ChatAddress
    package var action = Action.say
    /// In the platform's own markup.
    package var text: String
    /// The same without any: what is sent when the platform cannot read the markup. Nil where `text` has none.
    package var plainText: String?
    package var replyTo: String?
    package var media: Media?
    /// What can be pressed below it. Nil leaves that as it is where something is edited; an empty one takes it away.
    package var choices: Choices?
    /// Given where it is, or becomes, a message that is being written.
    package var stream: Stream?
    /// Whether it comes without a sound.
    package var isSilent = false
    /// A sign of life: tried once, and missed by nobody.
    package var isFleeting = false
    /// What the platform gave with the question, so that it knows what this answers.
    package var ticket: String?
    /// Of an edit: what is not there any more is said anew.
    package var isSaidElse = false

    package init(_ address: ChatAddress, text: String, plainText: String? = nil, replyTo: String? = nil) {
        self.address = address
        self.text = text
        self.plainText = plainText
        self.replyTo = replyTo
    }
}

extension OutboundMessage {
    /// All but the address, which stands in columns beside it.
    package var json: JSON {
        var object = JSONObject()
        switch action {
        case .say: break
        case .edit(let id): object["edit"] = .string(id)
        case .react(let emoji, let id, let isRemoved):
            object["react"] = ["emoji": .string(emoji), "to": .string(id), "removed": .bool(isRemoved)]
        case .poll(let question, let options, let allowsSeveral):
            object["poll"] = [
                "question": .string(question), "options": .array(options.map { .string($0) }),
                "several": .bool(allowsSeveral),
            ]
        }
        object["text"] = .string(text)
        object["plain"] = plainText.map { .string($0) }
        object["replyTo"] = replyTo.map { .string($0) }
        object["media"] = media.map { media in
            var file: JSON = [
                "name": .string(media.name), "type": .string(media.type), "path": .string(media.path),
            ]
            if media.isDocument { file["document"] = true }
            if media.isVoice { file["voice"] = true }
            return file
        }
        object["choices"] = choices?.json
        object["stream"] = stream.map { stream in
            var json: JSON = ["markdown": .string(stream.markdown), "person": .string(stream.person)]
            json["team"] = stream.team.map { .string($0) }
            return json
        }
        if isSilent { object["silent"] = true }
        if isFleeting { object["fleeting"] = true }
        object["ticket"] = ticket.map { .string($0) }
        if isSaidElse { object["else"] = true }
        return .object(object)
    }

    package init(_ field: JSONField, to address: ChatAddress) throws(JSONDecodingError) {
        let object = try field.object()
        self.init(
            address, text: try object.field("text").string(),
            plainText: try object.field("plain").ifPresent?.string(),
            replyTo: try object.field("replyTo").ifPresent?.string())
        isSilent = try object.field("silent").ifPresent?.bool() ?? false
        isFleeting = try object.field("fleeting").ifPresent?.bool() ?? false
        ticket = try object.field("ticket").ifPresent?.string()
        isSaidElse = try object.field("else").ifPresent?.bool() ?? false
        if let media = try object.field("media").ifPresent?.object() {
            self.media = Media(
                name: try media.field("name").string(), type: try media.field("type").string(),
                path: try media.field("path").string(),
                isDocument: try media.field("document").ifPresent?.bool() ?? false,
                isVoice: try media.field("voice").ifPresent?.bool() ?? false)
        }
        choices = try object.field("choices").ifPresent.map { (field) throws(JSONDecodingError) in try Choices(field) }
        if let stream = try object.field("stream").ifPresent?.object() {
            self.stream = Stream(
                markdown: try stream.field("markdown").string(), person: try stream.field("person").string(),
                team: try stream.field("team").ifPresent?.string())
        }
        if let id = try object.field("edit").ifPresent?.string() { action = .edit(id) }
        if let react = try object.field("react").ifPresent?.object() {
            action = .react(
                emoji: try react.field("emoji").string(), to: try react.field("to").string(),
                isRemoved: try react.field("removed").bool())
        }
        if let poll = try object.field("poll").ifPresent?.object() {
            var options: [String] = []
            for option in try poll.field("options").array() { options.append(try option.string()) }
            action = .poll(
                question: try poll.field("question").string(), options: options,
                allowsSeveral: try poll.field("several").bool())
        }
    }
}
