package import Platform

/// The standby's part: its workspace follows the primary's, as long as that needs no decision.
package struct WorkspaceCopy: SyncStep {
    private let path: String
    private let programs: SyncPrograms

    package init(_ path: String, _ programs: SyncPrograms) {
        self.path = path
        self.programs = programs
    }

    package func run(by deadline: Instant) async -> StepOutcome {
        do throws(SyncError) {
            let workspace = try await GitWorkspace.open(path, programs, by: deadline)
            do throws(SyncFailure) {
                let upstream = try await workspace.upstream()
                try await workspace.output([
                    "-c", "pull.rebase=false", "pull", "--quiet", "--ff-only", "--no-edit", upstream.remote,
                    upstream.branch,
                ])
            } catch {
                throw SyncError(error)
            }
            return .done
        } catch {
            return .failed("the workspace was not pulled: \(error)")
        }
    }

    /// When the newest commit of the copy was made: so old is what is here at least.
    package func committed(by deadline: Instant) async -> WallTime? {
        guard let workspace = try? await GitWorkspace.open(path, programs, by: deadline) else { return nil }
        return (try? await workspace.committed()) ?? nil
    }
}
