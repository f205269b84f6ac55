import Agents
import Channels
import Models
import Platform
import Store

/// Answers what comes in over the channels: judges who wrote, finds the agent, has it answer, and makes messages of what
/// it says.
@LoopActor
final class ChannelHandler: InboxHandling {
    /// Messages of a group that nobody asked the bot about, kept as context.
    nonisolated static let historyLimit = 20
    /// Groups of which that is kept.
    static let groupLimit = 200
    /// Of a name and of a remembered text, in bytes.
    private static let nameBytes = 80
    private static let rememberedBytes = 600

    private unowned let channels: ChannelServices
    let agents: AgentServices
    let media: ChannelMedia
    private let clock: any Clock
    private let log: Log
    private let joiner: MessageJoiner
    private var routing: Routing
    private var config = JSON.null
    private var groups: [ChatAddress: [String]] = [:]
    /// What happened in a chat since the agent was asked last, beside what was said.
    private var happenings: [ChatAddress: [String]] = [:]

    init(
        _ channels: ChannelServices, agents: AgentServices, _ media: ChannelMedia, clock: any Clock, log: Log
    ) {
        self.channels = channels
        self.agents = agents
        self.media = media
        self.clock = clock
        self.log = log
        joiner = MessageJoiner(clock)
        routing = Routing(.null, agents: [], defaultAgent: agents.roster.defaultID)
    }

    /// Takes over which agent answers where, and how.
    func take(_ config: JSON) {
        self.config = config
        routing = Routing(config, agents: agents.roster.agents.map(\.id), defaultAgent: agents.roster.defaultID)
    }

    func handle(_ item: InboxItem) async -> InboxVerdict {
        guard let account = channels.accounts[item.account] else {
            return .never("\(item.account) is not configured any more")
        }
        switch await joiner.join(item, pasteLength: account.platform.facts.pasteLength) {
        case .part(let verdict): return verdict
        case .whole(let whole, let others):
            var verdict = await handle(whole, account, wasJoined: !others.isEmpty)
            if case .finished(let replies, _) = verdict { verdict = .finished(replies, with: others) }
            joiner.end(whole, verdict)
            return verdict
        }
    }

