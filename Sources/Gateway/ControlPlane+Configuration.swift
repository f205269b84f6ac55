import Contract
import Platform
import Settings

/// What clients hear of the configuration: an event for each change of the file, and a member of the health snapshot.
extension ControlPlane {
    func tellOfChanges(_ configuration: LiveConfiguration) {
        report.add("config") { [instance = configuration.instance, state = configuration.state] in
            state.facts(instance)
        }
        configuration.onNews.append {
            [hub, report, clock = configuration.clock, instance = configuration.instance] news in
            var payload: JSON = [
                "path": .string(instance.configPath), "ts": .int(clock.wall.milliseconds),
                "valid": .bool(news.refusal == nil), "taken": .array(news.taken.map { .string($0) }),
                "needsRestart": .array(news.left.map { .string($0) }),
            ]
            if let refusal = news.refusal {
                payload["issues"] = .issues(of: refusal)
            } else {
                payload["hash"] = news.snapshot.hash.map { .string($0) }
            }
            hub.broadcast(.configChanged, payload)
            report.refresh()
        }
    }
}
