package import Platform

/// The steps of a node whose gateway does not run while it stands by: its unit is started and stopped through systemctl,
/// never through a shell.
@LoopActor
package final class UnitSteps: FailoverSteps {
    /// For a question about a unit.
    static let lookTime = Duration.seconds(2)

    /// Whose manager has the unit.
    enum Scope: String, CaseIterable { case user, system }

    private let unit: String
    private let runner: any ProcessRunner
    private let environment: [String: String]
    private let clock: any Clock

    /// Fingerprints of this node's channel credentials; nil where they cannot be found out.
    package var owned: @LoopActor () async -> [String]? = { [] }
    /// What comes before the unit: workspace, secrets, an operator's program. Nothing while it is nil.
    package var preparation: (@LoopActor (FailoverStep, Instant) async -> StepOutcome)?

    package init(_ unit: String, environment: Environment, runner: any ProcessRunner, clock: any Clock) {
        self.unit = unit
        self.runner = runner
        self.clock = clock
        var passed = ["LC_ALL": "C"]
        for name in ["PATH", "HOME", "USER", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"] {
            passed[name] = environment[name]
        }
        self.environment = passed
    }

    package func run(_ step: FailoverStep, within time: Milliseconds) async -> StepOutcome {
        let deadline = clock.now + .milliseconds(time)
        switch step {
        case .pull, .secrets, .hook: return await preparation?(step, deadline) ?? .done
        case .ownership: return await owned().map { .owns($0) } ?? .failed("the configuration cannot be read")
        case .bringUp: return await order("start", by: deadline)
        // The gateway ends what is under way itself when it is stopped.
        case .drain: return .done
        case .hold: return await order("stop", by: deadline)
        }
    }

    private func order(_ word: String, by deadline: Instant) async -> StepOutcome {
        guard let scope = await scope() else {
            // What is not there is not up.
            return word == "stop" ? .done : .failed("there is no unit \(unit); openclaw failover install makes it")
        }
        switch await systemctl(scope, [word, unit], within: deadline - clock.now) {
        case .success: return .done
        case .failure(let failure): return .failed("systemctl \(word) \(unit): \(failure.reason)")
        }
    }

    private func scope() async -> Scope? {
        for scope in Scope.allCases {
            let answer = await systemctl(scope, ["show", "-p", "LoadState", "--value", unit], within: Self.lookTime)
            if case .success(let text) = answer, text.hasPrefix("loaded") { return scope }
        }
        return nil
    }

    private struct Failure: Error {
        let reason: String
    }

    private func systemctl(
        _ scope: Scope, _ words: [String], within time: Duration
    ) async -> Result<String, Failure> {
        guard time > .zero else { return .failure(Failure(reason: "no time was left")) }
        let request = ProcessRequest(
            ["systemctl", "--\(scope.rawValue)", "--no-ask-password"] + words, environment: environment, deadline: time)
        do throws(ProcessError) {
            let result = try await runner.run(request)
            guard result.succeeded else {
                let line = result.errorText.split(separator: "\n").first.map(String.init)
                return .failure(Failure(reason: line ?? "\(result.ending)"))
            }
            return .success(result.outputText)
        } catch {
            return .failure(Failure(reason: "\(error)"))
        }
    }
}
