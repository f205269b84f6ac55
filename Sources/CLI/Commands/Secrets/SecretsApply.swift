import Platform
import Settings

extension Command {
    static let secretsApply = Command(
        "secrets apply", "move secrets out of the configuration file into one that holds only them",
        notes:
            "Shows what will change first. Each value goes into secrets.json of the state directory (mode 0600), and a "
            + "reference takes its place; comments and layout stay. What stands in an included file is named and left. Copies of earlier configurations keep their values.",
        arguments: [Argument("path", "the setting, for example gateway.auth.token", .any)],
        flags: [
            Flag("--all", nil, "every secret that a reference can stand for"),
            Flag("--dry-run", nil, "show what would change, and change nothing"), .yes, .json,
        ],
        examples: ["openclaw secrets apply gateway.auth.token", "openclaw secrets apply --all --yes"],
        seeAlso: ["secrets audit", "secrets configure", "secrets reload"],
        run: { invocation throws(CommandFailure) in try await SecretsApply(invocation).run() })
}

/// Moves values, one writer of the configuration after the other.
@LoopActor
private struct SecretsApply {
    let invocation: Invocation
    private let file: SecretsFile
    private static let bytesLimit = 1 << 20

    init(_ invocation: Invocation) {
        self.invocation = invocation
        file = SecretsFile(invocation.instance)
    }

    private struct Move {
        let setting: String
        let pointer: JSONPointer
        let value: String
    }

    func run() async throws(CommandFailure) -> ExitCode {
        let snapshot = try await invocation.configuration()
        let (moves, left) = try chosen(snapshot)
        let diff = moves.map { move in
            "- \(move.setting): (written out, \(move.value.utf8.count) bytes)\n"
                + "+ \(move.setting): \(SecretsFile.ref(move.setting))"
        }
        if invocation.has("--dry-run") {
            if invocation.output.isJSON {
                invocation.output.json(answer(moves, left, isDone: false))
            } else {
                invocation.output.line(diff.joined(separator: "\n").shownLines)
                tell(left)
            }
            return .good
        }
        if !invocation.output.isJSON {
            invocation.output.line(diff.joined(separator: "\n").shownLines)
            tell(left)
        }
        try invocation.confirm("Move \(moves.count) secrets to \(file.shown)")
        let before = try await contents()
        try await write(before, adding: moves)
        do throws(CommandFailure) {
            try await writeReferences(moves, snapshot)
        } catch {
            // Nothing refers to the values yet.
            try await restore(before)
            throw error
        }
        let backup = await newestBackup()
        let config = invocation.instance.configPath
        invocation.done(
            "\(moves.count) secrets are in \(file.shown), and the configuration refers to them",
            undo: backup.map { "cp \(ShellWord.quoted($0)) \(ShellWord.quoted(config))" },
            json: answer(moves, left, isDone: true))
        if !invocation.output.isJSON {
            invocation.output.sentence(
                "  Earlier copies of the configuration beside it still hold the values; remove them when all is well.")
            invocation.output.command("  Next: ", "\(invocation.program) secrets reload")
        }
        return .good
    }

    /// Secrets that are to be moved and stand in another file than the one that is written here.
    private func tell(_ left: [PlaintextSecret]) {
        for secret in left { invocation.output.sentence("  stays as it is: \(elsewhere(secret))") }
    }

    private func elsewhere(_ secret: PlaintextSecret) -> String {
        "\(secret.setting.shown) is set in \((secret.includedFile ?? "").shown); change it there"
    }

    private func answer(_ moves: [Move], _ left: [PlaintextSecret], isDone: Bool) -> JSON {
        [
            "ok": true, "applied": .bool(isDone), "file": .string(file.path),
            "moved": .array(
                moves.map { ["path": .string($0.setting), "ref": SecretsFile.ref($0.setting)] }),
            "left": .array(
                left.map { ["path": .string($0.setting), "file": .string($0.includedFile ?? "")] }),
        ]
    }

    // MARK: What is moved

