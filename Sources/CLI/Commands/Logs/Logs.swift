import Platform

extension Command {
    static let logs = Command(
        "logs", "show the gateway's log, from the gateway or else from its file",
        notes:
            "With --json each line is a JSON object, as the log file has it. While the gateway is away the file is read, "
            + "and the gateway is asked again after 1 s, 2 s, and so on up to 30 s.",
        flags: [
            Flag("--follow", nil, "go on showing lines as they come, until Ctrl-C"),
            Flag(
                "--limit", "<lines>", "how many of the last lines", kind: .integer(1...LogTail.lineLimit),
                default: "200"),
            Flag(
                "--interval", "<ms>", "how often to look for more, in milliseconds", kind: .integer(50...60_000),
                default: "1000"),
            Flag("--local-time", nil, "times by this machine's clock", default: "yes, without --utc"),
            Flag("--utc", nil, "times in UTC"),
            Flag("--plain", nil, "no colours, and lines as long as they are"),
        ] + Flag.client,
        examples: ["openclaw logs --follow", "openclaw logs --limit 20 --utc"],
        seeAlso: ["status", "gateway status"], isEveryday: true,
        run: { invocation throws(CommandFailure) in try await LogReader(invocation).run() })
}

/// Prints batch after batch.
@LoopActor
private struct LogReader {
    static let defaultLimit = 200
    static let defaultInterval = 1000

    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() async throws(CommandFailure) -> ExitCode {
        if invocation.has("--utc"), invocation.has("--local-time") {
            throw .usage("--utc and --local-time exclude each other", hint: "usage: \(invocation.command.usage)")
        }
        let settings = await invocation.clientSettings()
        let limit = invocation.integer("--limit") ?? Self.defaultLimit
        let source = LogSource(invocation, limit: limit, isElsewhere: invocation["--url"] != nil || settings.isRemote)
        defer { source.close() }
        let interval = Duration.milliseconds(invocation.integer("--interval") ?? Self.defaultInterval)
        while true {
            let batch = await source.next()
            let isFollowing = invocation.has("--follow")
            if let remark = source.remark, isFollowing { invocation.output.note("openclaw: \(remark)") }
            switch batch {
            case .lines(let lines, let isReset):
                if isReset { invocation.output.note("openclaw: the log began anew") }
                show(lines)
            case .none(let failure): if !isFollowing { throw failure }
            }
            guard isFollowing else { return .good }
            do {
                try await invocation.surroundings.clock.sleep(for: interval)
            } catch {
                return .good
            }
        }
    }

    private func show(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        if invocation.output.isJSON {
            // Each is an object already; one that is not is put into one.
            let objects = lines.map { line in
                (try? JSONParser.parse(Array(line.utf8).span))?.object != nil
                    ? line : JSON.object(JSONObject([("raw", .string(line))])).description
            }
            return invocation.output.line(objects.joined(separator: "\n"))
        }
        let zone: TimeZone = invocation.has("--utc") ? .utc : .local
        let style = invocation.has("--plain") ? invocation.output.style.uncoloured : invocation.output.style
        // A terminal of any width is used whole; what is kept in a file has its lines as they are.
        let width = style.isTerminal && !invocation.has("--plain") ? StandardStream.output.columns ?? style.width : nil
        let texts = lines.map { line in
            let text = LogEntry(line).text(style, zone)
            return width.map { TextLayout.wrap(text, width: $0, indent: 4).joined(separator: "\n") } ?? text
        }
        invocation.output.line(texts.joined(separator: "\n"))
    }
}
