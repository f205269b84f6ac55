package import Platform

/// Work around a switch that programs outside do. None of it can stop a promotion: what fails is told.
@LoopActor
package protocol SyncStep: Sendable {
    func run(by deadline: Instant) async -> StepOutcome
}

/// Why such work was not done: what happened, and the way out.
struct SyncFailure: Error, Equatable, Sendable, CustomStringConvertible {
    let description: String

    init(_ text: String) { description = text }

    init(_ error: ProcessError) {
        switch error {
        case .deadline(let program, let time, let partial):
            let said = partial.map { SyncText.reason($0.errorText) } ?? ""
            description = "\(program) did not end within \(SyncText.duration(time))" + (said.isEmpty ? "" : ": \(said)")
        default: description = "\(error)"
        }
    }
}

/// What programs say, for people: one line, without anybody's password.
enum SyncText {
    static let lengthLimit = 300

    /// The line of an error output that tells most.
    static func reason(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
            .filter { !$0.hasPrefix("hint:") && !$0.hasPrefix("Warning: Permanently added") }
        let telling = lines.first { line in marks.contains { line.hasPrefix($0) } } ?? lines.last ?? ""
        return String(withoutUserInfo(telling).prefix(lengthLimit))
    }

    private static let marks = [
        "fatal:", "error:", "ERROR:", "ssh:", "rsync:", "rsync error:", "Host key", "Permission",
    ]

    /// Addresses of repositories may hold a token: `https://user:token@host/`.
    static func withoutUserInfo(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map(word).joined(separator: " ")
    }

    private static func word(_ word: Substring) -> String {
        var parts = word.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 2, parts[0].hasSuffix(":"), parts[1].isEmpty, let sign = parts[2].lastIndex(of: "@") else {
            return String(word)
        }
        parts[2] = String(parts[2][parts[2].index(after: sign)...])
        return parts.joined(separator: "/")
    }

    static func duration(_ time: Duration) -> String {
        let milliseconds = time.inNanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }

    /// The way out of what ssh says, which git and rsync pass on.
    static func sshCure(_ text: String) -> String? {
        if text.contains("Permission denied (") { return "put this user's public key on that host (ssh-copy-id)" }
        if text.contains("Host key verification failed") {
            return "connect once by hand with ssh, and accept the host's key"
        }
        if text.contains("Could not resolve hostname") {
            return "the name of the host is wrong, or name service is down"
        }
        return nil
    }
}
