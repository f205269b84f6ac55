import Contract
import Platform
import Settings

/// `config.get`. Secrets are shown to nobody, whatever their scopes: what is sent back with their marks keeps them.
struct ConfigGetMethod: WaitingMethod {
    static let contract = MethodContract.configGet
    let configuration: LiveConfiguration

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        var answer: JSON
        do throws(ConfigRefusal) {
            let snapshot = try await configuration.read()
            answer = [
                "path": .string(snapshot.path), "exists": .bool(snapshot.exists), "raw": .string(snapshot.redactedRaw),
                "parsed": snapshot.redactedParsed, "valid": true, "config": snapshot.redacted, "issues": [],
                "warnings": .issues(snapshot.warnings), "legacyIssues": [],
            ]
            answer["hash"] = snapshot.hash.map { .string($0) }
        } catch {
            // The text is not shown: what cannot be read cannot be searched for secrets.
            answer = [
                "path": .string(configuration.instance.configPath), "exists": true, "raw": "", "parsed": [:],
                "valid": false, "config": [:], "issues": .issues(of: error), "warnings": [], "legacyIssues": [],
            ]
            answer["hash"] = await configuration.hashOfFile().map { .string($0) }
        }
        answer["configRevisionHash"] = answer["hash"]
        answer["appliedConfigHash"] = configuration.state.appliedHash.map { .string($0) }
        return .json(answer)
    }
}

/// `config.validate`. Marks in the place of secrets count as what they stand for.
struct ConfigValidateMethod: WaitingMethod {
    static let contract = MethodContract.configValidate
    let configuration: LiveConfiguration

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let text = request.params.object["raw"]?.string ?? ""
        do throws(ConfigRefusal) {
            let snapshot = try await configuration.loader.load(.none, text: Array(text.utf8))
            return .object(("valid", true), ("issues", []), ("warnings", .issues(snapshot.warnings)))
        } catch {
            return .object(("valid", false), ("issues", .issues(of: error)), ("warnings", []))
        }
    }
}

/// `config.schema`.
struct ConfigSchemaMethod: PromptMethod {
    static let contract = MethodContract.configSchema
    let configuration: LiveConfiguration
    let version: String

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(
            ("schema", configuration.schema.jsonSchema), ("uiHints", configuration.schema.uiHints),
            ("version", .string(version)),
            ("generatedAt", .string(CalendarDate(configuration.clock.wall).text())))
    }
}

/// `config.schema.lookup`.
struct ConfigSchemaLookupMethod: PromptMethod {
    static let contract = MethodContract.configSchemaLookup
    let configuration: LiveConfiguration

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let path = request.params.object["path"]?.string ?? ""
        guard let found = configuration.schema.lookup(path) else {
            throw .invalid("config schema path not found: \(path.cut(to: Self.shownBytes))")
        }
        return .json(found)
    }

    private static let shownBytes = 200
}

extension JSON {
    /// Problems as clients read them.
    static func issues(_ problems: [ConfigProblem]) -> JSON {
        .array(
            problems.map { problem in
                var issue: JSON = ["path": .string(problem.path), "message": .string(problem.message)]
                issue["line"] = problem.line.map { JSON($0) }
                issue["column"] = problem.column.map { JSON($0) }
                issue["file"] = problem.includedFile.map { .string($0) }
                return issue
            })
    }

    /// A file that cannot be read has no problems of its own.
    static func issues(of refusal: ConfigRefusal) -> JSON {
        refusal.problems.isEmpty
            ? [["path": "", "message": .string("\(refusal)")]] : issues(refusal.problems)
    }
}
