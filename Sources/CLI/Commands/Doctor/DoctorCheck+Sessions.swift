import Agents
import Gateway
import Platform
import Settings
import Store

/// Conversations, and what stands in their way.
extension DoctorCheck {
    /// Of what is missing, so many are named.
    private static let namedSessions = 3

    static let sessions: [DoctorCheck] = [
        DoctorCheck("sessions.transcripts", .state, "every conversation in the list has its transcript") { scene in
            let (state, path) = (scene.instance.stateDirectory, scene.instance.databasePath)
            // What cannot be read is the store's check to tell.
            guard FileReading.exists(path),
                let found = try? await BlockingPool.shared.run({ () throws(StoreError) in
                    try SessionAudit.missing(in: state, list: path)
                }), !found.missing.isEmpty
            else { return [] }
            let named = found.missing.prefix(namedSessions).map(\.shown).joined(separator: ", ")
            let more = found.missing.count > namedSessions ? " and others" : ""
            return [
                DoctorFinding(
                    .warning, scene.shown("\(state)/agents"),
                    "\(found.missing.count) of \(found.sessions) conversations have no transcript (\(named)\(more)); the "
                        + "next start takes them from the list",
                    advice: "\(scene.invocation.program) backup restore <archive>")
            ]
        },
        DoctorCheck("locks.stale", .state, "no lock of a program that is gone") { scene in
            let stale = await BlockingPool.shared.run { [state = scene.instance.stateDirectory] in
                Self.staleLocks(in: state)
            }
            guard !stale.isEmpty else { return [] }
            let fix = DoctorFix("remove \(stale.count == 1 ? "it" : "them")") { scene in
                stale.map { "- \(scene.shown("\(scene.instance.stateDirectory)/\($0)"))" }
            } _: { (scene) throws(CommandFailure) in
                do throws(FileError) {
                    try await BlockingPool.shared.run { [state = scene.instance.stateDirectory] () throws(FileError) in
                        let directory = try SafeDirectory(state)
                        for path in stale { try directory.remove(try SafePath(path)) }
                    }
                } catch {
                    throw CommandFailure(.notGood, "file", "\(error)")
                }
                return nil
            }
            return [
                DoctorFinding(
                    .note, scene.shown("\(scene.instance.stateDirectory)/\(stale[0])"),
                    "\(stale.count) lock\(stale.count == 1 ? "" : "s") of programs that are gone, as OpenClaw leaves them; "
                        + "nothing here heeds them",
                    fix: fix)
            ]
        },
    ]

    /// Lock files beside transcripts whose owner does not run. They name it in JSON. Blocks.
    private nonisolated static func staleLocks(in state: String) -> [String] {
        var stale: [String] = []
        for agent in ((try? FileFacts.names(in: "\(state)/agents")) ?? []).sorted() {
            let folder = "agents/\(agent)/sessions"
            for name in ((try? FileFacts.names(in: "\(state)/\(folder)")) ?? []).sorted()
            where name.hasSuffix(".jsonl.lock") {
                guard let bytes = try? FileReading.read("\(state)/\(folder)/\(name)", limit: FileLock.ownerLimit),
                    let owner = (try? JSONParser.parse(bytes.span))?["pid"]?.int, let process = Int32(exactly: owner),
                    process > 0, !ProcessFacts.isRunning(process)
                else { continue }
                stale.append("\(folder)/\(name)")
            }
        }
        return stale
    }
}
