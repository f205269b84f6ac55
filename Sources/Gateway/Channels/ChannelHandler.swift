import Agents
import Channels
import Models
import Platform

/// Answers what comes in over the channels: judges who wrote, finds the agent, has it answer, and makes messages of what
/// it says.
@LoopActor
final class ChannelHandler: InboxHandling {
    /// Messages of a group that nobody asked the bot about, kept as context.
    static let historyLimit = 20
    /// Groups of which that is kept.
    static let groupLimit = 200
    /// Of a name and of a remembered text, in bytes.
    private static let nameBytes = 80
    private static let rememberedBytes = 600

    private unowned let channels: ChannelServices
    private let agents: AgentServices
    private let clock: any Clock
    private let log: Log
    private var routing: Routing
    private var groups: [ChatAddress: [String]] = [:]

    init(_ channels: ChannelServices, agents: AgentServices, clock: any Clock, log: Log) {
        self.channels = channels
        self.agents = agents
        self.clock = clock
        self.log = log
        routing = Routing(.null, agents: [], defaultAgent: agents.roster.defaultID)
    }

    /// Takes over which agent answers where.
    func take(_ config: JSON) {
        routing = Routing(config, agents: agents.roster.agents.map(\.id), defaultAgent: agents.roster.defaultID)
    }

    func handle(_ item: InboxItem) async -> InboxVerdict {
        guard let account = channels.accounts[item.account] else {
            return .never("\(item.account) is not configured any more")
        }
        let message = item.message
        // Edits and reactions are no questions.
        guard case .said = message.event else { return .finished([]) }
        let isOwner = channels.owners.includes(message.sender, of: item.account.channel)
        switch AccessPolicy(account.settings.rules).decide(message, facts(message, account, isOwner)) {
        case .answer: return await answer(item, account, isOwner)
        case .offerPairing: return await offer(item, account)
        case .remember:
            remember(message, item.account)
            return .finished([])
        case .ignore(let reason):
            log.debug("a message is ignored", ["account": .text("\(item.account)"), "reason": .text(reason.rawValue)])
            return .finished([])
        }
    }

    private func facts(
        _ message: InboundMessage, _ account: ChannelServices.Account, _ isOwner: Bool
    ) -> AccessPolicy.Facts {
        AccessPolicy.Facts(
            ownID: account.runner?.status.identity?.id ?? "",
            isApproved: channels.pairing?.isApproved(message.sender.id, of: account.settings.account) ?? false,
            isOwner: isOwner, isCommand: agents.runs.isCommand(message.text),
            way: account.platform.access.way(message.place))
    }

    // MARK: Strangers

    private func offer(_ item: InboxItem, _ account: ChannelServices.Account) async -> InboxVerdict {
        guard let pairing = channels.pairing else { return .later("the gateway starts") }
        do {
            switch try await pairing.ask(item.message.sender, of: item.account) {
            case .silent: return .finished([])
            case .told(let code):
                let channel = item.account.channel
                let narrowed =
                    item.account.account == AccountSettings.defaultName
                    ? "" : " --account \(item.account.account)"
                let text = """
                    This bot does not know you yet (your id here: \(item.message.sender.id.cut(to: 100))).
                    Pairing code: \(code)
                    Its owner lets you in with:
                    openclaw pairing approve \(channel) \(code)\(narrowed)
                    """
                return .finished(entries(text, for: item, account, isPlain: true))
            }
        } catch {
            return .later("the request cannot be stored: \(error)")
        }
    }

    // MARK: Groups

    private func remember(_ message: InboundMessage, _ account: ChannelAccount) {
        let address = ChatAddress(account, chat: message.place.chat, thread: message.place.thread)
        if groups[address] == nil, groups.count >= Self.groupLimit { groups.removeAll() }
        let line = "\(name(of: message.sender)): \(message.text.cut(to: Self.rememberedBytes).onOneLine)"
        groups[address, default: []].append(line)
        if groups[address, default: []].count > Self.historyLimit { groups[address]?.removeFirst() }
    }

    private func name(of sender: InboundMessage.Sender) -> String {
        (sender.name.flatMap { $0.isEmpty ? nil : $0 } ?? sender.id).cut(to: Self.nameBytes).onOneLine
    }

