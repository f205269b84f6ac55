import Channels
import Platform
import Store

/// Shows the owners commands that wait for their word, in direct chats of platforms with buttons. Whoever presses is judged
/// as everybody who writes `/approve`.
@LoopActor
final class ApprovalPost {
    /// Of a command.
    private static let commandBytes = 1500

    private let channels: ChannelServices
    private let approvals: ExecApprovals
    private let clock: any Clock
    private let log: Log

    init(_ channels: ChannelServices, _ approvals: ExecApprovals, clock: any Clock, log: Log) {
        self.channels = channels
        self.approvals = approvals
        self.clock = clock
        self.log = log
        approvals.onAsk = { [weak self] in self?.show($0) }
    }

    private func show(_ approval: ExecApproval) {
        var served: Set<String> = []
        for account in channels.all {
            let channel = account.settings.account.channel
            guard let outbox = account.runner?.outbox, account.platform.facts.buttons != nil,
                account.settings.config["execApprovals"]?["enabled"]?.bool ?? true, served.insert(channel).inserted
            else { continue }
            for person in channels.owners.people(of: channel) {
                startTask { [self] in await show(approval, to: person, account, outbox) }
            }
        }
    }

    private func show(
        _ approval: ExecApproval, to person: String, _ account: ChannelServices.Account, _ outbox: Outbox
    ) async {
        let name = account.settings.account
        let chat = name.channel == "discord" ? "user:\(person)" : person
        let address = ChatAddress(name, chat: chat)
        let key = "approval:\(approval.id):\(name.channel):\(person)"
        do {
            let asked = try account.messages(
                Self.question(approval, clock.wall), [], Self.choices(approval.id), to: address)
            var shown: [(id: String, message: OutboundMessage)] = []
            for (number, message) in asked.enumerated() {
                let report = try await outbox.deliver(OutboxEntry(key: "\(key):\(number)", message))
                if let id = report.platformID { shown.append((id, message)) }
            }
            try await approvals.ended(approval)
            // What was decided stands in the place of the buttons.
            guard let (id, _) = shown.last, var end = account.messages(Self.end(approval), [], to: address).first else {
                return
            }
            end.action = .edit(id)
            end.choices = Choices()
            try await outbox.put([OutboxEntry(key: "\(key):end", end)])
        } catch {
            log.warn(
                "a command that waits is not shown in a chat",
                ["account": .text("\(name)"), "reason": .text("\(error)")])
        }
    }

    private static func choices(_ id: String) -> Choices {
        Choices(rows: [
            [
                .init("Allow once", .say("/approve \(id) allow-once"), .success),
                .init("Deny", .say("/approve \(id) deny"), .danger),
            ], [.init("Allow always", .say("/approve \(id) allow-always"))],
        ])
    }

    private static func question(_ approval: ExecApproval, _ now: WallTime) -> String {
        let request = approval.request
        var lines = ["A command waits for your word:", fenced(command(approval))]
        var facts: [String] = []
        if let agent = request["agentId"]?.string { facts.append("Agent: \(plain(agent))") }
        if let place = request["cwd"]?.string { facts.append("In: \(plain(place))") }
        if let host = request["host"]?.string { facts.append("On: \(plain(host))") }
        if let warning = request["warningText"]?.string { facts.append("Mind: \(plain(warning))") }
        facts.append("Open for \(max(0, approval.expiresAt.seconds - now.seconds)) s.")
        lines.append(facts.joined(separator: "\n"))
        return lines.joined(separator: "\n\n")
    }

    private static func end(_ approval: ExecApproval) -> String {
        let words =
            switch approval.state {
            case .decided(.allowOnce, let who): "Allowed once by \(plain(who)):"
            case .decided(.allowAlways, let who): "Allowed always by \(plain(who)):"
            case .decided(.deny, let who): "Denied by \(plain(who)):"
            case .expired, .pending: "Nobody decided in time:"
            }
        return "\(words)\n\n\(fenced(command(approval)))"
    }

    private static func command(_ approval: ExecApproval) -> String {
        (approval.request["command"]?.string ?? "").cut(to: commandBytes)
    }

    /// As a block of code that nothing within can end.
    private static func fenced(_ text: String) -> String {
        var longest = 2
        var run = 0
        for character in text {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence)\n\(text)\n\(fence)"
    }

    /// What others wrote is no markup, and one line.
    private static func plain(_ text: String) -> String {
        "`\(text.cut(to: 200).filter { $0 != "`" && !$0.isNewline })`"
    }
}
