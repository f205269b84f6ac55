import Platform

/// What a flag or an argument takes.
enum ValueKind: Sendable {
    case text
    case integer(ClosedRange<Int>)
    case oneOf([String])

    /// What is wrong with `text`, in the words that complete "is not allowed; …"; nil when nothing is.
    func refusal(of text: String) -> String? {
        switch self {
        case .text: return nil
        case .integer(let range):
            if let number = Int(text), range.contains(number) { return nil }
            return range.upperBound == .max
                ? "a whole number of at least \(range.lowerBound)"
                : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .oneOf(let words):
            if words.contains(text) { return nil }
            let guess = NearestName.nearest(to: text, among: words).map { " (did you mean \"\($0)\"?)" } ?? ""
            return "one of \(words.joined(separator: ", "))\(guess)"
        }
    }

    /// The words among which one is to be chosen, for completion.
    var words: [String] {
        if case .oneOf(let words) = self { words } else { [] }
    }
}

/// A flag of the command line: a switch, or one with a value.
struct Flag: Sendable {
    let name: String
    /// What stands for the value in the help, with its unit; nil for a switch.
    let value: String?
    let kind: ValueKind
    let doc: String
    /// What holds when the flag is not given, as the help says it.
    let standard: String?
    let isRepeatable: Bool

    init(
        _ name: String, _ value: String? = nil, _ doc: String, kind: ValueKind = .text, default standard: String? = nil,
        isRepeatable: Bool = false
    ) {
        self.name = name
        self.value = value
        self.kind = kind
        self.doc = doc
        self.standard = standard
        self.isRepeatable = isRepeatable
    }
}

/// A word that a command takes behind its name.
struct Argument: Sendable {
    enum Count: Sendable { case one, optional, any }

    let name: String
    let doc: String
    let count: Count
    let kind: ValueKind

    init(_ name: String, _ doc: String, _ count: Count = .one, kind: ValueKind = .text) {
        self.name = name
        self.doc = doc
        self.count = count
        self.kind = kind
    }

    /// As the usage shows it.
    var usage: String {
        switch count {
        case .one: "<\(name)>"
        case .optional: "[<\(name)>]"
        case .any: "[<\(name)> ...]"
        }
    }
}
