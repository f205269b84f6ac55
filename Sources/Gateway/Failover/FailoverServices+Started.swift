import Failover
import Platform

/// A gateway beside which the monitor runs alone. It acts while that one says so, whoever started it: run by hand it is held
/// like every other standby.
extension FailoverServices {
    nonisolated static let waitsForMonitor =
        "this node stands by; its monitor has it act when that is needed (openclaw failover status)"
    private static let interval = Duration.seconds(1)
    private static let questionTime = Duration.seconds(1)
    /// For connecting and for what runs to its end, as in a gateway with its own monitor.
    private static let stepTime: Milliseconds = 20_000
    /// How long ago that may have been decided of which the owner is told.
    private static let freshTime: Milliseconds = 120_000

    func attachStarted(_ plane: ControlPlane, _ release: ChannelRelease) {
        let runsCron = pair?.runsCron ?? false
        guard let gate else {
            plane.channels.expect(release)
            plane.cron.mayStart = { runsCron }
            return
        }
        plane.channels.expect(.none(Self.waitsForMonitor))
        plane.cron.mayStart = { gate.mayAct && runsCron }
        plane.heartbeats.mayAct = { gate.mayAct }
    }

    /// What the monitor says; where none answers, what it wrote down last.
    func monitorActs() async -> Bool {
        guard gate != nil, let opened else { return true }
        let question = MonitorQuestion(opened.monitorSocket, clock: clock)
        if case .payload(let status) = await question.ask("failover.status", within: Self.questionTime) {
            return status["acts"]?.bool ?? false
        }
        return (try? await FailoverShelf.read(opened.monitorPath))??.isActing ?? false
    }

    func followMonitor() async {
        if isActing { await sayWhyStarted() } else { voice?.log.warn("held: \(Self.waitsForMonitor)") }
        while !isEnding {
            guard await following.wait(until: clock.now + Self.interval) == .deadline else { break }
            let acts = await monitorActs()
            guard acts != isActing, !isEnding else { continue }
            isActing = acts
            if acts {
                _ = await steps?.run(.bringUp, within: Self.stepTime)
                await sayWhyStarted()
            } else {
                _ = await steps?.run(.drain, within: Self.stepTime)
                _ = await steps?.run(.hold, within: Self.stepTime)
            }
            showStarted()
        }
    }

    func showStarted() {
        health.role = announcement.role.rawValue
        onChange()
    }

    private func sayWhyStarted() async {
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

    /// The last change that the monitor wrote down, if it is one to that state.
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
