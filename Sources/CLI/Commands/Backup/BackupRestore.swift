import Platform
import Settings
import Store

/// Unpacks an archive beside the places that it is for, looks at all of it again, and then puts it into place: what was
/// there is moved aside, and moved back when anything fails. Blocks; for the blocking pool.
struct BackupRestore {
    let targets: BackupTargets
    let time: WallTime

    /// Where what was there is now.
    struct Outcome: Sendable {
        var manifest: BackupManifest
        /// Of the state directory; nil where nothing was in it.
        var aside: String?
        var moved: [String] = []
    }

    func run(_ archive: String) throws(BackupError) -> Outcome {
        var stagings: [String: StagingDirectory] = [:]
        defer { for staging in stagings.values { staging.remove() } }
        for target in targets.targets {
            stagings[target.root.name] = try BackupError.wrap { () throws(FileError) in
                let isState = target.root.kind == .state
                let parent = isState ? target.path : Self.parent(of: target.path)
                try PrivateDirectory.create(parent)
                return try StagingDirectory("\(parent)/.openclaw-restore-\(target.root.name)-\(time.compactUTC)")
            }
        }
        var unpacking = Unpacking(
            stagings: stagings, state: targets.targets.first { $0.root.kind == .state }?.root.name)
        let manifest = try BackupReader.read(archive, into: &unpacking)
        for database in unpacking.databases {
            let damage: [String]
            do throws(StoreError) { damage = try StoreCopy.damage(of: database) } catch { throw .store(error) }
            // Opening a database leaves these beside it.
            for suffix in ["-wal", "-shm"] {
                try BackupError.wrap { () throws(FileError) in try FileRemoval.remove(database + suffix) }
            }
            if let first = damage.first { throw .damagedStore(path: database, reason: first) }
        }
        var outcome = Outcome(manifest: manifest)
        var renames = Renames(journal: Self.journal(of: targets))
        do throws(FileError) {
            Renames.settle()
            for target in targets.targets {
                guard let staging = stagings[target.root.name] else { continue }
                try put(target, staging, &renames, &outcome)
            }
            Renames.settle()
            try renames.finish()
        } catch {
            renames.undo()
            throw .file(error)
        }
        return outcome
    }

    private func put(
        _ target: BackupTargets.Target, _ staging: StagingDirectory, _ renames: inout Renames, _ outcome: inout Outcome
    ) throws(FileError) {
        guard target.root.kind == .state else {
            let name =
                target.root.isFile
                ? "\(target.root.name)/\(target.root.path.split(separator: "/").last ?? "")" : target.root.name
            if try FileFacts.of(target.path, followLinks: false) != nil {
                // The name that `MoveAside` gives, with the move in the journal.
                let aside = "\(target.path).before-\(time.compactUTC)"
                try renames.rename(target.path, to: aside)
                outcome.moved.append(aside)
            }
            return try renames.rename("\(staging.path)/\(name)", to: target.path)
        }
        let present = try FileFacts.names(in: target.path).filter { !BackupState.isLeftAlone($0) }
        if !present.isEmpty {
            let aside = "\(target.path)/\(BackupState.asidePrefix)\(time.compactUTC)"
            _ = try StagingDirectory(aside)
            outcome.aside = aside
            for name in present { try renames.rename("\(target.path)/\(name)", to: "\(aside)/\(name)") }
        }
        let unpacked = "\(staging.path)/\(target.root.name)"
        guard try FileFacts.of(unpacked, followLinks: false) != nil else { return }
        for name in try FileFacts.names(in: unpacked) where !BackupState.isLeftAlone(name) {
            try renames.rename("\(unpacked)/\(name)", to: "\(target.path)/\(name)")
        }
    }

    /// Takes back what a restore did that was killed before its end; returns whether it had moved anything. For whoever
    /// has the lock of the state directory.
    static func takeBack(in stateDirectory: String) throws(BackupError) -> Bool {
        try BackupError.wrap { () throws(FileError) in
            let isFound = try Renames.takeBack(journal: "\(stateDirectory)/\(journalName)")
            // One that was killed while it unpacked leaves only these.
            for name in try FileFacts.names(in: stateDirectory) where name.hasPrefix(".openclaw-restore-") {
                StagingDirectory.remove("\(stateDirectory)/\(name)")
            }
            // All that was in it is back, or nothing had come into it yet.
            for name in try FileFacts.names(in: stateDirectory) where name.hasPrefix(BackupState.asidePrefix) {
                let aside = "\(stateDirectory)/\(name)"
                if (try? FileFacts.names(in: aside))?.isEmpty == true { StagingDirectory.remove(aside) }
            }
            return isFound
        }
    }

    static let journalName = ".openclaw-restore.json"

    private static func journal(of targets: BackupTargets) -> String {
        "\(targets.targets.first { $0.root.kind == .state }?.path ?? "")/\(journalName)"
    }

    private static func parent(of path: String) -> String {
        let parts = path.split(separator: "/").dropLast()
        return "/" + parts.joined(separator: "/")
    }
}

/// Writes what an archive holds into the staging directories of its roots.
private struct Unpacking: BackupReader.Receiver {
    let stagings: [String: StagingDirectory]
    let state: String?
    private var file: StagedFile?
    private(set) var databases: [String] = []

    init(stagings: [String: StagingDirectory], state: String?) {
        self.stagings = stagings
        self.state = state
    }

    mutating func entry(_ entry: TarEntry) throws(BackupError) {
        let root = entry.path.parts[0]
        guard let staging = stagings[root] else {
            throw .differs(path: entry.path.description, reason: "belongs to no root of its manifest")
        }
        do throws(FileError) {
            switch entry.kind {
            case .directory:
                file = nil
                try staging.makeDirectory(entry.path, mode: entry.mode)
            case .file:
                file = try staging.create(entry)
                if root == state, entry.path.description.hasSuffix(".sqlite"), entry.size > 0 {
                    databases.append("\(staging.path)/\(entry.path)")
                }
            }
        } catch {
            throw .file(error)
        }
    }

    mutating func content(_ bytes: ArraySlice<UInt8>) throws(BackupError) {
        do throws(FileError) { try file?.append(bytes) } catch { throw .file(error) }
    }

    mutating func fileEnd() throws(BackupError) {
        do throws(FileError) { try file?.finish() } catch { throw .file(error) }
        file = nil
    }
}
