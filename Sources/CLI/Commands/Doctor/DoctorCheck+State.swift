import Gateway
import Platform
import Settings
import Store

/// The disk, the clock, and what is kept.
extension DoctorCheck {
    private static let clockTolerance = Duration.seconds(300)
    static let leastFree: Int64 = 200 << 20
    static let logLimit: Int64 = 1 << 30
    /// The first second of 2025: nothing of this program is older.
    private static let firstTime: Int64 = 1_735_689_600

    static let state: [DoctorCheck] = [
        DoctorCheck("disk.space", .state, "there is room on the disk") { scene in
            let path = scene.instance.stateDirectory
            guard let disk = await BlockingPool.shared.run({ HostFacts.disk(at: path) }), disk.available < leastFree
            else {
                return []
            }
            return [
                DoctorFinding(
                    disk.available < leastFree / 10 ? .error : .warning, scene.shown(path),
                    "\(disk.available >> 20) MiB are free on its disk; what cannot be written is lost at a power cut",
                    advice: "du -sh \(ShellWord.quoted(path))/*")
            ]
        },
        DoctorCheck("clock", .state, "the clock is plausible") { scene in
            if scene.now.seconds < firstTime {
                return [
                    DoctorFinding(
                        .error, "clock",
                        "it says \(scene.now.iso): certificates fail, and messages are sorted wrongly",
                        advice: "timedatectl set-ntp true")
                ]
            }
            // A file that was written later than now tells that the clock was set back, or was wrong then.
            let state = scene.instance.stateDirectory
            var latest: (path: String, time: WallTime)?
            for path in [scene.instance.configPath] + (await scene.names(state)).map({ "\(state)/\($0)" }) {
                guard let facts = await scene.facts(path), facts.modified > latest?.time ?? scene.now else { continue }
                latest = (path, facts.modified)
            }
            guard let latest, latest.time.nanoseconds - scene.now.nanoseconds > clockTolerance.inNanoseconds else {
                return []
            }
            return [
                DoctorFinding(
                    .warning, "clock",
                    "it says \(scene.now.iso), and \(scene.shown(latest.path)) was written \(latest.time.iso)",
                    advice: "timedatectl status")
            ]
        },
        DoctorCheck("logs.size", .state, "the logs stay within limits") { scene in
            let directory = scene.instance.logDirectory
            let size = await BlockingPool.shared.run { Self.size(of: directory) }
            guard size > logLimit else { return [] }
            return [
                DoctorFinding(
                    .warning, scene.shown(directory), "\(size >> 20) MiB of logs, which something else writes or keeps",
                    advice: "ls -lS \(ShellWord.quoted(directory))")
            ]
        },
        DoctorCheck("store.sound", .state, "the store is sound") { scene in
            let path = scene.instance.databasePath
            guard FileReading.exists(path) else { return [] }
            switch await BlockingPool.shared.run({ StoreLook.soundness(of: path, GatewaySchema.schema) }) {
            case .sound: return []
            case .damaged(let reason):
                // The start puts the file aside and begins a new one; what was in it is in a backup or lost.
                return [
                    DoctorFinding(
                        .error, scene.shown(path), "damaged: \(reason)",
                        advice: "\(scene.invocation.program) backup restore <archive>")
                ]
            case .unknown(let reason):
                return [
                    DoctorFinding(
                        .note, scene.shown(path), "not looked into: \(reason)",
                        advice: "fuser \(ShellWord.quoted(path))")
                ]
            }
        },
        DoctorCheck("store.leftovers", .state, "no killed writer left anything") { scene in
            let state = scene.instance.stateDirectory
            let left = await scene.names(state).filter { AtomicFile.isLeftover($0) }
            guard !left.isEmpty else { return [] }
            let fix = DoctorFix("remove them, those of writers at work aside") { _ in
                left.map { "- \(scene.shown("\(state)/\($0)"))" }
            } _: { (_) throws(CommandFailure) in
                do throws(FileError) {
                    _ = try await BlockingPool.shared.run { () throws(FileError) in
                        try AtomicFile.removeLeftovers(in: state)
                    }
                } catch {
                    throw CommandFailure(.notGood, "file", "\(error)")
                }
                return nil
            }
            return [
                DoctorFinding(.note, scene.shown(state), "\(left.count) half-written files of killed writers", fix: fix)
            ]
        },
        DoctorCheck("approvals.valid", .state, "the rules for programs can be read") { scene in
            let path = scene.instance.stateDirectory + "/exec-approvals.json"
            guard let bytes = try? await FileReading.read(path, limit: 1 << 20) else { return [] }
            do throws(JSONError) {
                if try JSONParser.parse(bytes.span).object != nil { return [] }
                return [DoctorFinding(.error, scene.shown(path), "it is no JSON object: agents may run nothing")]
            } catch {
                return [
                    DoctorFinding(
                        .error, scene.shown(path), "it cannot be read, so agents may run nothing: \(error)",
                        advice: "\(scene.invocation.program) approvals get")
                ]
            }
        },
        DoctorCheck("workspace", .state, "the agents' workspace can be written") { scene in
            let named = scene.config?.string("agents.defaults.workspace").map { scene.instance.expanded($0) }
            let path = named ?? scene.instance.workspaceDirectory
            guard let facts = await scene.facts(path) else {
                // The usual place is made when it is needed; one that somebody chose may be a disk that is not mounted.
                return named == nil || FilePresence.exists(path) ? [] : [missing(path, scene)]
            }
            guard !facts.isLink else { return [] }
            if !facts.isDirectory {
                return [
                    DoctorFinding(
                        .error, scene.shown(path), "it is no directory",
                        advice: "mv \(ShellWord.quoted(path)) \(ShellWord.quoted(path + ".old"))")
                ]
            }
            guard facts.owner == ProcessFacts.user, facts.mode & 0o700 != 0o700 else { return [] }
            return [
                DoctorFinding(
                    .error, scene.shown(path), "mode \(String(facts.mode, radix: 8)): its own user cannot write there",
                    fix: .mode(path, facts.mode | 0o700, from: facts.mode))
            ]
        },
    ]

    @LoopActor
    private static func missing(_ path: String, _ scene: DoctorScene) -> DoctorFinding {
        let fix = DoctorFix("make it, empty") { _ in
            ["+ \(scene.shown(path))"]
        } _: { (_) throws(CommandFailure) in
            do throws(FileError) {
                try await BlockingPool.shared.run { () throws(FileError) in try PrivateDirectory.create(path) }
            } catch {
                throw CommandFailure(.notGood, "file", "\(error)")
            }
            return "rmdir \(ShellWord.quoted(path))"
        }
        return DoctorFinding(
            .warning, scene.shown(path), "agents.defaults.workspace leads here, and nothing is here", fix: fix,
            advice:
                "mount what belongs there, or: \(scene.invocation.program) config set agents.defaults.workspace <path>")
    }

    private nonisolated static func size(of directory: String) -> Int64 {
        ((try? FileFacts.names(in: directory)) ?? []).reduce(0) { sum, name in
            sum + (((try? FileFacts.of("\(directory)/\(name)", followLinks: false)) ?? nil)?.size ?? 0)
        }
    }
}
