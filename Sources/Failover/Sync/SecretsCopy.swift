package import Platform
package import Settings

/// Fetches secrets from `promote.secretsHost` into this node's own secrets directory. What that host no longer has stays:
/// one that has just lost its disk must not empty ours.
package struct SecretsCopy: SyncStep {
    /// What rsync itself waits for a silent host.
    private static let silence = 10
    private static let sizeLimit = "1m"

    let source: String
    private let target: String
    let programs: SyncPrograms

    /// `host` is a name, `user@name`, or either with `:path`; the usual path is this profile's secrets directory.
    package init(_ host: String, _ instance: Instance, _ programs: SyncPrograms) {
        source = Self.source(host, instance)
        target = instance.secretsDirectory
        self.programs = programs
    }

    nonisolated static func source(_ host: String, _ instance: Instance) -> String {
        let named = host.lastIndex(of: "]").map { host[$0...].contains(":") } ?? host.contains(":")
        let full = named ? host : "\(host):.openclaw\(instance.profile.suffix)/secrets"
        return full.hasSuffix("/") ? full : full + "/"
    }

    package func run(by deadline: Instant) async -> StepOutcome {
        do throws(SyncFailure) {
            try await prepare()
            let result = try await programs.run(
                [
                    "rsync", "--recursive", "--checksum", "--times", "--perms", "--chmod=D0700,F0600",
                    "--max-size=\(Self.sizeLimit)",
                    "--timeout=\(Self.silence)", "--protect-args", "-e",
                    (["ssh"] + SyncPrograms.sshOptions).joined(separator: " "), "--", source, target + "/",
                ], by: deadline)
            guard result.succeeded else { throw refusal(result) }
            return .done
        } catch {
            return .failed("secrets were not fetched from \(source): \(error)")
        }
    }

    private func prepare() async throws(SyncFailure) {
        let target = target
        do throws(FileError) {
            try await BlockingPool.shared.run { () throws(FileError) in
                try PrivateDirectory.create(target)
                try FileFacts.setMode(target, 0o700)
            }
        } catch {
            throw SyncFailure("\(error)")
        }
    }

    func refusal(_ result: ProcessResult) -> SyncFailure {
        let said = result.errorText
        let reason = SyncText.reason(said)
        var text = reason.isEmpty ? "rsync: \(result.ending)" : reason
        if said.contains("No such file or directory") {
            text += "; keep the secrets in that directory there, one file each"
        } else if said.contains("command not found") || said.contains("rsync: not found") {
            text += "; install rsync on that host as well"
        } else if let cure = SyncText.sshCure(said) {
            text += "; \(cure)"
        }
        return SyncFailure(text)
    }
}

extension Instance {
    /// Files with secrets that are fetched, one each.
    package var secretsDirectory: String { stateDirectory + "/secrets" }
}
