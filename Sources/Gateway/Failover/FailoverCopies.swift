import Failover
import Platform

/// Keeps this node's workspace and the others' alike, and does those steps of a promotion that run other programs.
@LoopActor
final class FailoverCopies {
    private let sync: FailoverSync
    private let clock: any Clock
    private let log: Log
    /// Why the last try failed, by the name of what was tried: told when it changes.
    private var failures: [String: String] = [:]

    init(_ sync: FailoverSync, clock: any Clock, log: Log) {
        self.sync = sync
        self.clock = clock
        self.log = log
    }

    /// `acts` says whether this node does the work now: then its workspace is the one that leads.
    func start(acts: @escaping @LoopActor () -> Bool) {
        sync.pull?.isWanted = { !acts() }
        sync.push?.isWanted = acts
        for step in sync.services {
            step.onReport = { [weak self] in self?.hear(step.name, $0) }
            startTask { try? await step.run() }
        }
    }

    func drain() { for step in sync.services { step.drain() } }

    func run(_ step: FailoverStep, by deadline: Instant) async -> StepOutcome { await sync.run(step, by: deadline) }

    /// How old the copy is, or when it was last given away; nil where none is kept.
    var workspace: JSON? { (sync.push ?? sync.pull)?.report.json(now: clock.wall) }

    private func hear(_ name: String, _ report: SyncReport) {
        guard failures[name] != report.failure else { return }
        failures[name] = report.failure
        if let failure = report.failure {
            log.warn("\(name) does not work", ["reason": .text(failure)])
        } else {
            log.info("\(name) works again")
        }
    }
}
