import Agents
import Contract
import Platform
import Settings
import Store

/// Lets agents look around by themselves from time to time, and at once when somebody wakes one.
@LoopActor
final class HeartbeatService {
    /// So often it looks whether the clock was set, which no timer tells.
    nonisolated static let interval = Duration.seconds(60)
    /// After a start, before the first that is overdue: channels connect first.
    nonisolated static let grace = Duration.seconds(60)
    /// Until a session that was busy is tried again.
    nonisolated static let patience = Duration.seconds(60)
    private nonisolated static let fact = "heartbeat.last"

    let heartbeats: Heartbeats
    private let turns: HeartbeatTurns
    private let zones: CronZones
    private let clock: any Clock
    private let log: Log
    private let place: Suspension
    /// Whether this gateway is the one that begins work by itself, as jobs are.
    var mayStart: @LoopActor () -> Bool = { true }
    /// Whether it does what it is asked to; as `mayStart` where nobody says otherwise.
    lazy var mayAct: @LoopActor () -> Bool = { [weak self] in self?.mayStart() ?? false }
    private var last: [String: WallTime] = [:]
    private var asked: Set<String> = []
    private var underWay: Set<String> = []
    private var notBefore: [String: WallTime] = [:]
    private var openedAt = WallTime(nanoseconds: 0)
    private var isOpen = false
    private var mustLook = false
    private var store: Store?

    init(_ heartbeats: Heartbeats, turns: HeartbeatTurns, zones: CronZones, clock: any Clock, log: Log) {
        self.heartbeats = heartbeats
        self.turns = turns
        self.zones = zones
        self.clock = clock
        self.log = log
        place = Suspension(clock)
        heartbeats.onChange = { [weak self] in self?.wake() }
    }

    /// Takes over what a configuration says (`agents`, `commands`).
    func take(_ snapshot: ConfigSnapshot) {
        turns.take(owners: snapshot.strings("commands.ownerAllowFrom") ?? [])
        heartbeats.plan = HeartbeatPlan(snapshot.resolved)
        wake()
    }

    /// Takes up when each agent looked around last, and begins.
    func open(_ store: Store) async throws(StoreError) {
        let text = try await store.read { (read) throws(StoreError) in try read.fact(Self.fact) }
        for member in text.flatMap({ try? JSONParser.parse($0) })?.object?.members ?? [] {
            if let time = member.value.int { last[member.key] = WallTime(milliseconds: Int64(time)) }
        }
        self.store = store
        begin()
    }

    func begin() {
        openedAt = clock.wall
        isOpen = true
        startTask { await self.work() }
    }

    /// Begins nothing any more. What is under way goes on.
    func close() {
        isOpen = false
        wake()
    }

    /// Has the agent look around as soon as its session has nothing else to do, at whatever hour.
    func ask(_ agent: String) {
        asked.insert(agent)
        notBefore[agent] = nil
        wake()
    }

    /// Keeps a text for the agent's next heartbeat; false where it has none to come.
    func keep(_ text: String, for agent: String) -> Bool {
        guard next(agent) != nil else { return false }
        turns.events.add(text, agent: agent)
        return true
    }

    /// When the next one is due; nil where none is.
    func next(_ agent: String) -> WallTime? {
        guard heartbeats.isEnabled, let settings = heartbeats.plan.settings[agent] else { return nil }
        return schedule(settings).next(after: last[agent] ?? openedAt).map { due in
            max(due, WallTime(nanoseconds: openedAt.nanoseconds + Self.grace.inNanoseconds))
        }
    }

    // MARK: The loop

    private func wake() {
        mustLook = true
        place.wake()
    }

    private func work() async {
        while isOpen {
            mustLook = false
            look()
            guard isOpen, !mustLook else { continue }
            _ = await place.wait(until: clock.now + wait)
        }
    }

    private var wait: Duration {
        let now = clock.wall
        let times = Set(heartbeats.plan.settings.keys).union(asked).subtracting(underWay).compactMap { due($0) }
        guard let first = times.min() else { return Self.interval }
        let wait = Duration.nanoseconds(first.nanoseconds - now.nanoseconds)
        return max(min(wait, Self.interval), .milliseconds(1))
    }

    private func due(_ agent: String) -> WallTime? {
        let pause = notBefore[agent]
        // Since long, whatever the clock shows: it goes on between two looks.
        if asked.contains(agent) { return pause ?? openedAt }
        guard let next = next(agent) else { return nil }
        return pause.map { max($0, next) } ?? next
    }

