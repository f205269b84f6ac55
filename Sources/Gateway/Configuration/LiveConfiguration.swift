import Contract
import Platform
import Settings

/// The configuration that runs and the file it comes from: who changes the file, what takes over a change at once, and
/// what of it waits for a restart.
@LoopActor
final class LiveConfiguration {
    /// What a change came to.
    struct Outcome: Sendable {
        let snapshot: ConfigSnapshot
        /// Whether the file says what it said before.
        let isSame: Bool
        /// Settings that were taken over.
        let taken: [String]
        /// Settings that differ from what runs, until the next start.
        let left: [String]
        /// Whether that start is asked for without anybody's doing.
        var restarts = false
        /// Why nothing was taken over.
        let refusal: ConfigRefusal?
    }

    typealias Commit = @LoopActor () -> Void

    /// A part of the gateway that takes over settings while it runs.
    private struct Taker {
        let sections: [String]
        let prepare: @LoopActor (ConfigSnapshot) throws(ConfigRefusal) -> Commit
    }

    /// Read by commands, or here, at the moment of use.
    private static let readWhenUsed = [
        "gateway.reload", "gateway.remote", "gateway.controlUi.enabled", "env", "secrets",
    ]

    let instance: Instance
    let schema: ConfigSchema
    let clock: any Clock
    private let file: ConfigFile
    let loader: ConfigLoader
    private var takers: [Taker] = []
    private var watch: ConfigWatch?
    /// One look at the file after another, so that an older one never wins.
    private var lastLook: Task<Outcome, any Error>?
    let state = ConfigStanding()
    /// What the next start would refuse although its schema allows it.
    var rules: ConfigFile.Rules = { _ in }
    /// Told after each change of the file, whoever made it.
    var onNews: [@LoopActor (Outcome) -> Void] = []
    /// Asks for a restart, which somebody else carries out.
    var requestRestart: @LoopActor (_ reason: String) -> Void = { _ in }

    init(_ instance: Instance, environment: Environment, schema: ConfigSchema, clock: any Clock) {
        self.instance = instance
        self.schema = schema
        self.clock = clock
        file = ConfigFile(instance, environment: environment, schema: schema, clock: clock)
        loader = ConfigLoader(instance, environment: environment, schema: schema)
    }

    /// Says who takes over the settings whose paths begin with one of `sections`: first everyone prepares, and only
    /// when nobody refuses does anyone change.
    func add(
        checked sections: [String],
        _ prepare: @escaping @LoopActor (ConfigSnapshot) throws(ConfigRefusal) -> Commit
    ) {
        takers.append(Taker(sections: sections, prepare: prepare))
    }

    /// The same for a part that can refuse nothing.
    func add(_ sections: [String], _ take: @escaping @LoopActor (ConfigSnapshot) -> Void) {
        takers.append(Taker(sections: sections) { snapshot in { take(snapshot) } })
    }

    /// Begins with what the gateway was started with, or with what the file says now.
    func begin(with snapshot: ConfigSnapshot? = nil, fallback: ConfigOpening.Fallback? = nil) async {
        var first = snapshot
        if first == nil { first = try? await loader.load() }
        guard let first else { return }
        if let commits = try? takers.map({ taker throws(ConfigRefusal) in try taker.prepare(first) }) {
            for commit in commits { commit() }
        }
        state.began(with: first, fallback, at: clock.wall)
    }

    func read() async throws(ConfigRefusal) -> ConfigSnapshot { try await file.read() }

    /// Also of a file that cannot be used.
    func hashOfFile() async -> String? {
        let path = instance.configPath
        return await BlockingPool.shared.run {
            (try? FileReading.read(path, limit: Self.bytesLimit)).map { Hex.encode(SHA256.hash($0)) }
        }
    }

    private nonisolated static let bytesLimit = 4 << 20

    /// Writes nothing that the next start would refuse.
    func write(_ change: ConfigChange, baseHash: String?) async throws(ConfigWriteError) -> Outcome {
        let written = try await file.write(change, baseHash: baseHash, rules: rules)
        guard written.hash != baseHash?.lowercased() else {
            return Outcome(
                snapshot: written, isSame: true, taken: [], left: state.pending, restarts: state.restarts, refusal: nil)
        }
        let looked = await look(written)
        return Outcome(
            snapshot: written, isSame: false, taken: looked.taken, left: looked.left, restarts: looked.restarts,
            refusal: looked.refusal)
    }

