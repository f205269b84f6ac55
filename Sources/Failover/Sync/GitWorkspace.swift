package import Platform

/// A workspace that is a git repository, through the git program.
@LoopActor
package struct GitWorkspace: Sendable {
    /// What stands behind a branch: where it is pushed to and pulled from.
    package struct Upstream: Equatable, Sendable {
        package let remote: String
        package let branch: String
    }

    /// What is not committed.
    package struct Changes: Equatable, Sendable {
        package var count = 0
        /// Left over from a merge that nobody finished.
        package var unmerged: [String] = []
    }

    /// Neither hooks nor a signature's passphrase may keep us waiting.
    private static let settings = ["-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false"]

    package let path: String
    private let programs: SyncPrograms
    private let deadline: Instant
    private var environment = ["GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "SSH_ASKPASS": "true"]

    /// Refuses what is not a repository of its own: a workspace within another one would be committed with it.
    package static func open(
        _ path: String, _ programs: SyncPrograms, by deadline: Instant
    ) async throws(SyncError) -> GitWorkspace {
        do throws(SyncFailure) {
            guard FileReading.exists(path) else {
                throw SyncFailure("\(path) does not exist; git clone the primary's remote to there")
            }
            var workspace = GitWorkspace(path: path, programs: programs, deadline: deadline)
            let prefix = try await workspace.run(["rev-parse", "--show-prefix"])
            guard prefix.succeeded else {
                let said = SyncText.reason(prefix.errorText)
                guard said.contains("not a git repository") else { throw SyncFailure(said) }
                throw SyncFailure("\(path) is no git repository; git clone it from the primary's remote, or git init")
            }
            guard prefix.outputText.trimmedLine.isEmpty else {
                throw SyncFailure("\(path) lies within another git repository; it needs one of its own: git init")
            }
            let ssh = try await workspace.run(["config", "--get", "core.sshCommand"])
            let program = ssh.succeeded ? ssh.outputText.trimmedLine : "ssh"
            workspace.environment["GIT_SSH_COMMAND"] = ([program] + SyncPrograms.sshOptions).joined(separator: " ")
            return workspace
        } catch {
            throw SyncError(error)
        }
    }

    private init(path: String, programs: SyncPrograms, deadline: Instant) {
        self.path = path
        self.programs = programs
        self.deadline = deadline
    }

    func run(_ words: [String], adding more: [String: String] = [:]) async throws(SyncFailure) -> ProcessResult {
        try await programs.run(
            ["git", "-C", path] + Self.settings + words, adding: environment.merging(more) { $1 }, by: deadline)
    }

    /// The output of a command that has to succeed.
    @discardableResult
    func output(_ words: [String], adding more: [String: String] = [:]) async throws(SyncFailure) -> String {
        let result = try await run(words, adding: more)
        guard result.succeeded else { throw SyncFailure(refusal(words, result)) }
        return result.outputText
    }

    private func refusal(_ words: [String], _ result: ProcessResult) -> String {
        let said = SyncText.reason(result.errorText)
        let reason = said.isEmpty ? "\(result.ending)" : said
        return "git \(words.first ?? ""): \(reason)" + (cure(result.errorText).map { "; \($0)" } ?? "")
    }

    private func cure(_ said: String) -> String? {
        let git = "git -C \(path)"
        if said.contains("[rejected]") || said.contains("non-fast-forward") {
            return "the remote has commits that are not here, and nothing is forced: \(git) pull --rebase"
        }
        if said.contains("would be overwritten") {
            return "files changed here stand in the way: \(git) stash --include-untracked"
        }
        if said.contains("Not possible to fast-forward") || said.contains("iverging branches") {
            return "there are commits here that the remote has not: \(git) push <remote> HEAD:refs/heads/<a new name>, "
                + "then \(git) reset --hard @{upstream}"
        }
        if said.contains("index.lock") { return "when no git is at work there: rm \(path)/.git/index.lock" }
        return SyncText.sshCure(said)
    }

    // MARK: What it is

    func branch() async throws(SyncFailure) -> String {
        let result = try await run(["symbolic-ref", "--quiet", "--short", "HEAD"])
        guard result.succeeded else {
            throw SyncFailure("\(path) is on no branch; git -C \(path) switch <branch>")
        }
        return result.outputText.trimmedLine
    }

    /// What the branch is set to, else the remote `origin`, else the only one there is.
    func upstream() async throws(SyncFailure) -> Upstream {
        let branch = try await branch()
        let remote = try await run(["config", "--get", "branch.\(branch).remote"])
        if remote.succeeded {
            let merge = try await run(["config", "--get", "branch.\(branch).merge"])
            let there = merge.succeeded ? merge.outputText.trimmedLine : ""
            let name = there.hasPrefix("refs/heads/") ? String(there.dropFirst(11)) : branch
            return Upstream(remote: remote.outputText.trimmedLine, branch: name)
        }
        let all = try await output(["remote"]).split(whereSeparator: \.isNewline).map(String.init)
        guard let chosen = all.first(where: { $0 == "origin" }) ?? (all.count == 1 ? all[0] : nil) else {
            throw SyncFailure(
                all.isEmpty
                    ? "\(path) has no remote; git -C \(path) remote add origin <address>"
                    : "\(path) has several remotes; git -C \(path) branch --set-upstream-to=<remote>/\(branch)")
        }
        return Upstream(remote: chosen, branch: branch)
    }

    func changes() async throws(SyncFailure) -> Changes {
        let text = try await output(["status", "--porcelain=v1", "-z", "--untracked-files=normal"])
        var changes = Changes()
        var entries = text.split(separator: "\0")[...]
        while let entry = entries.popFirst() {
            let code = entry.prefix(2)
            changes.count += 1
            if code.contains("U") || code == "AA" || code == "DD" {
                changes.unmerged.append(String(entry.dropFirst(3)))
            }
            // A renamed file's old name follows.
            if code.contains("R") || code.contains("C") { entries = entries.dropFirst() }
        }
        return changes
    }

    /// What a name means now; nil when it means nothing.
    func commit(_ name: String) async throws(SyncFailure) -> String? {
        let result = try await run(["rev-parse", "--quiet", "--verify", "\(name)^{commit}"])
        return result.succeeded ? result.outputText.trimmedLine : nil
    }

    /// When the newest commit here was made; nil without any.
    func committed() async throws(SyncFailure) -> WallTime? {
        let result = try await run(["log", "-1", "--format=%ct"])
        return result.succeeded
            ? Int64(result.outputText.trimmedLine).map { WallTime(milliseconds: $0 &* 1000) } : nil
    }
}

/// A failure for those outside of this folder.
package struct SyncError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ failure: SyncFailure) { description = failure.description }
}

extension String {
    /// Without the line feed at its end.
    var trimmedLine: String {
        var text = self[...]
        while let last = text.last, last.isNewline || last == " " { text.removeLast() }
        return String(text)
    }
}
