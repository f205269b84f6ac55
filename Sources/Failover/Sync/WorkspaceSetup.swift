package import Platform

/// Makes a workspace ready to be pushed.
@LoopActor
package struct WorkspaceSetup {
    /// The branch of a repository that is made here.
    private static let newBranch = "main"

    private let path: String
    private let programs: SyncPrograms

    package init(_ path: String, _ programs: SyncPrograms) {
        self.path = path
        self.programs = programs
    }

    /// What the workspace is pushed as, and to where; nil where it has no remote yet.
    package struct Found: Equatable, Sendable {
        package let branch: String
        package let address: String?
        /// It was made a repository just now.
        package let isNew: Bool
    }

    /// Makes it a repository, unless it is one.
    package func prepare(by deadline: Instant) async throws(SyncError) -> Found {
        let isNew = !FileReading.exists(path + "/.git")
        if isNew {
            do throws(FileError) { try await PrivateDirectory.create(path) } catch {
                throw SyncError(SyncFailure("\(error)"))
            }
            try await programs.git(["init", "--quiet", "--initial-branch=\(Self.newBranch)", path], by: deadline)
        }
        let workspace = try await GitWorkspace.open(path, programs, by: deadline)
        do throws(SyncFailure) {
            let branch = try await workspace.branch()
            guard let upstream = try? await workspace.upstream() else {
                return Found(branch: branch, address: nil, isNew: isNew)
            }
            let address = try await workspace.output(["remote", "get-url", upstream.remote]).trimmedLine
            return Found(branch: branch, address: address, isNew: isNew)
        } catch {
            throw SyncError(error)
        }
    }

    /// Gives it a remote, or another address to one.
    package func setRemote(_ name: String, _ address: String, by deadline: Instant) async throws(SyncError) {
        try await change(by: deadline) { workspace throws(SyncFailure) in
            let known = try await workspace.run(["remote", "get-url", name])
            if known.succeeded, known.outputText.trimmedLine == address { return }
            try await workspace.output(["remote", known.succeeded ? "set-url" : "add", name, address])
        }
    }

    /// One that is not there is no error.
    package func removeRemote(_ name: String, by deadline: Instant) async throws(SyncError) {
        try await change(by: deadline) { workspace throws(SyncFailure) in
            guard try await workspace.run(["remote", "get-url", name]).succeeded else { return }
            try await workspace.output(["remote", "remove", name])
        }
    }

    private func change(
        by deadline: Instant, _ body: @LoopActor (GitWorkspace) async throws(SyncFailure) -> Void
    ) async throws(SyncError) {
        let workspace = try await GitWorkspace.open(path, programs, by: deadline)
        do throws(SyncFailure) { try await body(workspace) } catch { throw SyncError(error) }
    }
}
