package import Platform

/// Takes messages, gives each session a lane of its own, and runs one turn after the other in it.
@LoopActor
package final class AgentRuns: AgentRunning {
    let services: TurnServices
    let commands: CommandDesk
    let memory: RunMemory
    let slots: RunSlots
    private var lanes: [SessionKey: RunLane] = [:]
    private var watchers: [any RunWatching] = []
    /// Why nothing is taken; nil while messages are.
    private(set) var closed: String?
    /// Woken whenever a run ends, for who waits for the last one.
    private var endings: [Suspension] = []

    package init(_ services: TurnServices, commands: CommandDesk) {
        self.services = services
        self.commands = commands
        memory = RunMemory(clock: services.clock)
        slots = RunSlots(roster: services.roster, clock: services.clock)
        commands.runs = self
    }

    package var clock: any Clock { services.clock }

    package func watch(_ watcher: any RunWatching) { watchers.append(watcher) }

    /// Runs that have not ended, in a session or in all.
    package func active(in key: SessionKey? = nil) -> [RunFacts] {
        memory.active.filter { key == nil || $0.key == key }.sorted { $0.acceptedAt < $1.acceptedAt }.map(\.facts)
    }

    /// Messages that wait for the run under way.
    package func waitingCount(in key: SessionKey) -> Int { lanes[key]?.queue.count ?? 0 }

    /// More may run at once now, perhaps.
    package func limitsChanged() { slots.handOn() }

    /// Whether the text is a command that is answered without a model.
    package func isCommand(_ text: String) -> Bool {
        CommandDesk.parse(text).map { SlashCommand.named($0.name) != nil } ?? false
    }

    // MARK: Messages

    package func start(_ request: RunRequest, observer: (any RunObserver)?) throws(RunRefusal) -> RunTicket {
        if let known = memory.find(request.id) { return again(known, observer) }
        if let closed { throw .notReady(closed) }
        guard services.roster.agent(request.sessionKey.agentID) != nil else {
            throw .unknownAgent(request.sessionKey.agentID)
        }
        let lane = lanes[request.sessionKey] ?? RunLane(request.sessionKey, at: clock.now)
        let mode = services.roster.queue.mode(
            asked: request.options.queueMode, session: lane.sessionMode, channel: request.origin.channel)
        let run = Run(request, mode: mode, acceptedAt: clock.wall, watchers: watchers)
        let call = commands.call(of: request)
        if let call, call.command.order == .atOnce {
            accept(run, observer)
            startTask { await self.answer(call, run) }
        } else {
            let wantsEnd = mode == .interrupt || call?.command.order == .afterAbort
            if !lane.isIdle, !wantsEnd { try makeRoom(in: lane) }
            accept(run, observer)
            if wantsEnd { _ = abort(nil, in: request.sessionKey, reason: "interrupt", but: run.id) }
            lanes[request.sessionKey] = lane
            lane.add(run, at: clock.now)
            if lane.current == nil { next(lane) }
        }
        return RunTicket(id: run.id, isRepeat: false, acceptedAt: run.acceptedAt)
    }

    private func accept(_ run: Run, _ observer: (any RunObserver)?) {
        if let observer { run.observe(observer) }
        memory.add(run)
        for watcher in watchers { watcher.accepted(run.facts) }
    }

    private func again(_ run: Run, _ observer: (any RunObserver)?) -> RunTicket {
        if let observer {
            if let result = run.result {
                startTask { await observer.take(.finished(result)) }
            } else {
                run.observe(observer)
            }
        }
        return RunTicket(id: run.id, isRepeat: true, acceptedAt: run.acceptedAt)
    }

    private func makeRoom(in lane: RunLane) throws(RunRefusal) {
        let queue = services.roster.queue
        guard lane.queue.count >= queue.cap else { return }
        guard queue.drop != .new else { throw .queueFull(limit: queue.cap) }
        guard let oldest = lane.dropOldest(summarize: queue.drop == .summarize) else { return }
        let words = "dropped: more than \(queue.cap) messages waited in this session (messages.queue.cap)"
        startTask { await self.end(oldest, .failed(RunFailure(words))) }
    }

    // MARK: Lanes

    /// Goes on with what waits.
    private func next(_ lane: RunLane) {
        guard lane.current == nil, let first = lane.queue.first else {
            if lane.isIdle { lanes[lane.key] = nil }
            return
        }
        lane.remove(first)
        lane.current = first
        startTask { await self.drive(first, lane) }
    }

    private func drive(_ run: Run, _ lane: RunLane) async {
        if run.mode == .collect, !lane.queue.isEmpty { await quiet(lane, run) }
        if run.mode == .collect {
            for other in lane.takeCollected(with: run) { await run.join(other, at: clock.wall) }
        }
        if let call = commands.call(of: run.request), await !commands.opens(call, with: run) {
            await answer(call, run)
        } else {
            let turn = Turn(run, services) { [weak lane] in lane?.takeSteering(into: run) ?? [] }
            turn.dropped = lane.takeDropped()
            let ending = await run.perform(returning: { await self.perform(turn, lane) })
            let result = await turn.settle(ending ?? .aborted(reason: run.abortReason ?? "stop"))
            await finish(run, result)
        }
        lane.current = nil
        next(lane)
    }

    /// Waits until no message has come for a while.
    private func quiet(_ lane: RunLane, _ run: Run) async {
        let time = services.roster.queue.debounce(channel: run.request.origin.channel)
        while clock.now < lane.lastArrival + time, run.abortReason == nil {
            do throws(CancellationError) { try await clock.sleep(until: lane.lastArrival + time) } catch { return }
        }
    }

    private func perform(_ turn: Turn, _ lane: RunLane) async -> RunResult.Ending {
        let run = turn.run
        guard await slots.take(run.key.agentID) else { return .aborted(reason: run.abortReason ?? "stop") }
        defer { slots.release(run.key.agentID) }
        await run.begin(at: clock.wall)
        let timer = clock.makeTimer { [weak self] in _ = self?.abort(run.id, in: nil, reason: "timeout") }
        timer.arm(at: clock.now + (run.request.options.timeout ?? services.roster.settings.timeout))
        defer { timer.cancel() }
        let ending = await turn.answerMessage()
        lane.sessionMode = turn.record?.choices.queueMode
        return ending
    }

    // MARK: Ends

    private func answer(_ call: CommandCall, _ run: Run) async {
        await run.begin(at: clock.wall)
        let result = await CommandTurn(run, call, services, commands).answer()
        await finish(run, result)
    }

    func end(_ run: Run, _ ending: RunResult.Ending) async {
        await finish(
            run, RunResult(ending, text: run.text, startedAt: run.startedAt, endedAt: clock.wall))
    }

    private func finish(_ run: Run, _ result: RunResult) async {
        let joined = run.joined
        await run.finish(result)
        for one in [run] + joined { memory.noteEnd(of: one) }
        for one in endings { one.wake() }
    }

    package func abort(_ id: String?, in key: SessionKey?, reason: String) -> [String] {
        abort(id, in: key, reason: reason, but: nil)
    }

    /// All but one.
    func abort(_ id: String?, in key: SessionKey?, reason: String, but spared: String?) -> [String] {
        let meant = memory.active.filter { run in
            run.id != spared && (id == nil || run.id == id) && (key == nil || run.key == key)
                && (id != nil || key != nil)
        }
        // Those that wait go first, so that none of them begins.
        var ended: [String] = []
        for run in meant.sorted(by: { $0.acceptedAt < $1.acceptedAt }) where run.abort(reason) {
            ended.append(run.id)
            let lane = lanes[run.key]
            if lane?.current === run { continue }
            lane?.remove(run)
            startTask { await self.end(run, .aborted(reason: reason)) }
        }
        return ended
    }

    package func result(of id: String, within time: Duration) async -> RunResult? {
        guard let run = memory.find(id) else { return nil }
        return await run.ended(within: time, clock: clock)
    }

    // MARK: The gateway's end

    /// How many runs have not ended, those that wait included.
    package var underWay: Int { memory.active.count }

    /// Takes nothing more, stores what waits, lets what is under way come to its end until then, and ends the rest.
    package func drain(within time: Duration) async {
        closed = "stops"
        for lane in Array(lanes.values) {
            for run in lane.takeAll() {
                _ = run.abort("restart")
                await Turn(run, services, inbox: { [] }).keepMessage()
                await end(run, .aborted(reason: "restart"))
            }
        }
        let deadline = clock.now + time
        while !memory.active.isEmpty, clock.now < deadline { await anEnd(until: deadline) }
        for run in memory.active { _ = abort(run.id, in: nil, reason: "restart") }
        while !memory.active.isEmpty, clock.now < deadline + Self.lastTime {
            await anEnd(until: deadline + Self.lastTime)
        }
    }

    /// Ends all at once.
    package func cut() {
        closed = "stops"
        for run in memory.active { _ = abort(run.id, in: nil, reason: "restart") }
    }

    /// For those that were ended at the deadline to store what they have.
    nonisolated static let lastTime = Duration.seconds(2)

    private func anEnd(until deadline: Instant) async {
        let place = Suspension(clock)
        endings.append(place)
        _ = await place.wait(until: deadline)
        endings.removeAll { $0 === place }
    }
}
