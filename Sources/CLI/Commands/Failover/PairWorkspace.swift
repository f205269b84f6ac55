import Failover
import Platform

/// The primary's side of the workspace's copy.
@LoopActor
struct PairWorkspace {
    /// The name of the remote that a workspace without one is given.
    static let remote = "standby"
    private static let time = Duration.seconds(240)

    private let invocation: Invocation
    private let programs: SyncPrograms
    private let host: StandbyHost?

    init(_ invocation: Invocation, _ programs: SyncPrograms, _ host: StandbyHost? = nil) {
        self.invocation = invocation
        self.programs = programs
        self.host = host
    }

    private var deadline: Instant { invocation.surroundings.clock.now + Self.time }

    private func setup() async -> WorkspaceSetup { WorkspaceSetup(await invocation.workspacePath(), programs) }

    func prepare() async throws(CommandFailure) -> WorkspaceSetup.Found {
        do throws(SyncError) { return try await setup().prepare(by: deadline) } catch { throw failure(error) }
    }

    func setRemote(_ address: String) async throws(CommandFailure) {
        do throws(SyncError) { try await setup().setRemote(Self.remote, address, by: deadline) } catch {
            throw failure(error)
        }
    }

    func removeRemote(_ name: String) async throws(CommandFailure) {
        let path = await invocation.workspacePath()
        guard FileReading.exists(path + "/.git") else { return }
        do throws(SyncError) { try await setup().removeRemote(name, by: deadline) } catch { throw failure(error) }
    }

    func push() async throws(CommandFailure) -> String {
        let path = await invocation.workspacePath()
        let outcome = await WorkspacePush(path, programs, host: HostFacts.hostName).run(by: deadline)
        if case .failed(let reason) = outcome { throw CommandFailure(.notGood, "git", reason.shown) }
        return "the workspace is where the standby takes it from"
    }

    private func failure(_ error: SyncError) -> CommandFailure { CommandFailure(.notGood, "git", "\(error)".shown) }
}
