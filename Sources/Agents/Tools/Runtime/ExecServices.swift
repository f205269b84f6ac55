package import Platform

/// What `exec` and `process` share.
@LoopActor
package final class ExecServices {
    let jobs: ExecJobs
    let approvals: any ExecApproving
    let clock: any Clock
    let home: String
    /// What commands of an agent find set for its skills.
    package var skillVariables: @LoopActor (ToolContext) async -> [(String, String)] = { _ in [] }
    private let own: [String: String]
    /// Hides the values of all secrets.
    private let redact: @LoopActor (String) -> String
    private let sessions: (any SessionKeeping)?
    /// The configuration as it is now.
    private var config: JSON = [:]

    package init(
        jobs: ExecJobs, approvals: any ExecApproving, environment: Environment, sessions: (any SessionKeeping)? = nil,
        clock: any Clock = EventLoop.shared, redact: @escaping @LoopActor (String) -> String = { $0 }
    ) {
        self.jobs = jobs
        self.approvals = approvals
        self.clock = clock
        self.redact = redact
        self.sessions = sessions
        own = environment.all
        home = environment.home ?? "/"
    }

    /// Takes over what a configuration says (`tools.exec`, `agents`).
    package func take(_ config: JSON) { self.config = config }

    func settings(_ agentID: String) -> ExecSettings { ExecSettings(config, agentID: agentID) }

    func environment(
        _ given: [(String, String)], _ settings: ExecSettings, _ context: ToolContext
    ) async -> ExecEnvironment {
        let skills = await skillVariables(context)
        var own = own
        if !settings.pathPrepend.isEmpty {
            own["PATH"] = (settings.pathPrepend + [own["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"]).joined(
                separator: ":")
        }
        return ExecEnvironment(own: own, skills: skills, given: given) { value in redact(value) != value }
    }

    func wishes(_ key: SessionKey) async -> ExecGate.SessionWishes {
        guard let sessions else { return ExecGate.SessionWishes() }
        do throws(SessionError) {
            let choices = try await sessions.open(key).choices
            return ExecGate.SessionWishes(security: choices.execSecurity, ask: choices.execAsk)
        } catch {
            // What a session wishes cannot be known, so the strictest is assumed.
            return ExecGate.SessionWishes(security: ExecSecurity.deny.rawValue, ask: nil)
        }
    }

    /// The output for a model, without secrets.
    func shown(_ job: ExecJob, from start: Int, limit: Int) -> String {
        let (bytes, missing) = job.output(from: start, limit: limit)
        let text = redact(String(decoding: bytes, as: UTF8.self))
        return missing > 0 ? "[\(missing) bytes before this are left out]\n\(text)" : text
    }

    static func details(_ job: ExecJob) -> JSON {
        var details: JSON = [
            "sessionId": .string(job.id), "command": .string(ToolText.head(job.command, 400)),
            "status": job.isRunning ? "running" : "completed", "startedAt": .int(job.startedAt.milliseconds),
            "outputBytes": JSON(job.outputCount),
        ]
        details["pid"] = job.process.map { .int(Int64($0.processID)) }
        details["endedAt"] = job.endedAt.map { .int($0.milliseconds) }
        switch job.state {
        case .over(.ended(.exited(let code))): details["exitCode"] = .int(Int64(code))
        case .over(.ended(.signalled(let number))): details["exitSignal"] = .int(Int64(number))
        case .over(.timedOut): details["timedOut"] = true
        case .running, .over(.stopped), .over(.lost): break
        }
        return details
    }
}
