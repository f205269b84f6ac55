import Platform

/// Texts that wait for the main session's next turn (protocol.md section 7, system-event).
@LoopActor
final class SystemEvents {
    /// The oldest give way.
    static let limit = 20
    /// A longer text is cut.
    static let textBytes = 4096

    private(set) var waiting: [String] = []

    init() {}

    /// What says the same as the one before it is not kept twice.
    func add(_ text: String) {
        let text = text.cut(to: Self.textBytes)
        guard !text.isEmpty, waiting.last != text else { return }
        waiting.append(text)
        if waiting.count > Self.limit { waiting.removeFirst() }
    }

    /// Hands over what waits.
    func take() -> [String] {
        defer { waiting = [] }
        return waiting
    }
}
