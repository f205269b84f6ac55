import Platform

/// What was told of a conversation so far: turns the gateway's events into pieces to be shown, each once.
struct ChatStory {
    enum Piece: Equatable, Sendable {
        /// More of the answer under way.
        case text(String)
        /// The answer is complete.
        case end
        /// What is no answer: an error, that a run was ended, a tool, a command that waits.
        case note(String)
        /// What somebody said before.
        case user(String)
    }

    /// Runs that are under way, and how many bytes of each were shown.
    private(set) var runs: [String: Int] = [:]
    /// The number of the newest message that was shown.
    private var newest = 0
    /// What was shown as it came, so that a history, which alone has the numbers, does not show it again.
    private var own: [String] = []
    private static let ownLimit = 1000
    /// Runs that ended, so that a late word of one is not taken for a new one.
    private var ended: Set<String> = []
    private(set) var lastFailed = false

    var isAnswering: Bool { !runs.isEmpty }

    mutating func began(_ run: String, _ text: String) {
        remember(text)
        if !ended.contains(run), runs[run] == nil { runs[run] = 0 }
    }

    /// What of a history is new, the oldest first.
    mutating func take(history: JSON, limit: Int) -> [Piece] {
        var pieces: [Piece] = []
        for message in history["messages"]?.array ?? [] {
            let number = message["__openclaw"]?["seq"]?.int ?? 0
            guard number > newest else { continue }
            newest = max(newest, number)
            let text = MessageText.said(message)
            guard limit > 0, !text.isEmpty else { continue }
            if let place = own.firstIndex(of: text) {
                own.remove(at: place)
                continue
            }
            switch message["role"]?.string {
            case "user": pieces.append(.user(text))
            case "assistant": pieces += [.text(text), .end]
            default: break
            }
        }
        // What ran when the connection was lost has ended, or is named here.
        let running = history["inFlightRun"]
        let old = runs
        runs = [:]
        if let id = running?["runId"]?.string, let text = running?["text"]?.string {
            runs[id] = old[id] ?? 0
            pieces += more(of: id, text)
        }
        return pieces
    }

    mutating func take(_ event: GatewayEvent) -> [Piece] {
        let payload = event.payload
        if let notice = ApprovalNotice(event) {
            return [.note("\(notice.question)\n\(notice.reply) \(ApprovalNotice.decisions)")]
        }
        guard let id = payload["runId"]?.string else { return [] }
        if event.name == "agent" { return agent(payload, id) }
        let text = payload["message"].map(MessageText.said) ?? ""
        switch payload["state"]?.string {
        case "delta": return more(of: id, text)
        case "final":
            lastFailed = false
            return more(of: id, text) + end(id, text)
        case "aborted":
            lastFailed = true
            return more(of: id, text) + end(id, text) + [.note("ended")]
        case "error":
            lastFailed = true
            return more(of: id, text) + end(id, text) + [
                .note("no answer: \(payload["errorMessage"]?.string ?? "unknown")")
            ]
        default: return []
        }
    }

    private mutating func agent(_ payload: JSON, _ id: String) -> [Piece] {
        guard payload["stream"]?.string == "tool", payload["data"]?["phase"]?.string == "start",
            let name = payload["data"]?["name"]?.string, !ended.contains(id)
        else { return [] }
        return [.note("uses \(name)")]
    }

    /// What of a run's text was not shown yet: the gateway always tells the whole.
    private mutating func more(of id: String, _ text: String) -> [Piece] {
        guard !ended.contains(id) else { return [] }
        let shown = runs[id] ?? 0
        guard text.utf8.count > shown else { return [] }
        runs[id] = text.utf8.count
        return [.text(String(decoding: text.utf8.dropFirst(shown), as: UTF8.self))]
    }

    /// Runs that ended and are remembered.
    private static let endedLimit = 1000

    private mutating func end(_ id: String, _ text: String) -> [Piece] {
        guard !ended.contains(id) else { return [] }
        runs[id] = nil
        if ended.count >= Self.endedLimit { ended = [] }
        ended.insert(id)
        remember(text)
        return [.end]
    }

    private mutating func remember(_ text: String) {
        own.append(text)
        if own.count > Self.ownLimit { own.removeFirst() }
    }
}
