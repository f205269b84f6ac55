import Contract
import Platform
import Settings

/// The configuration that runs and the file it comes from: who changes the file, and what takes over a change at once.
@LoopActor
final class LiveConfiguration {
    /// What a change came to.
    struct Outcome {
        let snapshot: ConfigSnapshot
        /// Whether the file says what it said before.
        let isSame: Bool
        /// Settings that were taken over.
        let taken: [String]
        /// Settings that differ from what runs, until the next start.
        let left: [String]
        /// Why nothing was taken over.
        let refusal: ConfigRefusal?
    }

    /// A part of the gateway that takes over settings while it runs.
    private struct Taker {
        let sections: [String]
        let take: @LoopActor (ConfigSnapshot) throws(ConfigRefusal) -> Void
    }

    let instance: Instance
    let schema: ConfigSchema
    let clock: any Clock
    private let file: ConfigFile
    private let loader: ConfigLoader
    /// What the gateway was started with; what takes a restart still is as it says.
    private var started: ConfigSnapshot?
    private var latest: ConfigSnapshot?
    private var takers: [Taker] = []
    private var watcher: FileWatcher?
    /// What the next start would refuse although its schema allows it.
    var rules: ConfigFile.Rules = { _ in }
    /// Told after each write: where, and the new hash.
    var onChange: @LoopActor (_ path: String, _ hash: String?) -> Void = { _, _ in }

    init(_ instance: Instance, environment: Environment, schema: ConfigSchema, clock: any Clock) {
        self.instance = instance
        self.schema = schema
        self.clock = clock
        file = ConfigFile(instance, environment: environment, schema: schema, clock: clock)
        loader = ConfigLoader(instance, environment: environment, schema: schema)
    }

    /// Says who takes over the settings whose paths begin with one of `sections`.
    func add(_ sections: [String], _ take: @escaping @LoopActor (ConfigSnapshot) throws(ConfigRefusal) -> Void) {
        takers.append(Taker(sections: sections, take: take))
    }

    /// Begins with what the gateway was started with, or with what the file says now.
    func begin(with snapshot: ConfigSnapshot? = nil) async {
        if let snapshot { started = snapshot } else { started = try? await loader.load() }
        latest = started
        guard let started else { return }
        for taker in takers { try? taker.take(started) }
    }

    /// The hash of the file whose settings all are in use; nil when there is none.
    var appliedHash: String? { latest.flatMap { left(in: $0).isEmpty ? $0.hash : started?.hash } }

    /// Parts that stay off in what runs.
    var degraded: [ConfigDegradation] { latest?.degraded ?? [] }

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
                snapshot: written, isSame: true, taken: [], left: latest.map { left(in: $0) } ?? [], refusal: nil)
        }
        onChange(written.path, written.hash)
        return await takeOver(written)
    }

    /// Resolves variables and secrets anew and takes over what can be.
    func reload() async throws(ConfigRefusal) -> Outcome {
        let outcome = await takeOver(try await file.read())
        if let refusal = outcome.refusal { throw refusal }
        return outcome
    }

    /// Takes over what people and other programs change in the file, and tells what came of it: the settings taken
    /// over, or why the file is not used.
    func watch(_ report: @escaping @LoopActor (Result<[String], ConfigRefusal>) -> Void) async {
        let watcher = FileWatcher(instance.configPath, clock: clock) { [weak self] in
            startTask { await self?.fileChanged(report) }
        }
        self.watcher = watcher
        await watcher.start()
    }

    func stopWatching() {
        watcher?.stop()
        watcher = nil
    }

    private func fileChanged(_ report: @LoopActor (Result<[String], ConfigRefusal>) -> Void) async {
        guard await hashOfFile() != latest?.hash else { return }
        do throws(ConfigRefusal) {
            report(.success(try await reload().taken))
        } catch {
            report(.failure(error))
        }
    }

    private func takeOver(_ written: ConfigSnapshot) async -> Outcome {
        do throws(ConfigRefusal) {
            let new = try await loader.load()
            let plan = latest.map { ReloadPlan(from: $0, to: new) }
            for taker in takers { try taker.take(new) }
            latest = new
            return Outcome(
                snapshot: new, isSame: false, taken: plan?.hot.filter(isTaken) ?? [], left: left(in: new), refusal: nil)
        } catch {
            return Outcome(snapshot: written, isSame: false, taken: [], left: [], refusal: error)
        }
    }

    private func isTaken(_ path: String) -> Bool {
        takers.contains { taker in taker.sections.contains { path == $0 || path.hasPrefix($0 + ".") } }
    }

    /// What a restart would change.
    private func left(in snapshot: ConfigSnapshot) -> [String] {
        ReloadPlan.between(started, snapshot).filter { !isTaken($0) }
    }
}

extension ReloadPlan {
    /// Settings that something here reads and that differ.
    fileprivate static func between(_ old: ConfigSnapshot?, _ new: ConfigSnapshot) -> [String] {
        guard let old else { return [] }
        let plan = ReloadPlan(from: old, to: new)
        return plan.changes.filter { $0.reload != .none }.map(\.path)
    }
}
