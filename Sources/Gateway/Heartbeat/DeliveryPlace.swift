import Agents
import Channels
import Platform

/// A chat that something is written to which nobody asked for in it.
struct DeliveryPlace: Equatable, Sendable {
    var channel: String?
    var account: String?
    var to: String
    var thread: String?

    init(channel: String?, account: String? = nil, to: String, thread: String? = nil) {
        self.channel = channel
        self.account = account
        self.to = to
        self.thread = thread
    }

    /// Where somebody wrote from over a channel; nil for pages and programs.
    init?(_ origin: RunOrigin?) {
        guard let origin, let to = origin.to, !Self.inner.contains(origin.channel) else { return nil }
        self.init(channel: origin.channel, account: origin.accountID, to: to, thread: origin.threadID)
    }

    private static let inner: Set<String> = ["webchat", "cron", "system", "hook", "heartbeat"]
}

/// Finds the chat that a heartbeat's words go to.
@LoopActor
final class HeartbeatRouting {
    /// Why there is none.
    enum Obstacle: String, Error {
        case noRoute = "no-route"
        case directBlocked = "dm-blocked"
        case noAccount = "unknown-account"
        /// Nobody is to be told.
        case none = "target-none"
    }

    private let channels: ChannelServices
    private let sessions: SessionDoor
    /// `commands.ownerAllowFrom`, in its order.
    var owners: [String] = []

    init(_ channels: ChannelServices, sessions: SessionDoor) {
        self.channels = channels
        self.sessions = sessions
    }

    func place(_ settings: HeartbeatSettings, of agent: String) throws(Obstacle) -> DeliveryPlace {
        var place: DeliveryPlace
        switch settings.target {
        case .none: throw .none
        case .owner:
            guard let found = ownersPlace else { throw .noRoute }
            guard settings.allowsDirect else { throw .directBlocked }
            place = found
        case .last:
            let record = sessions.shelf?.record(.main(agent))
            guard let found = DeliveryPlace(record?.origin) else { throw .noRoute }
            guard settings.allowsDirect else { throw .directBlocked }
            place = found
            if let account = settings.accountID { place.account = account }
        case .channel(let channel):
            guard let to = settings.to ?? lastPlace(in: channel, of: agent)?.to else { throw .noRoute }
            place = DeliveryPlace(channel: channel, account: settings.accountID, to: to)
            if let topic = to.range(ofLast: ":topic:") {
                place.to = String(to[..<topic.lowerBound])
                place.thread = String(to[topic.upperBound...])
            }
        }
        guard (try? channels.find(channel: place.channel, account: place.account)) != nil else { throw .noAccount }
        return place
    }

    private func lastPlace(in channel: String, of agent: String) -> DeliveryPlace? {
        guard let place = DeliveryPlace(sessions.shelf?.record(.main(agent))?.origin), place.channel == channel else {
            return nil
        }
        return place
    }

    /// The first owner who can be reached: in the chat that was had with him, else by his id. Where no owner is named, the
    /// first person whom an account lets in.
    private var ownersPlace: DeliveryPlace? {
        let all = channels.all
        for owner in owners {
            guard let colon = owner.firstIndex(of: ":") else { continue }
            let (channel, id) = (owner[..<colon].lowercased(), String(owner[owner.index(after: colon)...]))
            guard !id.isEmpty, id != "*", all.contains(where: { $0.settings.account.channel == channel }) else {
                continue
            }
            return direct(id, channel, nil)
        }
        guard owners.isEmpty else { return nil }
        for account in all {
            let listed = account.settings.config["allowFrom"]?.array ?? []
            guard let id = listed.lazy.compactMap({ $0.string ?? $0.int.map { "\($0)" } }).first(where: { $0 != "*" })
            else { continue }
            return direct(id, account.settings.account.channel, account.settings.account.account)
        }
        return nil
    }

    private func direct(_ id: String, _ channel: String, _ account: String?) -> DeliveryPlace {
        let known = (sessions.shelf?.records ?? []).filter { record in
            record.origin?.channel == channel && record.origin?.sender?.lowercased() == id.lowercased()
                && [.main, .direct].contains(record.key.kind) && (account == nil || record.origin?.accountID == account)
        }
        let latest = known.max { $0.updatedAt < $1.updatedAt }
        return DeliveryPlace(latest?.origin) ?? DeliveryPlace(channel: channel, account: account, to: id)
    }
}

extension String {
    fileprivate func range(ofLast text: String) -> Range<Index>? {
        indices.reversed().first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
    }
}
