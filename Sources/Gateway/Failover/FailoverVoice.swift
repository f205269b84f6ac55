import Agents
import Channels
import Failover
import Platform
import Wire

/// Tells the owner what became of a failover: in the log, on a channel while this node may use it, and to a webhook.
@LoopActor
final class FailoverVoice {
    /// The same words are not said again so soon.
    static let silence = Duration.seconds(600)

    private let alert: FailoverSettings.Alert
    private let channels: ChannelServices
    private let sender: ChannelSender
    private let webhook: FailoverWebhook?
    /// Where the owner was last, for whoever names no place.
    private let owner: @LoopActor () -> RunOrigin?
    private let clock: any Clock
    /// Has another node say it; false where none did.
    private let elsewhere: @LoopActor (String) async -> Bool
    let log: Log
    private var said: [String: Instant] = [:]

    init(
        _ alert: FailoverSettings.Alert, channels: ChannelServices, sender: ChannelSender, http: any HTTPFetching,
        owner: @escaping @LoopActor () -> RunOrigin?, elsewhere: @escaping @LoopActor (String) async -> Bool,
        clock: any Clock, log: Log
    ) {
        self.alert = alert
        self.channels = channels
        self.sender = sender
        webhook = FailoverWebhook(alert.webhook, http: http, clock: clock, log: log)
        self.owner = owner
        self.elsewhere = elsewhere
        self.clock = clock
        self.log = log
    }

    /// Never waits for anybody.
    func say(_ text: String, from node: String, state: String) {
        guard isNew(text) else { return }
        startTask { await self.post(text) }
        if let webhook { startTask { await webhook.tell(text, from: node, state: state) } }
    }

    /// What another node cannot say itself. Its webhook was told by that node.
    func pass(on text: String) {
        guard isNew(text) else { return }
        startTask { await self.post(text) }
    }

    private func isNew(_ text: String) -> Bool {
        if let before = said[text], clock.now - before < Self.silence { return false }
        said = said.filter { clock.now - $0.value < Self.silence }
        said[text] = clock.now
        log.warn("\(text)")
        return true
    }

    /// Returns when the message is out, or with the deadline. A node whose channels are held back has another one say it.
    func post(_ text: String, key: String = UUIDText.random()) async {
        guard let place, channels.release.includes(place.channel) else {
            startTask { if await !self.elsewhere(text) { self.log.debug("no node tells the owner") } }
            return
        }
        do throws(MessageRefusal) {
            let account = try channels.find(channel: place.channel, account: place.account)
            _ = try await sender.say(
                text, in: place.chat, thread: place.thread, replyTo: nil, over: account,
                key: "failover:\(key)")
        } catch {
            log.warn("the owner was not told on \(place.channel)", ["reason": .text("\(error)")])
        }
    }

    private var place: (channel: String, account: String?, chat: String, thread: String?)? {
        if let channel = alert.channel, let target = alert.target { return (channel, nil, target, nil) }
        guard let origin = owner(), let chat = origin.to,
            channels.platforms.contains(where: { $0.id == origin.channel })
        else { return nil }
        return (origin.channel, origin.accountID, chat, origin.threadID)
    }
}
