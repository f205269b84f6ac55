import Failover
import Platform

/// The other host of a pair, over the ssh program. What a command there is to read comes on its standard input; its
/// words hold no secret.
@LoopActor
struct StandbyHost {
    /// `user@host`, as ssh takes it.
    let target: String
    private let programs: SyncPrograms
    private let runner: any ProcessRunner

    static let askTime = Duration.seconds(30)
    static let workTime = Duration.seconds(300)

    init(_ target: String, _ invocation: Invocation) {
        self.target = target
        let world = invocation.surroundings
        runner = world.runner
        programs = SyncPrograms(invocation.environment, runner: world.runner, clock: world.clock)
    }

    /// Runs a script of sh; its result, whatever it is. Throws when ssh itself fails.
    func run(
        _ script: String, input: [UInt8] = [], within time: Duration = askTime
    ) async throws(CommandFailure) -> ProcessResult {
        let command = "sh -c \(ShellWord.quoted(script, always: true))"
        let request = programs.ssh(target, command, input: input, within: time)
        let result: ProcessResult
        do throws(ProcessError) { result = try await runner.run(request) } catch {
            throw CommandFailure(.unreachable, "ssh", "\(target.shown): \(error)", next: ["ssh \(target.shown) true"])
        }
        // ssh(1): what it has to say itself ends with 255.
        guard result.ending != .exited(255) else {
            let said = SyncPrograms.sshReason(result.errorText)
            throw CommandFailure(
                .unreachable, "ssh", "\(target.shown) is not reached: \(said.shown)", next: ["ssh \(target.shown) true"]
            )
        }
        return result
    }

    /// The output of a script that has to succeed. `what` completes "could not …".
    func output(
        _ script: String, input: [UInt8] = [], within time: Duration = askTime, _ what: String
    ) async throws(CommandFailure) -> String {
        let result = try await run(script, input: input, within: time)
        guard result.succeeded else {
            throw CommandFailure(
                .notGood, "standby", "\(target.shown): could not \(what)",
                details: [SyncPrograms.sshReason(result.errorText).shown].filter { !$0.isEmpty })
        }
        return result.outputText
    }

    /// A command of this program there, with its JSON. What it refuses is refused here, in its own words.
    func openclaw(
        _ binary: String, _ words: [String], input: JSON? = nil, within time: Duration = workTime
    ) async throws(CommandFailure) -> JSON {
        let script = ([binary] + words + ["--json"]).map { ShellWord.quoted($0) }.joined(separator: " ")
        let bytes = input.map { JSONWriter.bytes(of: $0) + [0x0a] } ?? []
        let result = try await run("exec " + script, input: bytes, within: time)
        let text = result.outputText
        let start = text.utf8.firstIndex(of: UInt8(ascii: "{")) ?? text.startIndex
        guard let answer = try? JSONParser.parse(Array(text[start...].utf8)) else {
            let said = SyncPrograms.sshReason(result.errorText)
            throw CommandFailure(
                .notGood, "standby", "\(target.shown): openclaw \(words.joined(separator: " ")) gave no answer",
                details: [said.isEmpty ? "\(result.ending)" : said.shown])
        }
        if let error = answer["error"], error["message"] != nil {
            throw CommandFailure(
                .notGood, error["reason"]?.string ?? "standby",
                "\(target.shown): \((error["message"]?.string ?? "").shown)",
                details: (error["details"]?.array ?? []).compactMap(\.string).map(\.shown),
                next: (error["next"]?.array ?? []).compactMap(\.string).map { "on \(target.shown): \($0.shown)" })
        }
        return answer
    }
}
