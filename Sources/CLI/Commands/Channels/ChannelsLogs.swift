import Platform

extension Command {
    static let channelsLogs = Command(
        "channels logs", "the lines of the gateway's log that are about channels",
        notes:
            "They come from the gateway or else from its file, of whose last \(LogTail.lineLimit) lines all are looked at.",
        flags: [
            Flag("--channel", "<name>", "only this channel", default: "all"),
            Flag(
                "--lines", "<number>", "how many of the last of them", kind: .integer(1...LogTail.lineLimit),
                default: "200"),
            Flag("--utc", nil, "times in UTC"),
        ] + Flag.client,
        examples: ["openclaw channels logs --channel telegram", "openclaw channels logs --lines 20 --json"],
        seeAlso: ["logs", "channels status", "channels dead-letters"],
        run: { invocation throws(CommandFailure) in
            let settings = await invocation.clientSettings()
            let source = LogSource(
                invocation, limit: LogTail.lineLimit, isElsewhere: invocation["--url"] != nil || settings.isRemote)
            defer { source.close() }
            switch await source.next() {
            case .none(let failure): throw failure
            case .lines(let lines, _):
                let channel = invocation["--channel"].flatMap { $0 == "all" ? nil : $0.lowercased() }
                let entries = lines.map(LogEntry.init).filter { $0.isAbout(channel: channel) }
                invocation.show(entries.suffix(invocation.integer("--lines") ?? 200))
                return .good
            }
        })
}

extension Invocation {
    fileprivate func show(_ entries: some Collection<LogEntry>) {
        guard !entries.isEmpty else {
            if !output.isJSON { output.line("○ the log has nothing about \(self["--channel"]?.shown ?? "channels")") }
            return
        }
        if output.isJSON {
            let text = entries.map(\.raw).joined(separator: "\n")
            return output.line(output.style.isTerminal ? text.shownJSON : text)
        }
        let zone: TimeZone = has("--utc") ? .utc : .local
        for entry in entries { output.sentence(entry.text(output.style, zone)) }
    }
}
