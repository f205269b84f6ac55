package import Platform

/// Something that happened in a chat, in words that no platform owns. It is what the inbox keeps.
package struct InboundMessage: Equatable, Sendable {
    /// Who wrote it.
    package struct Sender: Equatable, Sendable {
        /// What allow-lists name: an id that its owner cannot choose.
        package var id: String
        package var name: String?
        package var isBot = false
        /// The sender's roles in the place, where the platform has such.
        package var roles: [String] = []

        package init(id: String, name: String? = nil, isBot: Bool = false, roles: [String] = []) {
            self.id = id
            self.name = name
            self.isBot = isBot
            self.roles = roles
        }
    }

    /// Where it was written.
    package struct Place: Equatable, Sendable {
        package var kind: ChatKind
        package var chat: String
        package var thread: String?
        /// The chat that a thread with an id of its own branched off.
        package var parent: String?
        /// The guild, team or server that the chat belongs to.
        package var space: String?
        package var title: String?

        package init(
            _ kind: ChatKind, _ chat: String, thread: String? = nil, parent: String? = nil, space: String? = nil,
            title: String? = nil
        ) {
            self.kind = kind
            self.chat = chat
            self.thread = thread
            self.parent = parent
            self.space = space
            self.title = title
        }
    }

    /// In how far it is meant for the bot.
    package struct Attention: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// It names the bot.
        package static let mention = Attention(rawValue: 1)
        /// It answers a message of the bot.
        package static let replyToBot = Attention(rawValue: 2)
        /// It quotes one.
        package static let quotedBot = Attention(rawValue: 4)
        /// It stands in a thread in which the bot has written.
        package static let threadParticipation = Attention(rawValue: 8)
        /// It names others and not the bot.
        package static let others = Attention(rawValue: 16)
    }

    /// What it answers.
    package struct Quote: Equatable, Sendable {
        package var id: String
        package var sender: String?
        package var text: String?

        package init(id: String, sender: String? = nil, text: String? = nil) {
            self.id = id
            self.sender = sender
            self.text = text
        }
    }

    /// A file that came along; its bytes are fetched when it is needed.
    package struct Media: Equatable, Sendable {
        package var kind: String
        package var name: String?
        package var type: String?
        package var size: Int?
        /// How the connector finds it again.
        package var reference: String

        package init(kind: String, name: String? = nil, type: String? = nil, size: Int? = nil, reference: String) {
            self.kind = kind
            self.name = name
            self.type = type
            self.size = size
            self.reference = reference
        }
    }

    /// What happened.
    package enum Event: Equatable, Sendable {
        case said
        /// A message that was there before, with its new text.
        case edited
        case reaction(emoji: String, added: Bool, message: String)
    }

    /// The platform's id, unique in the account: the same one again is the same message.
    package var id: String
    /// What the platform calls the message itself, for replies and reactions; not always unique in the account.
    package var messageID: String
    package var event = Event.said
    package var place: Place
    package var sender: Sender
    package var text: String
    package var attention: Attention = []
    package var quote: Quote?
    package var media: [Media] = []
    /// What holds the parts of an album together.
    package var album: String?
    /// What the first message of an answer has to carry, where the platform waits for one.
    package var ticket: String?
    /// When the platform says it was sent.
    package var sentAt: WallTime

    package init(
        id: String, messageID: String? = nil, place: Place, sender: Sender, text: String, sentAt: WallTime
    ) {
        self.id = id
        self.messageID = messageID ?? id
        self.place = place
        self.sender = sender
        self.text = text
        self.sentAt = sentAt
    }
}
