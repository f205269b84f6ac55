import Agents
import Channels
import Failover
import Platform
import Wire

/// Tells the owner what became of a failover: in the log, on a channel while this node may use it, and to a webhook.
@LoopActor
final class FailoverVoice {
    private let alert: FailoverSettings.Alert
    private let channels: ChannelServices
    private let sender: ChannelSender
    private let webhook: FailoverWebhook?
    /// Where the owner was last, for whoever names no place.
    private let owner: @LoopActor () -> RunOrigin?
    /// Has another node say it; false where none did.
    private let elsewhere: @LoopActor (String) async -> Bool
    private var alerts: OwnerAlerts!
    let log: Log

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
        self.log = log
        alerts = OwnerAlerts(clock: clock, log: log) { [weak self] in await self?.deliver($0) ?? true }
    }

    /// Never waits for anybody. `turn` tells events apart that have the same words; `isHeard` is what the owner has heard of
    /// on the channel already.
    func say(_ text: String, turn: String = "", isHeard: Bool = false, from node: String, state: String) {
        guard alerts.isNew(text, turn: turn) else { return }
        if !isHeard { alerts.tell(text) }
        if let webhook { startTask { await webhook.tell(text, from: node, state: state) } }
    }

    /// Says what another node cannot say itself, whose webhook was told by that one. False where this one cannot either.
    func pass(on text: String) -> Bool {
        guard canSay else { return false }
        if alerts.isNew(text) { alerts.tell(text) }
        return true
    }

    private var canSay: Bool {
        guard let place, channels.release.includes(place.channel),
            let account = try? channels.find(channel: place.channel, account: place.account)
        else { return false }
        return account.runner != nil && !account.isHeld
    }

    /// To be said when that is possible.
    func keep(_ text: String) { alerts.tell(text) }

    /// A node whose channels are held back has another one say it.
    private func deliver(_ text: String) async -> Bool {
        if canSay, await post(text) { return true }
        return await elsewhere(text)
    }

    /// Returns when the message is out, or with the deadline. False where it cannot be said here.
    @discardableResult
    func post(_ text: String, key: String = UUIDText.random()) async -> Bool {
        guard canSay, let place else { return false }
        do throws(MessageRefusal) {
            let account = try channels.find(channel: place.channel, account: place.account)
            _ = try await sender.say(
                text, in: place.chat, thread: place.thread, replyTo: nil, over: account,
                key: "failover:\(key)")
        } catch {
            log.warn("the owner was not told on \(place.channel)", ["reason": .text("\(error)")])
            return false
        }
        return true
    }

    private var place: (channel: String, account: String?, chat: String, thread: String?)? {
        if let channel = alert.channel, let target = alert.target { return (channel, nil, target, nil) }
        guard let origin = owner(), let chat = origin.to,
            channels.platforms.contains(where: { $0.id == origin.channel })
        else { return nil }
        return (origin.channel, origin.accountID, chat, origin.threadID)
    }
}
