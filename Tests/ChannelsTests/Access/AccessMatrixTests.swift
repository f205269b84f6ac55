import Channels
import Platform
import Testing

/// Policy x sender x place x mention x owner. What is expected was typed by hand from the rules of the platforms'
/// configuration: a letter for each cell.
struct AccessMatrixTests {
    private static let letters: [Character: AccessPolicy.Decision] = [
        "A": .answer, "P": .offerPairing, "R": .remember, "d": .ignore(.directDisabled), "g": .ignore(.groupsDisabled),
        "s": .ignore(.senderNotListed), "p": .ignore(.placeNotListed), "o": .ignore(.placeOff), "b": .ignore(.bot),
        "w": .ignore(.own), "m": .ignore(.othersMentioned),
    ]

    // MARK: Direct messages

    /// Columns: a stranger, one let in by a code, one on the list, one on no list where the list has `*`, a listed bot,
    /// the bot itself.
    static let directCells: [(String, String)] = [
        ("pairing", "P A A A b w"),
        ("allowlist", "s s A A b w"),
        ("open", "s s A A b w"),
        ("disabled", "d d d d b w"),
    ]

    @Test(arguments: directCells, [false, true]) func directMessages(_ row: (String, String), isOwner: Bool) throws {
        let expected = row.1.split(separator: " ").map { Self.letters[$0.first!]! }
        try #require(expected.count == 6)
        for (column, expected) in expected.enumerated() {
            var rules = AccessRules(.init())
            rules.direct = try #require(AccessRules.Direct(rawValue: row.0))
            rules.allowFrom = SenderList(column == 3 ? ["*"] : ["listed", "robot"])
            let sender = ["stranger", "approved", "listed", "stranger", "robot", "self"][column]
            var message = Self.message(.init(.direct, "chat"), sender)
            message.sender.isBot = column == 4
            let facts = AccessPolicy.Facts(ownID: "self", isApproved: column == 1, isOwner: isOwner)
            #expect(AccessPolicy(rules).decide(message, facts) == expected, "\(row.0), column \(column)")
        }
    }

    // MARK: Groups

    /// How the platforms differ: who counts in a listed place, and what a map means when the policy is open.
    static let styles: [String: AccessRules.Style] = [
        "telegram": .init(groupsUseDirectList: true, placesBindWhenOpen: true),
        "discord": .init(placesAdmitEveryone: true),
        "irc": .init(),
    ]

    /// A row: style, policy, what is said of the place, who writes. Columns: named, reply to the bot, nothing, others
    /// named; for a sender who is not the owner, an owner, and a command of the owner's.
    static let cells = """
        telegram allowlist no-map   listed   pppp pppp pppp
        telegram allowlist no-map   stranger pppp pppp pppp
        telegram allowlist listed   listed   AARR AARR AAAA
        telegram allowlist listed   stranger ssss ssss ssss
        telegram allowlist unlisted listed   pppp pppp pppp
        telegram allowlist unlisted stranger pppp pppp pppp
        telegram allowlist off      listed   oooo oooo oooo
        telegram allowlist off      stranger oooo oooo oooo
        telegram allowlist quiet    listed   AAAm AAAm AAAm
        telegram allowlist quiet    stranger ssss ssss ssss
        telegram allowlist opened   stranger AARR AARR AAAA
        telegram allowlist own-list stranger ssss ssss ssss
        telegram allowlist own-list guest    AARR AARR AAAA
        telegram open      no-map   listed   AARR AARR AAAA
        telegram open      no-map   stranger AARR AARR AAAA
        telegram open      listed   listed   AARR AARR AAAA
        telegram open      listed   stranger AARR AARR AAAA
        telegram open      unlisted listed   pppp pppp pppp
        telegram open      unlisted stranger pppp pppp pppp
        telegram open      off      listed   oooo oooo oooo
        telegram open      off      stranger oooo oooo oooo
        telegram open      quiet    stranger AAAm AAAm AAAm
        telegram open      own-list stranger ssss ssss ssss
        telegram open      own-list guest    AARR AARR AAAA
        telegram disabled  no-map   listed   gggg gggg gggg
        telegram disabled  no-map   stranger gggg gggg gggg
        telegram disabled  listed   listed   gggg gggg gggg
        telegram disabled  unlisted stranger gggg gggg gggg
        telegram disabled  off      listed   gggg gggg gggg
        telegram disabled  opened   stranger AARR AARR AAAA
        discord  allowlist no-map   listed   pppp pppp pppp
        discord  allowlist no-map   stranger pppp pppp pppp
        discord  allowlist listed   listed   AARR AARR AAAA
        discord  allowlist listed   stranger AARR AARR AAAA
        discord  allowlist unlisted listed   pppp pppp pppp
        discord  allowlist unlisted stranger pppp pppp pppp
        discord  allowlist off      stranger oooo oooo oooo
        discord  allowlist quiet    stranger AAAm AAAm AAAm
        discord  allowlist own-list stranger ssss ssss ssss
        discord  allowlist own-list guest    AARR AARR AAAA
        discord  open      no-map   stranger AARR AARR AAAA
        discord  open      listed   stranger AARR AARR AAAA
        discord  open      unlisted stranger AARR AARR AAAA
        discord  open      off      stranger oooo oooo oooo
        discord  open      own-list stranger ssss ssss ssss
        discord  disabled  listed   listed   gggg gggg gggg
        discord  disabled  no-map   stranger gggg gggg gggg
        irc      allowlist no-map   listed   pppp pppp pppp
        irc      allowlist listed   listed   ssss ssss ssss
        irc      allowlist listed   stranger ssss ssss ssss
        irc      allowlist unlisted listed   pppp pppp pppp
        irc      allowlist off      listed   oooo oooo oooo
        irc      allowlist own-list guest    AARR AARR AAAA
        irc      allowlist own-list listed   ssss ssss ssss
        irc      allowlist opened   stranger AARR AARR AAAA
        irc      open      no-map   stranger AARR AARR AAAA
        irc      open      unlisted stranger AARR AARR AAAA
        irc      open      own-list stranger ssss ssss ssss
        irc      disabled  listed   listed   gggg gggg gggg
        irc      disabled  unlisted listed   gggg gggg gggg
        """.split(separator: "\n").map(String.init)

