import Platform
import Settings

/// How the configuration that runs and the file stand to each other.
@LoopActor
final class ConfigStanding {
    /// What runs: of the file all but what waits for a restart.
    private(set) var running: ConfigSnapshot?
    /// The file as it was last read without a mistake.
    private(set) var file: ConfigSnapshot?
    /// Of the file whose settings all are in use.
    private var usedHash: String?
    private(set) var inUseSince: WallTime?
    /// Settings that differ from what runs, until the next start.
    private(set) var pending: [String] = []
    /// Whether the mode of reloading has that start come by itself.
    private(set) var restarts = false
    private(set) var pendingSince: WallTime?
    private(set) var refusal: ConfigRefusal?
    private(set) var refusedAt: WallTime?
    private(set) var fallback: ConfigOpening.Fallback?
    private var restartReason: String?
    /// Whether a gateway has run with it for long enough.
    var isProven = false

    /// The hash of the file whose settings all are in use; nil when there is none.
    var appliedHash: String? { pending.isEmpty && fallback == nil ? file?.hash ?? usedHash : usedHash }

    /// Parts that stay off in what runs.
    var degraded: [ConfigDegradation] { running?.degraded ?? [] }

    func began(with snapshot: ConfigSnapshot, _ fallback: ConfigOpening.Fallback?, at time: WallTime) {
        running = snapshot
        file = fallback == nil ? snapshot : nil
        usedHash = snapshot.hash
        inUseSince = time
        self.fallback = fallback
        // It is what a gateway ran well with.
        if fallback != nil { isProven = true }
    }

    /// Nil when the file says something new.
    func sameAsBefore(_ new: ConfigSnapshot, isAskedFor: Bool) -> LiveConfiguration.Outcome? {
        // What waits may be taken over when somebody asks for it.
        if isAskedFor, !pending.isEmpty { return nil }
        let isKnown =
            if let fallback { file == nil && new.fingerprint == fallback.failed } else { false }
        let isSame =
            refusal == nil && file.map { $0.fingerprint == new.fingerprint && $0.resolved == new.resolved } ?? false
        guard isKnown || isSame else { return nil }
        return LiveConfiguration.Outcome(
            snapshot: new, isSame: true, taken: [], left: pending, restarts: restarts, refusal: nil)
    }

    func tookOver(
        _ effective: ConfigSnapshot, file new: ConfigSnapshot, _ decision: ReloadPlan.Decision?, at time: WallTime
    ) {
        let left = (decision?.left ?? []).map(\.path)
        if decision?.restarts == true, left != pending || new.fingerprint != file?.fingerprint {
            restartReason = "the configuration changed: \(left.joined(separator: ", "))"
        }
        if decision.map({ !$0.taken.isEmpty }) ?? true || fallback != nil { inUseSince = time }
        if left.isEmpty {
            usedHash = new.hash
            pendingSince = nil
            fallback = nil
        } else if left != pending {
            pendingSince = time
        }
        (running, file, pending) = (effective, new, left)
        restarts = decision?.restarts ?? false
        (refusal, refusedAt) = (nil, nil)
    }

    func refused(_ error: ConfigRefusal, at time: WallTime) { (refusal, refusedAt) = (error, time) }

    /// Once for each change that asks for a restart.
    func takeRestartReason() -> String? {
        defer { restartReason = nil }
        return restartReason
    }

    /// The member `config` of the health snapshot.
    func facts(_ instance: Instance) -> JSON {
        let path = instance.shown(instance.configPath)
        var facts: JSON = [
            "path": .string(instance.configPath), "shownPath": .string(path), "valid": .bool(refusal == nil),
            "pendingRestart": .array(pending.map { .string($0) }),
        ]
        facts["inUseSinceMs"] = inUseSince.map { .int($0.milliseconds) }
        facts["pendingSinceMs"] = pendingSince.map { .int($0.milliseconds) }
        if let refusal {
            facts["problem"] = .string(refusal.headlineText)
            facts["issues"] = .issues(of: refusal)
            facts["refusedAtMs"] = refusedAt.map { .int($0.milliseconds) }
        }
        if let fallback {
            facts["fallback"] = [
                "text": .string(fallback.text(path)), "configurationMs": .int(fallback.time.milliseconds),
                "reason": .string(fallback.reason), "keys": .array(fallback.keys.map { .string($0) }),
            ]
        }
        return facts
    }
}