    /// What the agent reads: in a group who speaks, and what was said before.
    private func text(_ message: InboundMessage, _ account: ChannelAccount) -> String {
        var text = message.text
        for media in message.media {
            let name = media.name.map { " \($0.cut(to: Self.nameBytes).onOneLine)" } ?? ""
            text += (text.isEmpty ? "" : "\n") + "[\(media.kind)\(name)]"
        }
        guard message.place.kind != .direct, !agents.runs.isCommand(text) else { return text }
        if let quoted = message.quote?.text, !quoted.isEmpty {
            text = "(in answer to: \(quoted.cut(to: Self.rememberedBytes).onOneLine))\n\(text)"
        }
        text = "\(name(of: message.sender)): \(text)"
        let address = ChatAddress(account, chat: message.place.chat, thread: message.place.thread)
        guard let earlier = groups.removeValue(forKey: address), !earlier.isEmpty else { return text }
        return "[Said in the chat before, to others]\n\(earlier.joined(separator: "\n"))\n\n[Said to you]\n\(text)"
    }

    // MARK: The answer

    private func answer(_ item: InboxItem, _ account: ChannelServices.Account, _ isOwner: Bool) async -> InboxVerdict {
        let message = item.message
        let words = text(message, item.account)
        guard !words.isEmpty else { return .finished([]) }
        let route = routing.route(RouteOrigin(item.account, message))
        let origin = RunOrigin(
            channel: item.account.channel, accountID: item.account.account, to: message.place.chat,
            threadID: message.place.thread, sender: message.sender.id)
        let request = RunRequest(
            id: "\(item.account.channel):\(item.account.account):\(item.id)", sessionKey: route.key,
            message: [.text(words)], origin: origin, isOwner: isOwner)
        let end = RunEnd(clock)
        do throws(RunRefusal) {
            _ = try agents.runs.start(request, observer: end)
        } catch {
            switch error {
            case .notReady, .queueFull: return .later("\(error)")
            case .unknownAgent, .blocked: return .never("\(error)")
            }
        }
        guard let result = await end.result() else { return .later("the gateway stops") }
        switch result.ending {
        case .answered, .clientTools: return .finished(entries(result.text, for: item, account))
        case .failed(let failure): return .finished(entries("⚠️ \(failure)", for: item, account, isPlain: true))
        case .aborted(let reason):
            if reason == "restart" { return .later("the gateway restarts") }
            return .finished(entries(result.text, for: item, account))
        }
    }

    /// The messages that say `text` in the place that `item` came from. The same item gives the same keys, so that what is
    /// stored already is not stored again.
    private func entries(
        _ text: String, for item: InboxItem, _ account: ChannelServices.Account, isPlain: Bool = false
    ) -> [OutboxEntry] {
        let place = item.message.place
        let address = ChatAddress(item.account, chat: place.chat, thread: place.thread)
        let chunks = account.rendering.chunks(isPlain ? text.escapingMarkdown : text)
        return chunks.enumerated().map { number, chunk in
            let message = OutboundMessage(
                address, text: chunk.text, plainText: chunk.isPlain ? nil : chunk.plain)
            return OutboxEntry(key: "a:\(item.account.channel):\(item.account.account):\(item.id):\(number)", message)
        }
    }
}

extension RouteOrigin {
    init(_ account: ChannelAccount, _ message: InboundMessage) {
        let kind: Kind =
            switch message.place.kind {
            case .direct: .direct
            case .group: .group
            case .channel: .channel
            }
        self.init(
            account.channel, account: account.account, kind, message.place.chat, sender: message.sender.id)
        thread = message.place.thread
        parent = message.place.parent
        space = message.place.space
        roles = message.sender.roles
    }
}

extension String {
    /// What people call themselves, or said before, must not look like the gateway's own lines around it.
    fileprivate var onOneLine: String {
        split { $0.isNewline }.joined(separator: " ")
    }

    /// The same words where Markdown is read: nothing in them is markup.
    fileprivate var escapingMarkdown: String {
        var text = ""
        for character in self {
            if "\\`*_~[]<>#|".contains(character) { text.append("\\") }
            text.append(character)
        }
        return text
    }
}
