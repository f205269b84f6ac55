import Agents
import Channels
import Platform

/// Brings the answers of jobs to where they are wanted: through the outbox of a channel.
@LoopActor
final class CronPost {
    private let channels: ChannelServices
    private let sender: ChannelSender
    private let sessions: SessionDoor
    private let roster: AgentRoster

    init(_ channels: ChannelServices, sender: ChannelSender, sessions: SessionDoor, roster: AgentRoster) {
        self.channels = channels
        self.sender = sender
        self.sessions = sessions
        self.roster = roster
    }

    /// A chat to write to.
    private struct Place {
        var channel: String?
        var account: String?
        var to: String
        var thread: String?
    }

    /// Sends `text` and notes in the outcome what became of it.
    func deliver(_ text: String, _ run: CronRun, _ outcome: CronOutcome, from origin: RunOrigin) async -> CronOutcome {
        var outcome = outcome
        let wish = run.job.delivery
        outcome.details["delivered"] = false
        if wish.mode == .webhook {
            return failed("delivery.mode \"webhook\" is not served here; use announce", wish, &outcome)
        }
        guard let place = place(run.job, wish, origin) else {
            outcome.details["deliveryStatus"] = "not-requested"
            return outcome
        }
        do throws(MessageRefusal) {
            let account = try channels.find(channel: place.channel, account: place.account)
            let sent = try await sender.say(
                text, in: place.to, thread: place.thread, replyTo: nil, over: account, key: "cron:\(run.id)")
            outcome.details["delivered"] = .bool(sent.messageID != nil)
            outcome.details["deliveryStatus"] = sent.messageID == nil ? "queued" : "delivered"
            outcome.details["deliveredTo"] = .string("\(account.settings.account) \(place.to)")
        } catch {
            return failed("\(error)", wish, &outcome)
        }
        return outcome
    }

    private func failed(_ reason: String, _ wish: CronDelivery, _ outcome: inout CronOutcome) -> CronOutcome {
        outcome.details["deliveryStatus"] = "not-delivered"
        outcome.details["deliveryError"] = .string(reason.cut(to: 1000))
        guard !wish.isBestEffort else { return outcome }
        outcome.kind = .error
        outcome.error = "the answer was not delivered: \(reason)"
        return outcome
    }

    /// Nil where nobody wants the answer, or nobody wrote over a channel yet.
    private func place(_ job: CronJob, _ wish: CronDelivery, _ origin: RunOrigin) -> Place? {
        if case .systemEvent? = job.payload { return Self.place(origin) }
        guard wish.mode == .announce else { return nil }
        guard let to = wish.to else {
            // Where the owner of the main session was last.
            let agentID = job.agentID ?? roster.defaultID
            guard let place = Self.place(origin) ?? sessions.shelf?.record(.main(agentID))?.origin.flatMap(Self.place),
                wish.channel == nil || wish.channel == place.channel
            else { return nil }
            return place
        }
        var place = Place(channel: wish.channel, account: wish.accountID, to: to, thread: wish.threadID)
        // `telegram:42` names the channel.
        if let colon = to.firstIndex(of: ":"), channels.platforms.contains(where: { $0.id == to[..<colon] }),
            place.channel == nil || place.channel == String(to[..<colon])
        {
            place.channel = String(to[..<colon])
            place.to = String(to[to.index(after: colon)...])
        }
        return place
    }

    private static func place(_ origin: RunOrigin) -> Place? {
        guard let to = origin.to, origin.channel != "cron", origin.channel != "webchat" else { return nil }
        return Place(channel: origin.channel, account: origin.accountID, to: to, thread: origin.threadID)
    }
}
