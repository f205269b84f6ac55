import Channels
import Platform

/// What `channels.status` says of the accounts: receiving and sending apart, each fact with its time.
@LoopActor
struct ChannelStatus {
    /// For a probe, where nothing is said.
    nonisolated static let probeTime = Duration.seconds(10)

    let channels: ChannelServices
    let clock: any Clock

    func json(probing: Bool, within time: Duration, only: String?) async -> JSON {
        let shown = channels.all.filter { only == nil || $0.settings.account.channel == only }
        var probes: [ChannelAccount: JSON] = [:]
        if probing { probes = await probe(shown, within: time) }
        var order: [String] = []
        var labels = JSONObject()
        var accounts: [String: [JSON]] = [:]
        for account in shown {
            let name = account.settings.account
            if accounts[name.channel] == nil { order.append(name.channel) }
            labels[name.channel] = .string(account.platform.facts.label)
            var facts = facts(account)
            facts["probe"] = probes[name]
            accounts[name.channel, default: []].append(facts)
        }
        var summaries = JSONObject()
        var lists = JSONObject()
        var defaults = JSONObject()
        for channel in order {
            let list = accounts[channel] ?? []
            lists[channel] = .array(list)
            defaults[channel] = .string(channels.defaultAccounts[channel] ?? AccountSettings.defaultName)
            summaries[channel] = [
                "configured": true, "running": .bool(list.contains { $0["running"]?.bool == true }),
                "connected": .bool(list.contains { $0["connected"]?.bool == true }),
            ]
        }
        return [
            "ts": .int(clock.wall.milliseconds), "channelOrder": .array(order.map { .string($0) }),
            "channelLabels": .object(labels), "channelDetailLabels": .object(labels), "channelSystemImages": [:],
            "channelMeta": .array(
                order.map { ["id": .string($0), "label": labels[$0] ?? .null, "detailLabel": labels[$0] ?? .null] }),
            "channels": .object(summaries), "channelAccounts": .object(lists),
            "channelDefaultAccountId": .object(defaults),
        ]
    }

    /// One account.
    private func facts(_ account: ChannelServices.Account) -> JSON {
        var json: JSON = [
            "accountId": .string(account.settings.account.account), "enabled": .bool(account.settings.isEnabled),
            "configured": .bool(account.problem == nil), "dmPolicy": .string(account.settings.rules.direct.rawValue),
            "groupPolicy": .string(account.settings.rules.group.rawValue),
        ]
        json["name"] = account.settings.string("name").map { .string($0) }
        if let problem = account.problem {
            json["state"] = "stopped"
            json["lastError"] = .string("\(problem.setting) \(problem.reason)")
            json["cure"] = .string(problem.cure)
        }
        guard let runner = account.runner else {
            if account.problem == nil { json["state"] = "off" }
            json["running"] = false
            json["connected"] = false
            return json
        }
        let status = runner.present
        json["linked"] = .bool(status.identity != nil)
        json["connected"] = .bool(status.isReceiving)
        json["running"] = .bool(account.isRunning)
        json["state"] = .string(account.isHeldBack ? "held" : status.phase.word)
        if account.isHeldBack {
            json["held"] = channels.release.reason(account.settings.account.channel).map(JSON.string)
        }
        json["since"] = .int(status.since.milliseconds)
        json["reconnectAttempts"] = JSON(status.restarts)
        json["waitingOut"] = JSON(status.waitingOut)
        json["underWay"] = JSON(status.underWay)
        json["bot"] = status.identity.map { ["id": .string($0.id), "name": .string($0.name)] }
        json["findings"] = status.identity.map { .array($0.findings.map { .string($0) }) }
        json["lastBeatAt"] = status.lastBeat.map { .int($0.milliseconds) }
        json["lastInboundAt"] = status.lastInbound.map { .int($0.milliseconds) }
        json["lastOutboundAt"] = status.lastOutbound.map { .int($0.milliseconds) }
        json["lastSendError"] = status.lastSendFailure.map { .string($0) }
        json["lastSendErrorAt"] = status.lastSendFailureAt.map { .int($0.milliseconds) }
        json["gap"] = status.gap.map {
            ["from": .int($0.lowerBound.milliseconds), "to": .int($0.upperBound.milliseconds)]
        }
        switch status.phase {
        case .waiting(let reason, let next):
            json["lastError"] = .string(reason)
            json["nextTryAt"] = .int(next.milliseconds)
        case .stopped(let reason, let cure):
            json["lastError"] = .string(reason)
            json["cure"] = .string(cure)
        case .connecting, .receiving, .off: break
        }
        return json
    }

    // MARK: Probes

    /// Asks all platforms at once; one that does not answer in time costs the others nothing.
    private func probe(_ accounts: [ChannelServices.Account], within time: Duration) async -> [ChannelAccount: JSON] {
        let start = clock.now
        let board = ProbeBoard(clock)
        for account in accounts where account.settings.isEnabled {
            let name = account.settings.account
            guard let connector = channels.freshConnector(for: account) else { continue }
            board.open.insert(name)
            let task = startTask {
                let answer: JSON
                do throws(ConnectorFault) {
                    let identity = try await connector.probe()
                    answer = [
                        "ok": true, "bot": ["id": .string(identity.id), "name": .string(identity.name)],
                        "findings": .array(identity.findings.map { .string($0) }),
                        "elapsedMs": .int((self.clock.now - start).inNanoseconds / 1_000_000),
                    ]
                } catch {
                    answer = ["ok": false, "error": .string(error.reason)]
                }
                board.add(name, answer)
            }
            board.tasks.append(task)
        }
        await board.wait(until: start + time)
        for task in board.tasks { task.cancel() }
        for name in board.open { board.answers[name] = ["ok": false, "error": .string("no answer within \(time)")] }
        return board.answers
    }
}

/// The answers of a round of probes.
@LoopActor
private final class ProbeBoard {
    var answers: [ChannelAccount: JSON] = [:]
    var open: Set<ChannelAccount> = []
    var tasks: [Task<Void, any Error>] = []
    private let place: Suspension

    init(_ clock: any Clock) { place = Suspension(clock) }

    func add(_ name: ChannelAccount, _ answer: JSON) {
        guard open.remove(name) != nil else { return }
        answers[name] = answer
        place.wake()
    }

    func wait(until deadline: Instant) async {
        while !open.isEmpty {
            guard await place.wait(until: deadline) == .event else { return }
        }
    }
}

extension AccountStatus.Phase {
    var word: String {
        switch self {
        case .connecting: "connecting"
        case .receiving: "receiving"
        case .waiting: "waiting"
        case .stopped: "stopped"
        case .off: "off"
        }
    }
}
