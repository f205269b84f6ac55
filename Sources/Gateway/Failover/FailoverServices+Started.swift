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
        let mayBegin: @LoopActor () -> Bool = { [weak self] in gate.mayAct && self?.isActing == true }
        plane.cron.mayStart = { mayBegin() && runsCron }
        plane.heartbeats.mayAct = mayBegin
        steps?.farewell = { [weak self] in await self?.sayWhyStopped() }
    }

    /// What the monitor says; where none runs, what it wrote down last. One that is slow for once changes nothing.
    func monitorActs() async -> Bool {
        guard gate != nil, let opened else { return true }
        let question = MonitorQuestion(opened.monitorSocket, clock: clock)
        switch await question.ask("failover.status", within: Self.questionTime) {
        case .payload(let status): if let acts = status["acts"]?.bool { return acts }
        case .silent, .refused: if health.phase == .running { return isActing }
        case .nobody: break
        }
        do throws(FileError) { return try await FailoverShelf.read(opened.monitorPath)?.isActing ?? false } catch {
            return isActing
        }
    }

    func followMonitor() async {
        if isActing { await sayWhyStarted() } else { voice?.log.warn("held: \(Self.waitsForMonitor)") }
        while !isEnding {
            guard await following.wait(until: clock.now + Self.interval) == .deadline else { break }
            let acts = await monitorActs()
            guard acts != isActing, !isEnding else { continue }
            isActing = acts
            if acts {
                saidFarewell = false
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
        if await voice?.post(text, key: "started:\(entry.epoch):\(entry.wall)") == false { voice?.keep(text) }
    }

    /// While the channels can still say it.
    func sayWhyStopped() async {
        guard part == .started, !saidFarewell, let entry = await lastOfMonitor(to: .draining) else { return }
        let text = "\(name): steps back: \(entry.reason)"
        saidFarewell = await voice?.post(text, key: "stopped:\(entry.epoch):\(entry.wall)") ?? false
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
