import Agents
import Platform
import Settings

/// What belongs to a gateway, and what of it goes into a backup.
struct BackupPlan: Sendable {
    var roots: [BackupManifest.Root]
    /// What belongs to the gateway and cannot be taken.
    let omissions: [BackupManifest.Omission]
    /// Of the state directory.
    let state: BackupState

    /// `snapshot` is the configuration, which names included files and workspaces; nil where it cannot be used.
    @LoopActor
    init(_ instance: Instance, _ snapshot: ConfigSnapshot?) async {
        let state = BackupState(instance)
        let roster = AgentRoster(
            defaultID: "main", workspace: instance.workspaceDirectory, home: instance.homeDirectory)
        if let snapshot { roster.take(snapshot.resolved) }
        let workspaces = Set(([roster.defaultID] + roster.agents.map(\.id)).map { roster.workspace(of: $0) }).sorted()
        let files = snapshot.map { $0.exists ? $0.files : [] } ?? [instance.configPath]
        self.state = state
        (roots, omissions) = await BlockingPool.shared.run {
            var omissions: [BackupManifest.Omission] = []
            var roots = [BackupManifest.Root(name: "state", kind: .state, path: instance.stateDirectory)]
            for (number, path) in files.enumerated() where !state.holds(path) && FilePresence.exists(path) {
                let path = PathText.normalized(path)
                roots.append(
                    BackupManifest.Root(
                        name: number == 0 ? "config" : "include-\(number)", kind: number == 0 ? .config : .include,
                        path: path))
            }
            for (number, path) in workspaces.enumerated() {
                let path = PathText.normalized(path)
                // A workspace deeper in the state directory comes with it.
                guard !state.holds(path), FilePresence.exists(path) else { continue }
                guard !Self.isAbove(path, instance) else {
                    omissions.append(
                        BackupManifest.Omission(
                            path: path, reason: "a workspace that holds the state or home directory is not packed"))
                    continue
                }
                roots.append(BackupManifest.Root(name: "workspace-\(number)", kind: .workspace, path: path))
            }
            return (roots, omissions)
        }
    }

    /// Whether a directory holds the state directory or the home directory: to put it back would move both. Blocks.
    static func isAbove(_ path: String, _ instance: Instance) -> Bool {
        guard let place = FileIdentity(path) else {
            return [instance.stateDirectory, instance.homeDirectory].contains {
                $0 == path || $0.hasPrefix(path == "/" ? "/" : path + "/")
            }
        }
        return place.holds(instance.stateDirectory) || place.holds(instance.homeDirectory)
    }

    /// Whether a path lies in something that is archived, where an archive would have to hold itself.
    func contains(_ path: String) -> Bool {
        roots.contains { !$0.isFile && FileIdentity($0.path)?.holds(path) == true }
    }
}

/// The state directory as backups see it.
struct BackupState: Sendable {
    let directory: String

    init(_ instance: Instance) { directory = instance.stateDirectory }

    /// What in the state directory neither a backup takes nor a restore moves: other profiles' and agents' workspaces,
    /// which are roots of their own; what belongs to the running process; logs; files of chats, which go after a week by
    /// themselves; what restores put aside.
    static func isLeftAlone(_ name: String) -> Bool {
        name == "workspace" || name.hasPrefix("workspace-") || name.hasPrefix("workspace.before-") || name == "logs"
            || name == "media" || name.hasSuffix(".lock")
            || name.hasSuffix(".sock") || name.hasPrefix(asidePrefix) || name.hasPrefix(".openclaw-")
    }

    /// What SQLite keeps beside a database: it is part of the consistent copy.
    static func isSidecar(_ name: String) -> Bool {
        ["-wal", "-shm", "-journal"].contains { name.hasSuffix(".sqlite" + $0) }
    }

    static let asidePrefix = "before-restore-"

    /// Whether the backup of the state directory has what is at `path`, which then needs no root of its own. Blocks.
    func holds(_ path: String) -> Bool {
        let path = PathText.normalized(path)
        guard path.hasPrefix(directory + "/"), let real = FileFacts.realPath(path),
            let place = FileFacts.realPath(directory), real == place + path.dropFirst(directory.utf8.count)
        else { return false }
        let first = path.dropFirst(directory.utf8.count + 1).split(separator: "/").first.map(String.init) ?? ""
        return !Self.isLeftAlone(first)
    }
}