    private static func place(_ word: Substring) -> PlaceRules.Map {
        var rules = PlaceRules()
        switch word {
        case "no-map": return .init()
        case "unlisted": return .init(["another": rules])
        case "off": rules.isEnabled = false
        case "quiet":
            rules.requireMention = false
            rules.ignoresOtherMentions = true
        case "opened": rules.policy = .open
        case "own-list": rules.senders = SenderList(["guest"])
        default: break
        }
        return .init(["here": rules])
    }

    @Test(arguments: cells) func groups(_ row: String) throws {
        let words = row.split(separator: " ")
        try #require(words.count == 7)
        var rules = AccessRules(try #require(Self.styles[String(words[0])]))
        rules.group = try #require(AccessRules.Group(rawValue: String(words[1])))
        rules.allowFrom = SenderList(["listed"])
        rules.places = Self.place(words[2])
        let marks: [InboundMessage.Attention] = [.mention, .replyToBot, [], .others]
        for (index, cells) in words[4...].enumerated() {
            try #require(cells.count == 4)
            for (mark, letter) in zip(marks, cells) {
                var message = Self.message(.init(.group, "here"), String(words[3]))
                message.attention = mark
                let facts = AccessPolicy.Facts(
                    ownID: "self", isOwner: index > 0, isCommand: index == 2, way: [["here"]])
                let expected = try #require(Self.letters[letter])
                #expect(AccessPolicy(rules).decide(message, facts) == expected, "\(row): \(mark), \(index)")
            }
        }
    }

    // MARK: Bots in groups

    @Test(arguments: [
        (AccessRules.Bots.never, "bb"), (.whenMentioned, "Ab"), (.always, "AR"),
    ]) func botsInGroups(_ bots: AccessRules.Bots, _ cells: String) throws {
        var rules = AccessRules(.init(placesAdmitEveryone: true))
        rules.places = .init(["here": PlaceRules()])
        rules.bots = bots
        for (mark, letter) in zip([InboundMessage.Attention.mention, []], cells) {
            var message = Self.message(.init(.group, "here"), "robot")
            message.sender.isBot = true
            message.attention = mark
            let facts = AccessPolicy.Facts(ownID: "self", way: [["here"]])
            #expect(AccessPolicy(rules).decide(message, facts) == Self.letters[letter])
        }
    }

    private static func message(_ place: InboundMessage.Place, _ sender: String) -> InboundMessage {
        InboundMessage(id: "1", place: place, sender: .init(id: sender), text: "hello", sentAt: .init(milliseconds: 0))
    }
}
