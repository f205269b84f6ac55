import Failover
import Gateway
import Platform
import Settings

/// A question to the monitor that runs alone on this host.
@LoopActor
struct MonitorCall {
    let invocation: Invocation

    private var question: MonitorQuestion {
        MonitorQuestion(invocation.instance.monitorSocketPath, clock: invocation.surroundings.clock)
    }

    /// Nil where none runs.
    func ask(_ method: String, _ params: JSON = [:]) async throws(CommandFailure) -> JSON? {
        switch await question.ask(method, params, within: invocation.timeout) {
        case .payload(let payload): return payload
        case .nobody: return nil
        case .refused(let reason): throw failure(reason)
        case .silent(let reason): throw failure("the monitor does not answer: \(reason)")
        }
    }

    /// What to say where neither a monitor nor a gateway answers; nil where a monitor is not what is missing.
    func absence() async -> CommandFailure? {
        guard let snapshot = try? await invocation.configLoader.load(.all),
            let settings = try? FailoverSettings(snapshot, instance: invocation.instance),
            settings.startsGateway
        else { return nil }
        let last = (try? await FailoverShelf.read(invocation.instance.monitorMemoryPath))??.history.last
        let known = last.map { entry in
            "when it ended: \(entry.to.rawValue) since "
                + Age.moment(
                    WallTime(milliseconds: entry.wall), now: invocation.surroundings.clock.wall, zone: .local)
                + ", \(entry.reason)".shown
        }
        return CommandFailure(
            .unreachable, "no-monitor", "no monitor runs here: nobody watches \(settings.above[0].place.text)".shown,
            details: [known].compactMap { $0 },
            next: ["\(invocation.program) failover install", "\(invocation.program) failover run"])
    }

    private func failure(_ text: String) -> CommandFailure {
        CommandFailure(.notGood, "monitor", text.shown, next: ["\(invocation.program) failover status"])
    }
}

extension Invocation {
    /// A method of failover, asked of whoever decides here: the monitor that runs alone, where one does, else the gateway.
    @LoopActor
    func callFailover(_ method: String, _ params: JSON = [:]) async throws(CommandFailure) -> JSON {
        let monitor = MonitorCall(invocation: self)
        if self["--url"] == nil, let answer = try await monitor.ask(method, params) { return answer }
        do throws(CommandFailure) {
            return try await withGateway { gateway throws(CommandFailure) in try await gateway.call(method, params) }
        } catch {
            if error.code == .unreachable, self["--url"] == nil, let absence = await monitor.absence() { throw absence }
            throw error
        }
    }
}
