import Platform

/// `channels.status` for people.
@LoopActor
struct ChannelsView {
    private let answer: JSON

    init(_ answer: JSON) { self.answer = answer }

    private struct Row {
        let channel: String
        let json: JSON

        var account: String { json["accountId"]?.string ?? "" }
        var isWanted: Bool { json["enabled"]?.bool != false && json["state"]?.string != "off" }
        var isWell: Bool { json["connected"]?.bool == true && json["probe"]?["ok"]?.bool != false }
    }

    private var rows: [Row] {
        (answer["channelOrder"]?.array?.compactMap(\.string) ?? []).flatMap { channel in
            (answer["channelAccounts"]?[channel]?.array ?? []).map { Row(channel: channel, json: $0) }
        }
    }

    func show(_ invocation: Invocation) -> ExitCode {
        let rows = rows
        let unwell = rows.filter { $0.isWanted && !$0.isWell }
        let output = invocation.output
        if output.isJSON {
            output.json(answer)
            return unwell.isEmpty ? .good : .notGood
        }
        guard !rows.isEmpty else {
            output.line("○ no channel is configured")
            output.command("  Next: ", "\(invocation.program) channels list")
            return .good
        }
        let wanted = rows.filter(\.isWanted)
        output.line(
            unwell.isEmpty
                ? "● \(wanted.count == 1 ? "the account receives" : "all \(wanted.count) accounts receive")"
                : "▲ \(unwell.count) of \(wanted.count) accounts do not receive")
        let now = invocation.surroundings.clock.wall
        var table = Table("channel", "account", "state", "received", "sent")
        table.rows = rows.map { row in
            [
                answer["channelLabels"]?[row.channel]?.string ?? row.channel, row.account, state(row.json, now),
                age(row.json["lastInboundAt"], now), age(row.json["lastOutboundAt"], now),
            ]
        }
        output.write(table.text(output.style))
        for row in rows { tell(row, output) }
        return unwell.isEmpty ? .good : .notGood
    }

    private func state(_ json: JSON, _ now: WallTime) -> String {
        let word = json["state"]?.string ?? "off"
        guard word == "receiving", let beat = json["lastBeatAt"]?.int else { return word }
        return "receiving, checked \(Age.ago(WallTime(milliseconds: Int64(beat)), now: now))"
    }

    private func age(_ json: JSON?, _ now: WallTime) -> String {
        json?.int.map { Age.ago(WallTime(milliseconds: Int64($0)), now: now) } ?? "never"
    }

    /// What is wrong, and what to do.
    private func tell(_ row: Row, _ output: Output) {
        let name = row.account == "default" ? row.channel : "\(row.channel)/\(row.account)"
        var lines: [String] = []
        if let error = row.json["lastError"]?.string { lines.append(error) }
        if let cure = row.json["cure"]?.string { lines.append("do: \(cure)") }
        if let error = row.json["lastSendError"]?.string { lines.append("sending: \(error)") }
        if let waiting = row.json["waitingOut"]?.int, waiting > 0 {
            lines.append("\(waiting) messages wait to be sent")
        }
        for finding in row.json["findings"]?.array ?? [] { lines.append(finding.string ?? "") }
        if let probe = row.json["probe"] {
            let bot = probe["bot"]?["name"]?.string ?? ""
            lines.append(
                probe["ok"]?.bool == true
                    ? "works: the platform knows it as \(bot)" : "probe: \(probe["error"]?.string ?? "no answer")")
            for finding in probe["findings"]?.array ?? [] { lines.append(finding.string ?? "") }
        }
        for line in lines where !line.isEmpty { output.line("  \(name): \(line.shown)") }
    }
}
