package import Platform

/// git, ssh and rsync as they are run here: found on PATH, with a part of our environment, and without any way to ask
/// somebody a question.
package struct SyncPrograms: Sendable {
    /// Nobody sits there: what would ask, fails, and what hangs, ends.
    package static let sshOptions = [
        "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=2",
    ]

    /// What the programs need to find themselves, their settings and their way out.
    private static let passed = [
        "PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "TMPDIR", "SSL_CERT_FILE",
        "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy",
    ]

    package let clock: any Clock
    private let runner: any ProcessRunner
    private let variables: [String: String]

    package init(_ environment: Environment, runner: any ProcessRunner, clock: any Clock) {
        self.runner = runner
        self.clock = clock
        var variables = ["LC_ALL": "C"]
        for name in Self.passed { variables[name] = environment[name] }
        self.variables = variables
    }

    /// Runs a program to its end, whatever its exit code.
    @LoopActor
    func run(
        _ arguments: [String], in directory: String? = nil, adding more: [String: String] = [:], by deadline: Instant
    ) async throws(SyncFailure) -> ProcessResult {
        let left = deadline - clock.now
        guard left > .zero else { throw SyncFailure("no time was left for \(arguments.first ?? "")") }
        let request = ProcessRequest(
            arguments, environment: variables.merging(more) { $1 }, directory: directory, deadline: left)
        do throws(ProcessError) { return try await runner.run(request) } catch { throw SyncFailure(error) }
    }
}

extension SyncPrograms {
    /// A command line on another host, whose shell takes it apart.
    package func ssh(
        _ host: String, _ command: String, input: [UInt8] = [], within time: Duration
    ) -> ProcessRequest {
        ProcessRequest(
            ["ssh"] + Self.sshOptions + ["-T", "--", host, command], environment: variables, input: input,
            deadline: time)
    }

    /// git outside of a workspace: `clone`, `init`.
    @LoopActor
    package func git(_ words: [String], by deadline: Instant) async throws(SyncError) {
        let ssh = (["ssh"] + Self.sshOptions).joined(separator: " ")
        do throws(SyncFailure) {
            let result = try await run(
                ["git"] + words,
                adding: ["GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "GIT_SSH_COMMAND": ssh], by: deadline)
            guard !result.succeeded else { return }
            let said = Self.sshReason(result.errorText)
            throw SyncFailure(said.isEmpty ? "git: \(result.ending)" : said)
        } catch {
            throw SyncError(error)
        }
    }

    /// What ssh or the other host's shell had to say, with the way out where it is known.
    package static func sshReason(_ text: String) -> String {
        SyncText.reason(text) + (SyncText.sshCure(text).map { "; \($0)" } ?? "")
    }
}
