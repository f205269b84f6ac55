package import Platform

/// What a workspace and its remote look like. Nothing is changed.
package struct WorkspaceLook: Equatable, Sendable {
    /// Why it cannot be pushed or pulled at all, with the way out.
    package private(set) var problem: String?
    package private(set) var changes = 0
    package private(set) var unmerged: [String] = []
    /// Commits here and there are the same.
    package private(set) var isSame = false
    /// There are commits that no remote is known to have.
    package private(set) var hasOwnCommits = false
    /// When the newest commit here was made.
    package private(set) var newest: WallTime?

    @LoopActor
    package static func at(_ path: String, _ programs: SyncPrograms, by deadline: Instant) async -> WorkspaceLook {
        var look = WorkspaceLook()
        do throws(SyncError) {
            let workspace = try await GitWorkspace.open(path, programs, by: deadline)
            do throws(SyncFailure) { try await look.take(workspace) } catch { throw SyncError(error) }
        } catch {
            look.problem = error.description
        }
        return look
    }

    @LoopActor
    private mutating func take(_ workspace: GitWorkspace) async throws(SyncFailure) {
        let changes = try await workspace.changes()
        self.changes = changes.count
        unmerged = changes.unmerged
        newest = try await workspace.committed()
        let own = try await workspace.run(["rev-list", "--max-count=1", "HEAD", "--not", "--remotes"])
        hasOwnCommits = own.succeeded && !own.outputText.trimmedLine.isEmpty
        let upstream = try await workspace.upstream()
        let answer = try await workspace.output(["ls-remote", "--heads", upstream.remote, upstream.branch])
        guard let there = answer.split(separator: "\t").first.map(String.init) else {
            throw SyncFailure(
                "the remote \(upstream.remote) has no branch \(upstream.branch) yet; the primary's first push makes it")
        }
        isSame = try await workspace.commit("HEAD") == there
    }
}

extension SecretsCopy {
    /// Whether secrets could be fetched, without fetching any; nil when they could.
    package func obstacle(by deadline: Instant) async -> String? {
        do throws(SyncFailure) {
            _ = try await programs.run(["rsync", "--version"], by: deadline)
            let host = String(source.prefix { $0 != ":" })
            let result = try await programs.run(
                ["ssh"] + SyncPrograms.sshOptions + ["-T", "--", host, "rsync", "--version"], by: deadline)
            return result.succeeded ? nil : refusal(result).description
        } catch {
            return error.description
        }
    }
}
