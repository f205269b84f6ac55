import Platform

/// One thing that was found out, apart from all others: where it comes from and how old it is.
struct Fact: Sendable {
    /// The name for programs.
    let name: String
    let label: String
    /// What a person reads; a line for each element.
    var lines: [String]
    /// Whether this is as it should be; nil where it is neither.
    var isGood: Bool?
    var source: String?
    var observedAt: WallTime?
    /// Further members of the fact's JSON.
    var details: JSONObject

    init(
        _ name: String, _ label: String, _ text: String, isGood: Bool? = nil, source: String? = nil,
        observedAt: WallTime? = nil, details: JSONObject = JSONObject()
    ) {
        self.name = name
        self.label = label
        lines = [text]
        self.isGood = isGood
        self.source = source
        self.observedAt = observedAt
        self.details = details
    }

    func json(now: WallTime) -> JSON {
        var object = JSONObject()
        if let isGood { object["ok"] = .bool(isGood) }
        object["text"] = .string(lines.joined(separator: "; "))
        for member in details.members { object[member.key] = member.value }
        if let source { object["source"] = .string(source) }
        if let observedAt {
            object["observedAt"] = .string(observedAt.iso)
            object["ageMs"] = .int(max(0, now.milliseconds - observedAt.milliseconds))
        }
        return .object(object)
    }
}

/// What a query answers: the verdict, then facts, then what to do next.
struct Report: Sendable {
    enum Verdict: Sendable {
        case good, degraded, bad

        var symbol: String {
            switch self {
            case .good: "●"
            case .degraded: "▲"
            case .bad: "✗"
            }
        }

        var colour: TextStyle.Colour {
            switch self {
            case .good: .green
            case .degraded: .yellow
            case .bad: .red
            }
        }
    }

    var verdict: Verdict
    /// The verdict in a word or two, and what it is about.
    var state: String
    var subject: [String] = []
    var facts: [Fact] = []
    var next: [String] = []

    /// As a person reads it.
    func text(_ style: TextStyle, now: WallTime) -> String {
        let head = ([state] + subject.map(\.shown)).joined(separator: "   ")
        var lines = TextLayout.wrap(head, width: style.width, first: 2, indent: 2)
        if lines[0].hasPrefix(state) { lines[0] = style.bold(state) + lines[0].dropFirst(state.count) }
        lines[0] = "\(style.paint(verdict.symbol, verdict.colour)) \(lines[0])"
        for fact in facts { lines += Self.lines(fact, style, now) }
        if let first = next.first {
            lines += TextLayout.labelled("  Next: ", first, style)
            lines += next.dropFirst().map { "        \($0)" }
        }
        return style.plain(lines.joined(separator: "\n")) + "\n"
    }

    private static func lines(_ fact: Fact, _ style: TextStyle, _ now: WallTime) -> [String] {
        let label = "  \(fact.label): "
        let hanging = style.width < 60 ? 4 : label.count
        var lines: [String] = []
        for (number, text) in fact.lines.enumerated() {
            var text = text.shown
            if number == fact.lines.count - 1 { text += age(fact, now) }
            let first = number == 0 ? label.count : hanging
            let wrapped = TextLayout.wrap(text, width: style.width, first: first, indent: hanging)
            let head = number == 0 ? label : String(repeating: " ", count: hanging)
            lines.append(head + wrapped[0])
            lines += wrapped.dropFirst()
        }
        if fact.isGood == false { lines[0] = style.paint(lines[0], .red) }
        return lines
    }

    /// What was asked for just now needs no age.
    private static func age(_ fact: Fact, _ now: WallTime) -> String {
        var parts: [String] = []
        if let observed = fact.observedAt, now.nanoseconds - observed.nanoseconds >= 1_000_000_000 {
            parts.append(Age.ago(observed, now: now))
        }
        if let source = fact.source { parts.append("from \(source)") }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }
}
