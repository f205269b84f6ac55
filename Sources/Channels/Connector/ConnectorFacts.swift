/// What is known of a platform before anything is configured.
package struct ConnectorFacts: Sendable {
    /// What a platform lets a bot do; the words stand in `channels capabilities`.
    package struct Abilities: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let groups = Abilities(rawValue: 1)
        package static let threads = Abilities(rawValue: 2)
        package static let edits = Abilities(rawValue: 4)
        package static let reactions = Abilities(rawValue: 8)
        package static let typing = Abilities(rawValue: 16)
        package static let media = Abilities(rawValue: 32)
        package static let polls = Abilities(rawValue: 64)
        /// The same message sent twice under one key is there once.
        package static let idempotentSends = Abilities(rawValue: 128)
        /// What was said while nobody listened can be had later.
        package static let replay = Abilities(rawValue: 256)
        package static let buttons = Abilities(rawValue: 512)
        /// It shows a message being written.
        package static let streams = Abilities(rawValue: 1024)

        package static let names: [(Abilities, String)] = [
            (.groups, "groups"), (.threads, "threads"), (.edits, "edits"), (.reactions, "reactions"),
            (.typing, "typing"), (.media, "media"), (.polls, "polls"), (.idempotentSends, "idempotent-sends"),
            (.replay, "replay"), (.buttons, "buttons"), (.streams, "streams"),
        ]
    }

    /// As in `channels.<id>`.
    package let id: String
    /// For people.
    package let label: String
    package let abilities: Abilities
    /// Without a completed cycle for so long, the connection counts as dead.
    package let patience: Duration
    package let pace: PaceLimits
    /// For how long a message sent twice under one key is there once; for good where it is not said.
    package let keyMemory: Duration?
    /// How soon the sign that something is written has to be shown again; nil where there is none.
    package let typingTime: Duration?
    /// People's programs cut longer texts than that into several messages.
    package let pasteLength: Int?
    /// Nil where there are no files.
    package let files: FileLimits?
    /// Nil where nothing can be pressed.
    package let buttons: ButtonLimits?

    package init(
        id: String, label: String, abilities: Abilities, patience: Duration, pace: PaceLimits = PaceLimits(),
        keyMemory: Duration? = nil, typingTime: Duration? = nil, pasteLength: Int? = nil, files: FileLimits? = nil,
        buttons: ButtonLimits? = nil
    ) {
        self.id = id
        self.label = label
        self.patience = patience
        self.pace = pace
        self.keyMemory = keyMemory
        self.typingTime = typingTime
        self.pasteLength = pasteLength
        self.files = files
        self.buttons = buttons
        self.abilities = abilities.union(files == nil ? [] : .media).union(buttons == nil ? [] : .buttons)
    }

    /// Whether the platform still knows a message again that we had `age` ago.
    func knowsAgain(_ message: OutboundMessage, _ age: Duration) -> Bool {
        guard message.media == nil || files?.areKnownAgain ?? false else { return false }
        return abilities.contains(.idempotentSends) && keyMemory.map { age < $0 } ?? true
    }
}

/// How fast a platform lets us talk.
package struct PaceLimits: Equatable, Sendable {
    package var perChat: Pace?
    package var perAccount: Pace?
    /// Whether each line counts, where a message is as many as it has lines.
    package var countsLines = false

    package init(perChat: Pace? = nil, perAccount: Pace? = nil, countsLines: Bool = false) {
        self.perChat = perChat
        self.perAccount = perAccount
        self.countsLines = countsLines
    }

    func cost(of message: OutboundMessage) -> Int {
        countsLines ? max(1, message.text.utf8.count { $0 == 10 } + 1) : 1
    }
}

/// So many at once, and one more after each interval.
package struct Pace: Equatable, Sendable {
    package let burst: Int
    package let interval: Duration

    package init(burst: Int, every interval: Duration) {
        self.burst = burst
        self.interval = interval
    }
}