    /// Resolves variables and secrets anew and takes over what can be, in every mode: somebody asked for it.
    func reload() async throws(ConfigRefusal) -> Outcome {
        let outcome = await look(try await file.read(), isAskedFor: true)
        if let refusal = outcome.refusal { throw refusal }
        return outcome
    }

    /// Why the gateway would not start with what the file says now; nil when it would.
    func refusalOfNextStart() async -> ConfigRefusal? {
        do throws(ConfigRefusal) {
            try rules(try await loader.load())
            return nil
        } catch {
            return error
        }
    }

    /// Takes over what people and other programs change in the file and in what it includes.
    func startWatching() async {
        let watch = ConfigWatch(quiet: quiet, clock: clock) { [weak self] in
            startTask { await self?.fileChanged() }
        }
        self.watch = watch
        await watch.follow(state.running?.files ?? [instance.configPath])
        // What changed between the start and now.
        await fileChanged()
    }

    func stopWatching() {
        watch?.stop()
        watch = nil
    }

    /// From now on what runs without trouble is kept as the last good configuration.
    func proven() async {
        state.isProven = true
        await ConfigKeeping(instance).keep(state, at: clock.wall)
    }

    private var quiet: Duration {
        .milliseconds(state.running?.integer("gateway.reload.debounceMs") ?? 300)
    }

    /// Looks at the file as it is looked at when it changes.
    func fileChanged() async {
        guard let running = state.running else { return }
        _ = await look(running)
    }

    // MARK: Taking over

    /// `shown` stands for the file when it cannot be used.
    private func look(_ shown: ConfigSnapshot, isAskedFor: Bool = false) async -> Outcome {
        let before = lastLook
        let task = startTask { [self] in
            _ = await before?.result
            return await lookNow(shown, isAskedFor)
        }
        lastLook = task
        return (try? await task.value)
            ?? Outcome(snapshot: shown, isSame: false, taken: [], left: [], refusal: nil)
    }

    private func lookNow(_ shown: ConfigSnapshot, _ isAskedFor: Bool) async -> Outcome {
        let outcome: Outcome
        do throws(ConfigRefusal) {
            let new = try await loader.load()
            guard new.exists || state.running?.exists != true else { throw gone }
            if let same = state.sameAsBefore(new, isAskedFor: isAskedFor) { return same }
            try rules(new)
            outcome = try takeOver(new, isAskedFor)
            await watch?.follow(new.files)
        } catch {
            state.refused(error, at: clock.wall)
            outcome = Outcome(snapshot: shown, isSame: false, taken: [], left: state.pending, refusal: error)
            // What it includes may be where the correction is made.
            await watch?.follow(Array(Set((state.running?.files ?? []) + error.files + [instance.configPath])))
        }
        watch?.quiet = quiet
        await ConfigKeeping(instance).keep(state, at: clock.wall)
        for tell in onNews { tell(outcome) }
        if let reason = state.takeRestartReason() { requestRestart(reason) }
        return outcome
    }

    private var gone: ConfigRefusal {
        let path = instance.shown(instance.configPath)
        return ConfigRefusal(
            "\(path) is gone; \(instance.program) config restore puts it back", file: path, problems: [])
    }

    private func takeOver(_ new: ConfigSnapshot, _ isAskedFor: Bool) throws(ConfigRefusal) -> Outcome {
        var mode = new.string("gateway.reload.mode").flatMap(ReloadPlan.Mode.init) ?? .hybrid
        if isAskedFor, mode != .hybrid { mode = .hot }
        let plan = state.running.map { ReloadPlan(from: $0, to: new) }
        let decision = plan?.decision(mode, isTaken: isTaken)
        let effective = state.running.map { new.keeping((decision?.left ?? []).map(\.place), of: $0) } ?? new
        var commits: [Commit] = []
        for taker in takers { commits.append(try taker.prepare(effective)) }
        for commit in commits { commit() }
        state.tookOver(effective, file: new, decision, at: clock.wall)
        return Outcome(
            snapshot: new, isSame: false, taken: decision?.taken.map(\.path) ?? [], left: state.pending,
            restarts: state.restarts, refusal: nil)
    }

    private func isTaken(_ path: String) -> Bool {
        let sections = Self.readWhenUsed + takers.flatMap(\.sections)
        return sections.contains { path == $0 || path.hasPrefix($0 + ".") }
    }
}