    private func handle(
        _ item: InboxItem, _ account: ChannelServices.Account, wasJoined: Bool
    ) async -> InboxVerdict {
        let message = item.message
        let isOwner = channels.owners.includes(message.sender, of: item.account.channel)
        let decision = AccessPolicy(account.settings.rules).decide(message, facts(message, account, isOwner))
        // Edits and reactions are no questions: who may ask, or is heard by the way, lets the agent know.
        guard case .said = message.event else {
            if decision == .answer || decision == .remember { await note(message, account) }
            return .finished([])
        }
        switch decision {
        case .answer: return await answer(item, account, isOwner, wasJoined)
        case .offerPairing: return await offer(item, account)
        case .remember:
            remember(message, account)
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
                let manners = ReplyManners(account, config)
                let reply = ChannelReply(item: item, account: account, manners: manners, wasJoined: false)
                return .finished(reply.entries(text, isPlain: true))
            }
        } catch {
            return .later("the request cannot be stored: \(error)")
        }
    }

    // MARK: Groups

    private func remember(_ message: InboundMessage, _ account: ChannelServices.Account) {
        let address = address(of: message, account)
        if groups[address] == nil, groups.count >= Self.groupLimit { groups.removeAll() }
        let line = "\(name(of: message.sender)): \(message.text.cut(to: Self.rememberedBytes).onOneLine)"
        groups[address, default: []].append(line)
        let most = ReplyManners(account, config).historyLimit
        groups[address] = groups[address]?.suffix(most)
    }

    private func address(of message: InboundMessage, _ account: ChannelServices.Account) -> ChatAddress {
        ChatAddress(account.settings.account, chat: message.place.chat, thread: message.place.thread)
    }

    /// An edit or a reaction, for the agent to know when it is asked the next time.
    private func note(_ message: InboundMessage, _ account: ChannelServices.Account) async {
        let who = name(of: message.sender)
        let line: String
        switch message.event {
        case .said: return
        case .edited:
            line = "\(who) changed a message, which now says: \(message.text.cut(to: Self.rememberedBytes).onOneLine)"
        case .reaction(let emoji, let added, let id):
            let wanted = ReplyManners(account, config).reactions
            guard wanted != "off" else { return }
            let isOurs = await account.runner?.outbox.isOurs(id) ?? false
            guard isOurs || wanted == "all" else { return }
            let sign = emoji.cut(to: Self.nameBytes).onOneLine
            line =
                "\(who) \(added ? "put" : "took back") \(sign) \(added ? "on" : "from") \(isOurs ? "your message" : "a message")"
        }
        let address = address(of: message, account)
        if happenings[address] == nil, happenings.count >= Self.groupLimit { happenings.removeAll() }
        happenings[address] = (happenings[address, default: []] + [line]).suffix(Self.historyLimit)
    }

    private func name(of sender: InboundMessage.Sender) -> String {
        (sender.name.flatMap { $0.isEmpty ? nil : $0 } ?? sender.id).cut(to: Self.nameBytes).onOneLine
    }

    /// What the agent reads: in a group who speaks, what was said before, and what happened meanwhile.
    private func text(_ message: InboundMessage, _ account: ChannelServices.Account, _ files: ChannelMedia.Found)
        -> String
    {
        let text = spoken(message, account, files)
        guard !text.isEmpty, !agents.runs.isCommand(text),
            let events = happenings.removeValue(forKey: address(of: message, account))
        else { return text }
        return "[Meanwhile]\n\(events.joined(separator: "\n"))\n\n\(text)"
    }

    private func spoken(_ message: InboundMessage, _ account: ChannelServices.Account, _ files: ChannelMedia.Found)
        -> String
    {
        var text = message.text
        for line in files.lines { text += (text.isEmpty ? "" : "\n") + line }
        guard message.place.kind != .direct, !agents.runs.isCommand(text) else { return text }
        if let quoted = message.quote?.text, !quoted.isEmpty {
            text = "(in answer to: \(quoted.cut(to: Self.rememberedBytes).onOneLine))\n\(text)"
        }
        text = "\(name(of: message.sender)): \(text)"
        guard let earlier = groups.removeValue(forKey: address(of: message, account)), !earlier.isEmpty else {
            return text
        }
        return "[Said in the chat before, to others]\n\(earlier.joined(separator: "\n"))\n\n[Said to you]\n\(text)"
    }

    // MARK: The answer

    private func answer(
        _ item: InboxItem, _ account: ChannelServices.Account, _ isOwner: Bool, _ wasJoined: Bool
    ) async -> InboxVerdict {
        let message = item.message
        let route = routing.route(RouteOrigin(item.account, message))
        let workspace = agents.roster.workspace(of: route.key.agentID)
        let files = await media.files(of: item, account, workspace: workspace)
        let words = text(message, account, files)
        guard !words.isEmpty else { return .finished([]) }
        let origin = RunOrigin(
            channel: item.account.channel, accountID: item.account.account, to: message.place.chat,
            threadID: message.place.thread, sender: message.sender.id)
        let request = RunRequest(
            id: "\(item.account.channel):\(item.account.account):\(item.id)", sessionKey: route.key,
            message: [.text(words)] + files.images, origin: origin, isOwner: isOwner)
        guard let outbox = account.runner?.outbox else { return .later("the account is not connected") }
        let manners = ReplyManners(account, config)
        let reply = ChannelReply(item: item, account: account, manners: manners, wasJoined: wasJoined)
        let blocks =
            message.ticket == nil ? manners.blocks.map { ReplyBlocks(reply, outbox, $0, log) } : nil
        let scene = ReplyScene(
            account, outbox, reply.address, manners, clock, key: reply.key("d"),
            showsDrafts: message.ticket == nil, blocks: blocks, origin: message)
        do throws(RunRefusal) {
            _ = try agents.runs.start(request, observer: scene)
        } catch {
            switch error {
            case .notReady, .queueFull: return .later("\(error)")
            case .unknownAgent, .blocked: return .never("\(error)")
            }
        }
        let emoji = agents.roster.agent(route.key.agentID)?.identity?["emoji"]?.string
        let sign = manners.acknowledgement(of: message, agentEmoji: emoji)
        if let sign { await acknowledge(sign, reply, outbox) }
        guard let result = await scene.result() else { return .later("the gateway stops") }
        if case .aborted("restart") = result.ending { return .later("the gateway restarts") }
        let draft = await scene.draftMessage()
        let rest = await blocks?.finish()
        let said = blocks?.count ?? 0
        var entries: [OutboxEntry]
        if case .failed(let failure) = result.ending {
            entries = reply.entries("⚠️ \(failure)", isPlain: true, draft: draft)
        } else {
            let messages = await messages(
                result.text, rest: rest, reply, workspace: workspace, isDrafted: draft != nil)
            entries = reply.entries(messages, draft: draft, stream: scene.stream(result.text), after: said)
        }
        if let sign, manners.takesAcknowledgementBack { entries.append(reply.reaction(sign, isRemoved: true)) }
        return .finished(entries)
    }

    private func acknowledge(_ sign: String, _ reply: ChannelReply, _ outbox: Outbox) async {
        do throws(StoreError) {
            try await outbox.put([reply.reaction(sign, isRemoved: false)])
        } catch {
            log.debug("a message is not acknowledged", ["reason": .text("\(error)")])
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
}
