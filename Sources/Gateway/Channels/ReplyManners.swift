import Agents
import Channels
import Platform

/// How an account behaves in a chat while it answers: what it shows, and how its answer hangs together with the question.
@LoopActor
struct ReplyManners {
    /// Which messages are acknowledged with a sign.
    enum Acknowledging: String {
        case all, direct, groupAll = "group-all", groupMentions = "group-mentions", off, none
    }

    /// Which messages of an answer point at the question.
    enum Pointing: String { case off, first, all, batched }

    /// When the sign that something is written appears.
    enum Typing: String { case never, instant, thinking, message }

    /// What is shown of an answer before it is whole.
    enum Drafts: String { case off, partial, block, progress }

    private let account: JSON
    private let messages: JSON?
    private let defaults: JSON?
    private let abilities: ConnectorFacts.Abilities

    /// `config` is the whole configuration.
    init(_ account: ChannelServices.Account, _ config: JSON) {
        self.account = account.settings.config
        messages = config["messages"]
        defaults = config["agents"]?["defaults"]
        abilities = account.platform.facts.abilities
    }

    /// The sign that a message is acknowledged with; nil when it is not.
    func acknowledgement(of message: InboundMessage, agentEmoji: String?) -> String? {
        guard abilities.contains(.reactions) else { return nil }
        let word = account["ackReactionScope"]?.string ?? messages?["ackReactionScope"]?.string
        let isDirect = message.place.kind == .direct
        let fits =
            switch word.flatMap(Acknowledging.init) ?? .groupMentions {
            case .all: true
            case .direct: isDirect
            case .groupAll: !isDirect
            case .groupMentions: !isDirect && message.attention.contains(.mention)
            case .off, .none: false
            }
        guard fits else { return nil }
        let sign = account["ackReaction"]?.string ?? messages?["ackReaction"]?.string ?? agentEmoji ?? "👀"
        return sign.isEmpty ? nil : sign
    }

    var takesAcknowledgementBack: Bool { messages?["removeAckAfterReply"]?.bool ?? false }

    /// Whether the message of an answer with this number points at the question.
    func points(_ number: Int, kind: ChatKind, wasJoined: Bool) -> Bool {
        let byKind = account["replyToModeByChatType"]?[kind.rawValue]?.string
        return switch (byKind ?? account["replyToMode"]?.string).flatMap(Pointing.init) ?? .off {
        case .off: false
        case .first: number == 0
        case .all: true
        case .batched: number == 0 && wasJoined
        }
    }

    var typing: Typing { defaults?["typingMode"]?.string.flatMap(Typing.init) ?? .instant }

    var typingPause: Duration { .seconds(min(max(defaults?["typingIntervalSeconds"]?.int ?? 6, 1), 60)) }

    /// A preview is none where the answer itself comes in blocks.
    var drafts: Drafts {
        guard abilities.contains(.edits), blocks == nil else { return .off }
        return mode ?? .off
    }

    private var mode: Drafts? { account["streaming"]?["mode"]?.string.flatMap(Drafts.init) }

    /// How an answer is said block by block; nil where it is said as a whole. What is said of blocks for all agents gives
    /// way to a preview that the account asks for.
    var blocks: BlockCutter.Sizes? {
        let own = account["streaming"]?["block"]
        let isUsual = defaults?["blockStreamingDefault"]?.string == "on" && (mode ?? .off) == .off
        guard own?["enabled"]?.bool ?? isUsual else { return nil }
        var sizes = BlockCutter.Sizes()
        let chunk = defaults?["blockStreamingChunk"]
        let coalesce = own?["coalesce"] ?? defaults?["blockStreamingCoalesce"]
        sizes.least = coalesce?["minChars"]?.int ?? chunk?["minChars"]?.int ?? sizes.least
        sizes.most = max(sizes.least, coalesce?["maxChars"]?.int ?? chunk?["maxChars"]?.int ?? sizes.most)
        sizes.preference = chunk?["breakPreference"]?.string.flatMap(BlockCutter.Preference.init) ?? .paragraph
        sizes.waitsForEnd = defaults?["blockStreamingBreak"]?.string == "message_end"
        return sizes
    }

    /// Words of a group that are kept as context.
    var historyLimit: Int { min(max(account["historyLimit"]?.int ?? ChannelHandler.historyLimit, 0), 200) }

    /// Whose reactions are told to the agent: nobody's, those to its own messages, all.
    var reactions: String { account["reactionNotifications"]?.string ?? "own" }
}
