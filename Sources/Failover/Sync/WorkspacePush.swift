package import Platform

/// The primary's part: what changed in the workspace is committed and pushed. Nothing is ever forced, and the commits
/// are this program's, whatever the user's git is set to.
package struct WorkspacePush: SyncStep {
    private let path: String
    private let programs: SyncPrograms
    private let author: String

    /// `host` is whose commits these are.
    package init(_ path: String, _ programs: SyncPrograms, host: String) {
        self.path = path
        self.programs = programs
        author = "openclaw@\(host)"
    }

    package func run(by deadline: Instant) async -> StepOutcome {
        do throws(SyncError) {
            let workspace = try await GitWorkspace.open(path, programs, by: deadline)
            do throws(SyncFailure) {
                try await commit(workspace)
                try await push(workspace)
            } catch {
                throw SyncError(error)
            }
            return .done
        } catch {
            return .failed("the workspace was not pushed: \(error)")
        }
    }

    private func commit(_ workspace: GitWorkspace) async throws(SyncFailure) {
        let changes = try await workspace.changes()
        if let first = changes.unmerged.first {
            throw SyncFailure("\(first) is left over from a merge; put it right and commit it by hand")
        }
        // One commit there has to be where there is a remote: the standby could pull nothing else.
        let isBegun = try await workspace.commit("HEAD") != nil
        var isNew = false
        if !isBegun { isNew = (try? await workspace.upstream()) != nil }
        guard changes.count > 0 || isNew else { return }
        try await workspace.output(["add", "--all"])
        // Files that are ignored, or that changed back, leave nothing to commit.
        if !isNew, try await workspace.run(["diff", "--cached", "--quiet"]).succeeded { return }
        let name = "OpenClaw"
        try await workspace.output(
            [
                "commit", "--quiet", "--no-verify", "--allow-empty", "-m",
                "workspace: as of \(CalendarDate(programs.clock.wall).text())",
            ],
            adding: [
                "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": author, "GIT_COMMITTER_NAME": name,
                "GIT_COMMITTER_EMAIL": author,
            ])
    }

    private func push(_ workspace: GitWorkspace) async throws(SyncFailure) {
        guard let here = try await workspace.commit("HEAD") else { return }
        let upstream = try await workspace.upstream()
        let there = "refs/remotes/\(upstream.remote)/\(upstream.branch)"
        guard try await workspace.commit(there) != here else { return }
        try await workspace.output(
            ["push", "--quiet", "--no-verify", upstream.remote, "HEAD:refs/heads/\(upstream.branch)"])
    }
}
