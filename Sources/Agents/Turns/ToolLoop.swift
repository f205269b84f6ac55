import Models

/// Notices a model that does the same thing over and over.
struct ToolLoop {
    /// The same call with the same result so often in a row, and the next one is not made.
    static let refusedAfter = 5
    /// So often, refused ones included, and the run ends.
    static let endedAfter = 10

    private struct Seen: Equatable {
        let name: String
        let arguments: String
        let parts: [MessagePart]
    }

    private var last: Seen?
    private(set) var count = 0

    /// What a call is refused with; nil when it may be made.
    func refusal(_ call: ToolCall) -> String? {
        guard let last, last.name == call.name, last.arguments == call.argumentsText, count >= Self.refusedAfter else {
            return nil
        }
        return "This very call was made \(count) times in a row with the same result, so it was not made again. "
            + "Do something else, or say what is in the way."
    }

    /// Counts a call. `parts` is nil for one that was refused.
    mutating func note(_ call: ToolCall, _ parts: [MessagePart]?) {
        guard let parts else {
            count += 1
            return
        }
        let seen = Seen(name: call.name, arguments: call.argumentsText, parts: parts)
        count = seen == last ? count + 1 : 1
        last = seen
    }

    var isHopeless: Bool { count >= Self.endedAfter }
}