    private func chosen(_ snapshot: ConfigSnapshot) throws(CommandFailure) -> (moves: [Move], left: [PlaintextSecret]) {
        let usage = "usage: \(invocation.command.usage)"
        guard invocation.has("--all") != !invocation.arguments.isEmpty else {
            throw .usage("secrets apply needs the path of a setting, or --all", hint: usage)
        }
        let found = snapshot.plaintextSecrets(in: invocation.instance)
        if invocation.has("--all") {
            let moves = found.filter { $0.includedFile == nil && $0.takesReference }.compactMap { move($0, snapshot) }
            let left = found.filter { $0.includedFile != nil && $0.takesReference }
            guard !moves.isEmpty else {
                throw CommandFailure(
                    .notGood, left.isEmpty ? "nothing" : "included", "no secret in the configuration file can be moved",
                    details: left.map { elsewhere($0) }, next: ["\(invocation.program) secrets audit"])
            }
            return (moves, left)
        }
        var moves: [Move] = []
        for path in invocation.arguments {
            let pointer = JSONPointer(setting: path)
            guard let secret = found.first(where: { $0.pointer == pointer }) else {
                throw CommandFailure(
                    .notGood, "no-secret", "no secret is written out at \(path.shown)",
                    next: ["\(invocation.program) secrets audit"])
            }
            guard secret.includedFile == nil else {
                throw CommandFailure(.notGood, "included", elsewhere(secret))
            }
            guard secret.takesReference, let move = move(secret, snapshot) else {
                throw CommandFailure(
                    .notGood, "no-reference", "no reference can stand for \(secret.setting.shown)",
                    details: ["write ${\(secret.variable)} there, and the value into .env of the state directory"])
            }
            if !moves.contains(where: { $0.pointer == move.pointer }) { moves.append(move) }
        }
        return (moves, [])
    }

    private func move(_ secret: PlaintextSecret, _ snapshot: ConfigSnapshot) -> Move? {
        snapshot.plaintext(at: secret.pointer).map {
            Move(setting: secret.setting, pointer: secret.pointer, value: $0)
        }
    }

    // MARK: The two files

    /// Nil when there is no file of secrets yet.
    private func contents() async throws(CommandFailure) -> [UInt8]? {
        do throws(FileError) {
            return try await FileReading.read(file.path, limit: Self.bytesLimit)
        } catch {
            if error.isMissing { return nil }
            throw CommandFailure(.notGood, "not-read", "\(error)")
        }
    }

    private func write(_ before: [UInt8]?, adding moves: [Move]) async throws(CommandFailure) {
        var document: JSON5Document
        do throws(JSONError) {
            document = try JSON5Document(before ?? Array("{\n}\n".utf8))
        } catch {
            throw CommandFailure(.notGood, "not-read", "\(file.shown) is not JSON: \(error)")
        }
        do throws(JSON5EditError) {
            for move in moves { try document.set(JSONPointer([move.setting]), to: .string(move.value)) }
        } catch {
            throw CommandFailure(.notGood, "not-written", "\(file.shown): \(error)")
        }
        try await put(document.bytes)
    }

    private func put(_ bytes: [UInt8]) async throws(CommandFailure) {
        do throws(FileError) { try await AtomicFile.write(bytes, to: file.path) } catch {
            throw CommandFailure(.notGood, "not-written", "\(error)")
        }
    }

    private func restore(_ before: [UInt8]?) async throws(CommandFailure) {
        if let before { return try await put(before) }
        do throws(FileError) { try await FileRemoval.remove(file.path) } catch {
            throw CommandFailure(.notGood, "not-written", "\(error)")
        }
    }

    private func writeReferences(_ moves: [Move], _ snapshot: ConfigSnapshot) async throws(CommandFailure) {
        try await invocation.editConfig { now throws(CommandFailure) in
            for move in moves where now.plaintext(at: move.pointer) != move.value {
                throw CommandFailure(
                    .tryAgain, "changed-meanwhile", "\(move.setting.shown) was changed meanwhile; try again")
            }
            let place = JSONPointer(["secrets", "providers", SecretsFile.provider])
            let provider: [ConfigEdit] =
                now.parsed[place] == file.providerEntry ? [] : [.set(place, file.providerEntry)]
            return provider + moves.map { .set($0.pointer, SecretsFile.ref($0.setting)) }
        }
    }

    private func newestBackup() async -> String? {
        let config = invocation.instance.configPath
        let parts = config.split(separator: "/")
        let directory = "/" + parts.dropLast().joined(separator: "/")
        let prefix = "\(parts.last ?? "").bak."
        return await BlockingPool.shared.run {
            (try? FileFacts.names(in: directory))?.filter { $0.hasPrefix(prefix) }.max().map { "\(directory)/\($0)" }
        }
    }
}

extension String {
    /// Harmless on a terminal, its lines kept.
    var shownLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).shown }.joined(separator: "\n")
    }
}