    private func look() {
        let now = clock.wall
        // A clock that was set back must not put them off until it has caught up.
        openedAt = min(openedAt, now)
        for (agent, time) in last where time > now { last[agent] = now }
        for agent in Set(heartbeats.plan.settings.keys).union(asked).subtracting(underWay).sorted() {
            guard let due = due(agent), due <= now else { continue }
            begin(agent, at: now)
        }
    }

    private func begin(_ agent: String, at now: WallTime) {
        let settings = heartbeats.plan.settings(of: agent)
        // Who asks while it is under way asks for the next one.
        let isAsked = asked.remove(agent) != nil
        guard isAsked ? mayAct() : mayStart() && schedule(settings).isActive(at: now) else {
            // On a gateway that stands by, what happened waits for the one that takes over.
            return note(agent, now)
        }
        underWay.insert(agent)
        startTask {
            let outcome = await self.turns.beat(agent, settings, isAsked: isAsked)
            self.underWay.remove(agent)
            self.ended(agent, outcome, since: now, isAsked: isAsked)
            self.wake()
        }
    }

    private func ended(_ agent: String, _ outcome: HeartbeatOutcome, since start: WallTime, isAsked: Bool) {
        guard outcome != .later else {
            if isAsked { asked.insert(agent) }
            notBefore[agent] = WallTime(nanoseconds: clock.wall.nanoseconds + Self.patience.inNanoseconds)
            return
        }
        notBefore[agent] = nil
        note(agent, start)
        if case .failed(let reason) = outcome {
            log.warn("a heartbeat failed", ["agent": .text(agent), "reason": .text(reason)])
        }
        heartbeats.happened(event(agent, outcome, start))
    }

    private func event(_ agent: String, _ outcome: HeartbeatOutcome, _ start: WallTime) -> JSON {
        let now = clock.wall
        var event: JSON = [
            "ts": .int(now.milliseconds), "agentId": .string(agent),
            "durationMs": .int(now.milliseconds - start.milliseconds),
        ]
        switch outcome {
        case .later: break
        case .skipped(let reason):
            event["status"] = "skipped"
            event["reason"] = .string(reason)
        case .quiet(let word):
            event["status"] = .string(word)
            event["silent"] = true
            event["indicatorType"] = "ok"
        case .sent(let text, let place):
            event["status"] = "sent"
            event["preview"] = .string(text.cut(to: 200))
            event["channel"] = place?.channel.map { .string($0) }
            event["accountId"] = place?.account.map { .string($0) }
            event["to"] = place.map { .string($0.to) }
            if place == nil { event["silent"] = true }
            event["indicatorType"] = "alert"
        case .failed(let reason):
            event["status"] = "failed"
            event["reason"] = .string(reason.cut(to: 500))
            event["indicatorType"] = "error"
        }
        return event
    }

    // MARK: Its place in time

    private func schedule(_ settings: HeartbeatSettings) -> HeartbeatSchedule {
        HeartbeatSchedule(every: settings.every, hours: settings.hours, zone: zone(settings.hours?.clocks ?? .machine))
    }

    private func zone(_ clocks: ActiveHours.Clocks) -> ZoneRules {
        switch clocks {
        case .machine: return zones.local
        case .user: return heartbeats.plan.userZone.flatMap { try? zones.shelf.zone($0) } ?? zones.local
        case .zone(let name): return (try? zones.shelf.zone(name)) ?? zone(.user)
        }
    }

    private func note(_ agent: String, _ time: WallTime) {
        last[agent] = time
        guard let store else { return }
        let known = last.filter { heartbeats.plan.settings[$0.key] != nil }
        let text = JSON.object(
            JSONObject(known.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value.milliseconds)) })
        ).description
        startTask { [clock, log] in
            do throws(StoreError) {
                try await store.write { [time = clock.wall] (write) throws(StoreError) in
                    try write.setFact(Self.fact, json: text, at: time)
                }
            } catch {
                log.warn("when agents looked around last is not stored", ["reason": LogValue(error)])
            }
        }
    }
}

extension HeartbeatService: RunWatching {
    func accepted(_ run: RunFacts) {}

    /// A session that was busy may be idle now.
    func take(_ event: RunEvent, of run: RunFacts) async {
        guard case .finished = event, notBefore[run.sessionKey.agentID] != nil else { return }
        notBefore[run.sessionKey.agentID] = nil
        // The run's lane is let go of in the turn after this one.
        startTask { self.wake() }
    }
}
