import Agents
import Channels
import Platform

/// What is seen in a chat while an agent makes an answer: that it writes, and what it has so far.
@LoopActor
final class ReplyScene: RunObserver {
    /// Of a draft, before anybody is rung for it.
    static let firstLength = 30
    static let firstWait = Duration.seconds(2)
    static let pause = Duration.milliseconds(1200)
    /// What is shown beyond is the answer's business.
    private static let draftBytes = 3000
    /// So long a draft on its way is waited for.
    private static let patience = Duration.seconds(5)
    /// A run that hangs does not seem to write for ever.
    private static let longestTyping = Duration.seconds(600)

    private let outbox: Outbox
    private let address: ChatAddress
    private let manners: ReplyManners
    private let account: ChannelServices.Account
    private let clock: any Clock
    private let end: Awaited<RunResult>
    private let draft: Awaited<String?>
    private let key: String
    /// Who asked, for a platform that shows an answer being written.
    private let origin: InboundMessage?
    private let began: Instant
    private var typing: LoopTimer?
    private var text = ""
    private var tools: [String] = []
    private var shown = ""
    private var nextDraft: Instant
    private var refresh: LoopTimer?
    private var hasBegun = false
    /// Where the platform waits for an answer in a place of its own, nothing is shown before.
    private let isOpen: Bool
    private var isBusy = false
    /// Nil where the answer is said as a whole.
    private let blocks: ReplyBlocks?

    /// `key` names the draft: the same message begun again goes on with it.
    init(
        _ account: ChannelServices.Account, _ outbox: Outbox, _ address: ChatAddress, _ manners: ReplyManners,
        _ clock: any Clock, key: String, showsDrafts: Bool = true, blocks: ReplyBlocks? = nil,
        origin: InboundMessage? = nil
    ) {
        self.origin = origin
        self.blocks = blocks
        isOpen = showsDrafts
        self.account = account
        self.outbox = outbox
        self.address = address
        self.manners = manners
        self.clock = clock
        self.key = key
        end = Awaited(clock)
        draft = Awaited(clock)
        began = clock.now
        nextDraft = clock.now + Self.firstWait
    }

    /// Nil when the task was cancelled, and the run goes on.
    func result() async -> RunResult? {
        let result = await end.wait()
        typing?.cancel()
        refresh?.cancel()
        return result
    }

    /// The message that shows what there was so far, if there is one.
    func draftMessage() async -> String? {
        guard hasBegun else { return nil }
        return await draft.wait(until: clock.now + Self.patience) ?? nil
    }

    func take(_ event: RunEvent) async {
        switch event {
        case .started: if manners.typing == .instant { showTyping() }
        case .thinking: if manners.typing == .instant || manners.typing == .thinking { showTyping() }
        case .text(let piece):
            if manners.typing != .never { showTyping() }
            text += piece
            await blocks?.take(piece)
            show()
        case .toolStarted(_, let name, _):
            if manners.typing != .never { showTyping() }
            tools.append(name)
            await blocks?.pause()
            if manners.drafts == .progress { show() }
        case .finished(let result): end.bring(result)
        case .answering, .toolProgress, .toolEnded, .compactionStarted, .compactionEnded: break
        }
    }

    // MARK: Typing

    private func showTyping() {
        guard typing == nil, let longest = account.platform.facts.typingTime else { return }
        let pause = min(longest, manners.typingPause)
        typing = clock.timer { [weak self] in self?.tellTyping(pause) }
        tellTyping(pause)
    }

    private func tellTyping(_ pause: Duration) {
        guard clock.now - began < Self.longestTyping, end.value == nil else { return }
        startTask { [outbox, address] in await outbox.showTyping(in: address) }
        typing?.arm(at: clock.now + pause)
    }

    // MARK: Drafts

    /// What a draft says now.
    private var words: String {
        guard manners.drafts == .progress else { return MediaLines.split(text).text.cut(to: Self.draftBytes) }
        let steps = tools.suffix(8).map { "· \($0)" }
        return (["…"] + steps).joined(separator: "\n")
    }

    private func show() {
        guard isOpen, manners.drafts != .off, end.value == nil, !isBusy, !isRefused else { return }
        guard clock.now >= nextDraft || (!hasBegun && words.utf8.count >= Self.firstLength) else {
            return later()
        }
        let step = manners.drafts == .block ? 200 : 1
        guard words != shown, words.utf8.count - shown.utf8.count >= step || manners.drafts == .progress else { return }
        isBusy = true
        nextDraft = clock.now + Self.pause
        let next = words
        startTask { [self] in
            if hasBegun { await amend(next) } else { await begin(next) }
            isBusy = false
            if words != shown { later() }
        }
    }

    /// The draft was not taken: there is nothing to go on with.
    private var isRefused: Bool { if case .some(nil) = draft.value { true } else { false } }

    private func later() {
        let timer = refresh ?? clock.timer { [weak self] in self?.show() }
        refresh = timer
        timer.arm(at: max(nextDraft, clock.now + .milliseconds(100)))
    }

    private func begin(_ words: String) async {
        guard outbox.isIdle(address.chat), let message = message(words) else { return }
        hasBegun = true
        let report = try? await outbox.deliver(OutboxEntry(key: key, message))
        shown = words
        draft.bring(report?.state == .delivered ? report?.platformID : nil)
    }

    private func amend(_ words: String) async {
        guard let id = draft.value ?? nil, let message = message(words), await outbox.amend(id, message) else { return }
        shown = words
    }

    /// What is said so far, as it goes into a message that is being written.
    func stream(_ words: String) -> OutboundMessage.Stream? {
        guard let origin, account.platform.facts.abilities.contains(.streams) else { return nil }
        return OutboundMessage.Stream(
            markdown: MediaLines.split(words).text, person: origin.sender.id, team: origin.place.space)
    }

    private func message(_ words: String) -> OutboundMessage? {
        guard let chunk = account.rendering.chunks(words).first else { return nil }
        var message = OutboundMessage(address, text: chunk.text, plainText: chunk.isPlain ? nil : chunk.plain)
        message.isFleeting = true
        if manners.drafts == .partial { message.stream = stream(words) }
        return message
    }
}
