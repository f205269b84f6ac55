import Platform

/// Counts what is moved without waiting. A peer that is always ready would otherwise keep the loop to itself.
struct HTTPBurst {
    static let limit = 256 * 1024

    private var count = 0

    /// Returns whether it is time to pass a turn.
    mutating func add(_ bytes: Int) -> Bool {
        count += bytes
        guard count >= Self.limit else { return false }
        count = 0
        return true
    }

    /// Lets the loop look after everybody else. On its own clock, whatever the client's: a turn passes, but no time.
    static func passTurn() async { try? await EventLoop.shared.sleep(for: .zero) }
}
