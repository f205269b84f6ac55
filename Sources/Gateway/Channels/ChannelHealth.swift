import Channels
import Platform

/// The channels in the health snapshot: one entry for each channel, with what is wrong in either direction.
@LoopActor
struct ChannelHealth {
    let channels: ChannelServices

    func add(to report: HealthReport) {
        report.add("channels", trouble: { troubles }, { states })
        report.add("channelOrder") { .array(order.map { .string($0) }) }
        report.add("channelLabels") {
            .object(JSONObject(order.map { name in (name, .string(label(name))) }))
        }
    }

    private var order: [String] {
        var names: [String] = []
        for account in channels.all where !names.contains(account.settings.account.channel) {
            names.append(account.settings.account.channel)
        }
        return names
    }

    private func label(_ channel: String) -> String {
        channels.platforms.first { $0.id == channel }?.facts.label ?? channel
    }

    /// Changes whenever something comes to be wrong, or right again.
    private var troubles: String? {
        let all = channels.all.map { "\($0.settings.account) \($0.trouble ?? $0.runner?.status.phase.word ?? "")" }
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }

    private var states: JSON {
        var all = JSONObject()
        for name in order {
            let accounts = channels.all.filter { $0.settings.account.channel == name }
            var state: JSON = [
                "configured": true, "running": .bool(accounts.contains { $0.isRunning }),
                "connected": .bool(accounts.contains { $0.runner?.status.isReceiving == true }),
            ]
            let wrong = accounts.compactMap { account -> String? in
                guard let trouble = account.trouble else { return nil }
                return accounts.count == 1 ? trouble : "\(account.settings.account.account): \(trouble)"
            }
            if !wrong.isEmpty { state["lastError"] = .string(wrong.joined(separator: "; ")) }
            all[name] = state
        }
        return .object(all)
    }
}

extension ChannelServices.Account {
    /// What is wrong with receiving, or else with sending; nil while both are well or nobody wants it connected.
    var trouble: String? {
        guard settings.isEnabled else { return nil }
        if let problem { return "\(problem.setting) \(problem.reason); \(problem.cure)" }
        guard let status = runner?.present else { return nil }
        switch status.phase {
        case .waiting(let reason, _): return "does not receive: \(reason)"
        case .stopped(let reason, let cure): return "does not receive: \(reason); \(cure)"
        case .connecting, .receiving, .off: break
        }
        guard let failure = status.lastSendFailureAt, failure > status.lastOutbound ?? WallTime(milliseconds: 0) else {
            return nil
        }
        return "cannot send: \(status.lastSendFailure ?? "no reason was given")"
    }

    var isRunning: Bool {
        switch runner?.status.phase {
        case .connecting, .receiving, .waiting: true
        case .stopped, .off, nil: false
        }
    }
}
