import Platform

/// Gets secrets from where references say they are. A program is asked once for all that it is to give.
@LoopActor
struct SecretResolver {
    static let protocolVersion = 1

    let secrets: JSON?
    let environment: LayeredEnvironment
    let instance: Instance
    let runner: any ProcessRunner

    typealias Answer = Result<String, SecretFailure>

    func resolve(_ refs: Set<SecretRef>) async -> [SecretRef: Answer] {
        var answers: [SecretRef: Answer] = [:]
        var programs: [String: (provider: ExecSecretProvider, refs: [SecretRef])] = [:]
        for ref in refs.sorted(by: { $0.description < $1.description }) {
            do throws(SecretFailure) {
                let (name, provider) = try SecretProvider.named(by: ref, in: secrets, instance)
                switch provider {
                case .env(let allowed): answers[ref] = .success(try variable(ref.id, allowed, name))
                case .file(let path, let isWhole, let limit):
                    answers[ref] = .success(try await file(path, isWhole, limit, ref.id))
                case .exec(let program): programs[name, default: (program, [])].refs.append(ref)
                }
            } catch {
                answers[ref] = .failure(error)
            }
        }
        for (name, program) in programs.sorted(by: { $0.key < $1.key }) {
            let given = await run(program.provider, name, program.refs.map(\.id))
            for ref in program.refs { answers[ref] = given[ref.id] }
        }
        return answers
    }

    private func variable(_ name: String, _ allowed: [String]?, _ provider: String) throws(SecretFailure) -> String {
        if let allowed, !allowed.contains(name) { throw .notAllowed(name: name, provider: provider) }
        guard let value = environment[name] else {
            throw .notSet(name: name, files: instance.shown(instance.environmentFilePath))
        }
        return value
    }

    // MARK: Files

    private func file(
        _ path: String, _ isWhole: Bool, _ limit: Int, _ id: String
    ) async throws(SecretFailure) -> String {
        let shown = instance.shown(path)
        let found: [UInt8]?
        do throws(FileError) {
            found = try await BlockingPool.shared.run { () throws(FileError) in
                guard let facts = try FileFacts.of(path, followLinks: true) else {
                    throw .system(SystemError(code: 2, call: "stat"), .read, path: path)
                }
                guard facts.isOwn, !facts.isOpen(toOthers: 0o6) else { return nil }
                return try FileReading.read(path, limit: limit)
            }
        } catch {
            throw .file(error)
        }
        guard let bytes = found else {
            throw .tooOpen(path: shown, reason: "others than this user may read or change it; chmod 600 \(shown)")
        }
        if isWhole {
            guard id == SecretRef.wholeFile else { throw .notInFile(path: shown, id: id) }
            let text = String(decoding: bytes, as: UTF8.self).withoutLineEnd
            guard !text.isEmpty else { throw .notInFile(path: shown, id: id) }
            return text
        }
        guard let json = (try? JSON5Document(bytes))?.value, let pointer = JSONPointer(id),
            let value = json[pointer]?.string, !value.isEmpty
        else { throw .notInFile(path: shown, id: id) }
        return value
    }

    // MARK: Programs

    private func run(_ program: ExecSecretProvider, _ name: String, _ ids: [String]) async -> [String: Answer] {
        func all(_ failure: SecretFailure) -> [String: Answer] {
            Dictionary(uniqueKeysWithValues: Set(ids).map { ($0, .failure(failure)) })
        }
        if let failure = await distrust(program) { return all(failure) }
        let question: JSON = [
            "protocolVersion": JSON(Self.protocolVersion), "provider": .string(name),
            "ids": .array(Set(ids).sorted().map { .string($0) }),
        ]
        var variables = program.environment
        for name in program.passed { variables[name] = variables[name] ?? environment[name] }
        let request = ProcessRequest(
            [program.command] + program.arguments, environment: variables, directory: "/",
            input: JSONWriter.bytes(of: question), deadline: program.deadline, outputLimit: program.outputLimit)
        let result: ProcessResult
        do throws(ProcessError) {
            result = try await runner.run(request)
        } catch {
            return all(.process("\(error)"))
        }
        guard result.succeeded else {
            return all(.badAnswer(command: program.command, reason: "it ended with \(result.ending)"))
        }
        guard !result.isOutputTruncated else {
            return all(.badAnswer(command: program.command, reason: "more than \(program.outputLimit) bytes"))
        }
        return answers(result.output, program, ids)
    }

    private func answers(_ output: [UInt8], _ program: ExecSecretProvider, _ ids: [String]) -> [String: Answer] {
        let json = (try? JSON5Document(output))?.value
        var answers: [String: Answer] = [:]
        for id in ids {
            if let values = json?["values"], json?["protocolVersion"]?.int == Self.protocolVersion {
                if let value = values[id]?.string, !value.isEmpty {
                    answers[id] = .success(value)
                } else {
                    // Only what is known to be no secret is repeated.
                    let code = json?["errors"]?[id]?["code"]?.string ?? ""
                    let known = ["NOT_FOUND", "AMBIGUOUS_DUPLICATE_KEY"].contains(code) ? " (\(code))" : ""
                    answers[id] = .failure(
                        .badAnswer(command: program.command, reason: "it has nothing for \(id)\(known)"))
                }
            } else if !program.isJSONOnly, ids.count == 1, json?.object == nil, !output.isEmpty {
                answers[id] = .success(String(decoding: output, as: UTF8.self).withoutLineEnd)
            } else {
                answers[id] = .failure(
                    .badAnswer(
                        command: program.command,
                        reason: "not {\"protocolVersion\": \(Self.protocolVersion), \"values\": …}"))
            }
        }
        return answers
    }

    /// Why the program is not run; nil when it may be. Whoever can replace it would be given every secret.
    private func distrust(_ program: ExecSecretProvider) async -> SecretFailure? {
        let command = program.command
        guard command.hasPrefix("/") else {
            return .untrusted(command: command, reason: "the path must be absolute")
        }
        let path = PathText.normalized(command)
        if let directories = program.trustedDirectories,
            !directories.contains(where: { path.hasPrefix(PathText.normalized($0) + "/") })
        {
            return .untrusted(command: command, reason: "it is in none of the trustedDirs")
        }
        let facts: FileFacts?
        do throws(FileError) {
            facts = try await BlockingPool.shared.run { () throws(FileError) in
                try FileFacts.of(path, followLinks: program.allowsLink)
            }
        } catch {
            return .file(error)
        }
        guard let facts else { return .untrusted(command: command, reason: "there is no such file") }
        if facts.isLink { return .untrusted(command: command, reason: "it is a link; name the file it leads to") }
        guard facts.isRegular else { return .untrusted(command: command, reason: "it is not a regular file") }
        guard facts.isOwn, !facts.isOpen(toOthers: 0o2) else {
            return .untrusted(command: command, reason: "others than this user and root may change it")
        }
        return nil
    }
}

extension String {
    fileprivate var withoutLineEnd: String {
        if hasSuffix("\r\n") || hasSuffix("\n") { return String(dropLast()) }
        return self
    }
}
