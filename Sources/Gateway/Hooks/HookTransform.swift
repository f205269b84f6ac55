import Platform
import Wire

/// Has a program of the owner's say what a request comes to.
@LoopActor
struct HookTransform {
    nonisolated static let deadline = Duration.seconds(5)
    nonisolated static let outputLimit = 256 << 10
    /// What programs get of our variables: nothing that is secret, nothing that is ours.
    private nonisolated static let passed = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME", "TMPDIR"]

    let runner: any ProcessRunner
    let environment: Environment

    /// What it made of the request; nil where nothing is to be done.
    func run(_ arguments: [String], _ input: HookInput) async throws(HookProblem) -> JSON? {
        let request = ProcessRequest(
            arguments, environment: variables, input: JSONWriter.bytes(of: input.json) + [ASCII.lineFeed],
            deadline: Self.deadline, outputLimit: Self.outputLimit)
        let result: ProcessResult
        do throws(ProcessError) { result = try await runner.run(request) } catch { throw Self.failed("\(error)") }
        guard result.succeeded else { throw Self.failed("\(request.program) ended with \(result.ending)") }
        guard !result.isOutputTruncated else {
            throw Self.failed("\(request.program) wrote more than \(Self.outputLimit) bytes")
        }
        let text = result.outputText.withoutOuterSpace
        guard !text.isEmpty, text != "null" else { return nil }
        guard let json = try? JSONParser.parse(text), json.object != nil else {
            throw Self.failed("\(request.program) wrote neither a JSON object nor null")
        }
        return json
    }

    var variables: [String: String] {
        var variables: [String: String] = [:]
        for name in Self.passed { variables[name] = environment[name] }
        return variables
    }

    static let module = failed("transform modules are not supported; use transform.command")

    private static func failed(_ reason: String) -> HookProblem {
        HookProblem(.internalError, "hook mapping failed: \(reason)")
    }
}
