package import Platform

/// The one writer of the configuration file: under a lock, only onto the state that the change was made for, checked
/// before it is written, with a backup, and so that a crash leaves the old file or the new one.
@LoopActor
package final class ConfigFile {
    /// How long a writer waits for another one.
    nonisolated static let lockWait = Duration.seconds(5)
    nonisolated static let lockRetry = Duration.milliseconds(20)
    /// A file of fewer bytes may lose any part of them.
    nonisolated static let shrinkFloor = 512

    private let instance: Instance
    private let schema: ConfigSchema
    private let loader: ConfigLoader
    private let clock: any Clock
    private let disk: ConfigDisk

    package convenience init(
        _ instance: Instance, environment: Environment, schema: ConfigSchema, clock: any Clock = EventLoop.shared
    ) {
        self.init(instance, environment: environment, schema: schema, clock: clock, disk: .real)
    }

    init(
        _ instance: Instance, environment: Environment, schema: ConfigSchema, clock: any Clock, disk: ConfigDisk,
        workingDirectory: String? = "."
    ) {
        self.instance = instance
        self.schema = schema
        self.clock = clock
        self.disk = disk
        loader = ConfigLoader(
            instance, environment: environment, schema: schema, workingDirectory: workingDirectory)
    }

    /// The copy of what the last write replaced; nil where none is kept. Blocks.
    package nonisolated static func newestBackup(_ instance: Instance) -> String? {
        (try? DatedRing.backups.entries(beside: instance.configPath))?.last
    }

    /// What the file says, without asking for variables and secrets.
    package func read() async throws(ConfigRefusal) -> ConfigSnapshot { try await loader.load(.none) }

    /// What a configuration has to fulfil beside its schema, with the values of variables and secrets in it.
    package typealias Rules = @LoopActor (ConfigSnapshot) throws(ConfigRefusal) -> Void

    /// Changes the file. `baseHash` is the hash of the state that the change is for; nil only while there is no file.
    /// A file with errors can be replaced by a whole text, not edited. Without `rules` only the schema is asked.
    package func write(
        _ change: ConfigChange, baseHash: String?, allowing allowance: ConfigAllowance = [], rules: Rules? = nil
    ) async throws(ConfigWriteError) -> ConfigSnapshot {
        let lock = try await takeLock()
        defer { lock.release() }
        await removeLeftovers()
        let old = try await current()
        guard old.bytes == nil || baseHash != nil else { throw .baseHashRequired }
        guard old.hash == baseHash?.lowercased() else { throw .changedMeanwhile }
        let oldDocument = try old.document(isNeeded: change.isPartial)
        var document = try change.applied(to: oldDocument)
        if let restored = try RedactedSecrets.restored(document, from: oldDocument?.value) { document = restored }
        if !change.isPartial { document = await withComments(document, old) }
        guard document.bytes.count <= ConfigReader.bytesLimit else {
            throw .file(.tooLarge(path: instance.configPath, limit: ConfigReader.bytesLimit))
        }
        let snapshot = try await checked(document.bytes, rules)
        try refuseIncluded(change, snapshot)
        if document.bytes == old.bytes { return snapshot }
        try await refuseLosses(old, oldDocument, document, allowance)
        try await replace(old.bytes, with: document.bytes)
        return snapshot
    }

    // MARK: Steps

    private func takeLock() async throws(ConfigWriteError) -> FileLock {
        let end = clock.now + Self.lockWait
        while true {
            switch try await tryLock() {
            case .acquired(let lock): return lock
            case .heldBy(let owner):
                guard clock.now < end, (try? await clock.sleep(for: Self.lockRetry)) != nil else {
                    throw .busy(owner)
                }
            }
        }
    }

    private func tryLock() async throws(ConfigWriteError) -> FileLock.Outcome {
        let path = instance.configPath
        do throws(FileError) {
            try await PrivateDirectory.create(ConfigReader.directory(of: path))
            return try await FileLock.acquire(path + ".lock", as: .current())
        } catch {
            throw .file(error)
        }
    }

    /// What writers left that were killed. That it stays is no reason to fail.
    private func removeLeftovers() async {
        let path = instance.configPath
        await BlockingPool.shared.run {
            // The backups are written beside the link, the file itself beside what it leads to.
            _ = try? AtomicFile.removeLeftovers(in: ConfigReader.directory(of: path))
            _ = try? AtomicFile.removeLeftovers(of: path)
        }
    }

    private struct Contents: Sendable {
        let bytes: [UInt8]?

        var hash: String? { bytes.map { Hex.encode(SHA256.hash($0)) } }

        func document(isNeeded: Bool) throws(ConfigWriteError) -> JSON5Document? {
            guard let bytes else { return nil }
            do throws(JSONError) { return try JSON5Document(bytes) } catch {
                if !isNeeded { return nil }
                throw .cannotEdit("the configuration is not JSON5, so nothing in it can be changed: \(error)")
            }
        }
    }

    private func current() async throws(ConfigWriteError) -> Contents {
        let path = instance.configPath
        do throws(FileError) {
            return Contents(
                bytes: try await BlockingPool.shared.run { () throws(FileError) in try Self.contents(path) })
        } catch {
            throw .file(error)
        }
    }

    /// Nil when there is no file. Blocks.
    private nonisolated static func contents(_ path: String) throws(FileError) -> [UInt8]? {
        do throws(FileError) { return try FileReading.read(path, limit: ConfigReader.bytesLimit) } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// Comments are no values, so that nothing is lost where what was shown of them cannot be told.
    private func withComments(_ document: JSON5Document, _ old: Contents) async -> JSON5Document {
        guard let bytes = old.bytes, let shown = try? await loader.load(.none, text: bytes) else { return document }
        return (try? JSON5Document(shown.withComments(document.bytes))) ?? document
    }

    private func checked(_ bytes: [UInt8], _ rules: Rules?) async throws(ConfigWriteError) -> ConfigSnapshot {
        do throws(ConfigRefusal) {
            if let rules { try rules(try await loader.load(.all, text: bytes)) }
            return try await loader.load(.none, text: bytes)
        } catch {
            throw .invalid(error, kept: await keep(bytes))
        }
    }

    private func refuseLosses(
        _ old: Contents, _ oldDocument: JSON5Document?, _ new: JSON5Document, _ allowance: ConfigAllowance
    ) async throws(ConfigWriteError) {
        let mode = JSONPointer(["gateway", "mode"])
        if !allowance.contains(.droppingMode), oldDocument?.value[mode] != nil, new.value[mode] == nil {
            throw .dropsMode(kept: await keep(new.bytes))
        }
        let count = old.bytes?.count ?? 0
        if !allowance.contains(.shrinking), count >= Self.shrinkFloor, new.bytes.count * 2 < count {
            throw .losesTooMuch(from: count, to: new.bytes.count, kept: await keep(new.bytes))
        }
    }

    /// A setting that an included file also sets may not have become what was asked for.
    private func refuseIncluded(_ change: ConfigChange, _ snapshot: ConfigSnapshot) throws(ConfigWriteError) {
        guard case .edits(let edits) = change else { return }
        for edit in edits where snapshot.parsed[edit.pointer] != snapshot.config[edit.pointer] {
            guard edit.value?.object == nil, let source = snapshot.tree.includedSource(of: edit.pointer) else {
                continue
            }
            throw .included(setting: edit.pointer.setting(in: snapshot.config), file: instance.shown(source.path))
        }
    }

    private func replace(_ old: [UInt8]?, with new: [UInt8]) async throws(ConfigWriteError) {
        let (path, time) = (instance.configPath, clock.wall)
        do throws(FileError) {
            let isSame = try await BlockingPool.shared.run { [disk] () throws(FileError) in
                if let old { _ = try DatedRing.backups.add(old, beside: path, at: time, disk) }
                // Editors take no lock: as late as possible it is seen whether one was quicker.
                return try disk.write(new, path, .kept(otherwise: AtomicFile.privateMode)) {
                    do throws(FileError) { return try Self.contents(path) == old } catch { return false }
                }
            }
            guard !isSame else { return }
        } catch {
            throw .file(error)
        }
        throw .changedMeanwhile
    }

    /// Keeps what was refused, so that nobody's work is lost. Returns where; nil when that failed as well.
    private func keep(_ bytes: [UInt8]) async -> String? {
        let (path, time) = (instance.configPath, clock.wall)
        let kept = await BlockingPool.shared.run { [disk] in
            try? DatedRing.rejected.add(bytes, beside: path, at: time, disk)
        }
        return kept.map { instance.shown($0) }
    }
}

extension ConfigChange {
    /// Whether the rest of the file stays.
    fileprivate var isPartial: Bool {
        if case .raw = self { false } else { true }
    }
}
