import Platform

/// Keeping what there is within bounds.
extension SessionShelf {
    /// What was done, or would be.
    package struct Maintenance: Equatable, Sendable {
        package var before = 0
        package var removed: [SessionKey] = []
        package var archived: [SessionKey] = []
        /// Transcripts that had been put aside.
        package var files: [String] = []
        package var freedBytes = 0
        package var isApplied = false
    }

    /// Cleans up as the configuration says. `force` does it although the configuration only wants to be told, `dryRun`
    /// the other way round.
    package func maintain(
        agent: String? = nil, force: Bool = false, dryRun: Bool = false, keeping: SessionKey? = nil
    ) async throws(SessionError) -> Maintenance {
        let rules = settings.maintenance
        var outcome = Maintenance(before: catalog.entries.count)
        outcome.isApplied = !dryRun && (rules.isEnforced || force)
        let agents = Set(catalog.entries.keys.map(\.agentID)).union(agent.map { [$0] } ?? [])
        for one in agents.sorted() where agent == nil || agent == one {
            let plan = MaintenancePlan(sessions(of: one, keeping: keeping), rules, now: clock.wall)
            outcome.removed += plan.removed
            outcome.archived += plan.archived
            if outcome.isApplied { await apply(plan) }
            let (place, now, isApplied) = (place, clock.wall, outcome.isApplied)
            let swept = await BlockingPool.shared.run { AsideSweep(place, one, rules, now, isApplied: isApplied) }
            outcome.files += swept.files
            outcome.freedBytes += swept.bytes
            if let problem = swept.problem { log.warn("sessions could not be cleaned up", ["reason": .text(problem)]) }
        }
        if outcome.removed.count + outcome.archived.count + outcome.files.count > 0 {
            log.info(
                outcome.isApplied ? "sessions were cleaned up" : "sessions would be cleaned up",
                [
                    "removed": LogValue(outcome.removed.count), "archived": LogValue(outcome.archived.count),
                    "files": LogValue(outcome.files.count), "bytes": LogValue(outcome.freedBytes),
                ])
        }
        return outcome
    }

    private func sessions(of agent: String, keeping: SessionKey?) -> [MaintenancePlan.Session] {
        catalog.entries.values.filter { $0.record.key.agentID == agent }.map { entry in
            let record = entry.record
            return MaintenancePlan.Session(
                key: record.key, updatedAt: record.updatedAt, isArchived: record.choices.isArchived,
                isPinned: record.choices.isPinned, isBusy: isBusy(record.key) || record.key == keeping)
        }
    }

    /// One that fails stays; the log says why.
    private func apply(_ plan: MaintenancePlan) async {
        for key in plan.removed {
            do throws(SessionError) { _ = try await remove(key, as: .cleanup) } catch { tellFailure(key, error) }
        }
        for key in plan.archived {
            do throws(SessionError) {
                _ = try await update(key, as: .cleanup) { (record) throws(SessionError) in
                    record.choices.isArchived = true
                }
            } catch {
                tellFailure(key, error)
            }
        }
    }

    private func tellFailure(_ key: SessionKey, _ error: SessionError) {
        log.warn("a session could not be cleaned up", ["session": LogValue(key), "reason": LogValue(error)])
    }
}

/// Takes away transcripts that were put aside, the oldest first. Blocks.
struct AsideSweep: Sendable {
    private(set) var files: [String] = []
    private(set) var bytes = 0
    private(set) var problem: String?

    init(_ place: TranscriptPlace, _ agent: String, _ rules: MaintenanceRules, _ now: WallTime, isApplied: Bool) {
        do throws(FileError) {
            let all = try place.files(agent)
            var total = all.reduce(0) { $0 + $1.file.size }
            var asides: [(time: WallTime, file: ListedFile)] = []
            for (name, file) in all {
                if case .aside(_, _, let time) = name { asides.append((time, file)) }
            }
            asides.sort { ($0.time, $0.file.name) < ($1.time, $1.file.name) }
            let isOver = rules.diskBytes.map { total > $0 } ?? false
            for (time, file) in asides {
                let age = now.nanoseconds - time.nanoseconds
                let isOld = rules.archiveRetention.map { age > $0.inNanoseconds } ?? false
                guard isOld || isOver && total > rules.targetBytes ?? .max else { continue }
                if isApplied { try place.remove(agent, name: file.name) }
                total -= file.size
                files.append(file.name)
                bytes += file.size
            }
        } catch {
            problem = "\(error)"
        }
    }
}
