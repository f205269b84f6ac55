import Failover
import Platform

/// A gateway that a monitor beside it starts and stops: why, stands in what that one wrote down before it did.
extension FailoverServices {
    /// How long ago that may have been decided.
    private static let freshTime: Milliseconds = 120_000

    func sayWhyStarted() async {
        guard let entry = await lastOfMonitor(to: .promoting) else { return }
        let text = "\(name): took over: \(entry.reason)\(jobsNote)"
        voice?.log.warn("\(text)")
        await voice?.post(text, key: "started:\(entry.epoch):\(entry.wall)")
    }

    /// While the channels can still say it.
    func sayWhyStopped() async {
        guard part == .started, let entry = await lastOfMonitor(to: .draining) else { return }
        await voice?.post("\(name): steps back: \(entry.reason)", key: "stopped:\(entry.epoch):\(entry.wall)")
    }

    /// The last change, if it is one to that state.
    private func lastOfMonitor(to word: FailoverState.Word) async -> FailoverTransition? {
        guard let path = opened?.monitorPath, let memory = try? await FailoverShelf.read(path),
            let entry = memory.history.last(where: { $0.to != .active }), entry.to == word,
            abs(clock.wall.milliseconds - entry.wall) < Self.freshTime
        else { return nil }
        return entry
    }

    /// What an owner who relies on them should know.
    var jobsNote: String { pair?.runsCron == true ? "" : "; jobs at set times do not run here" }
}
