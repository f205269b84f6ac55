import Contract
import Platform

/// What the gateway measures of itself, each number by its own means.
@LoopActor
struct OwnFacts {
    let facts: GatewayFacts
    let health: GatewayHealth
    let hub: EventHub
    let output: LogOutput
    let clock: any Clock

    /// Members of the health snapshot.
    func add(to report: HealthReport) {
        report.add("process") { process }
        report.add("eventLoop") { eventLoop }
        report.add("log", trouble: { output.health.failure.map { "\($0)" } }) { log }
    }

    var process: JSON {
        var process: JSON = ["pid": .int(Int64(HostFacts.processID)), "uptimeMs": .int(health.uptimeMilliseconds)]
        process["residentBytes"] = HostFacts.residentBytes.map { .int($0) }
        return process
    }

    /// Since the start; the first thing to look at when answers are slow.
    var eventLoop: JSON {
        let lateness = EventLoop.shared.lateness
        return [
            "longestTurnMs": lateness.longestTurn.json, "latestTimerMs": lateness.latestTimer.json,
            "slowTurns": JSON(lateness.slowTurns),
        ]
    }

    /// Whether lines reach the file.
    var log: JSON {
        let state = output.health
        var log: JSON = ["ok": .bool(state.failure == nil), "dropped": JSON(state.dropped)]
        log["file"] = output.path.map { .string($0) }
        log["failure"] = state.failure.map { .string("\($0)") }
        log["failingForMs"] = state.failingSince.map { .int(clock.wall.milliseconds - $0.milliseconds) }
        return log
    }

    /// The answer of `diagnostics.stability`.
    var stability: JSON {
        [
            "ts": .int(clock.wall.milliseconds), "uptimeMs": .int(health.uptimeMilliseconds), "process": process,
            "eventLoop": eventLoop, "log": log, "clients": JSON(hub.clients.count),
            "readiness": ["ready": .bool(health.isReady), "failing": .array(health.failingParts.map { .string($0) })],
        ]
    }
}

extension Duration {
    /// Milliseconds, with what is below them.
    fileprivate var json: JSON { .double(Double(inNanoseconds / 1000) / 1000) }
}
