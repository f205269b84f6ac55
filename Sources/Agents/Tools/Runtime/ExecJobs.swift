package import Platform

/// The commands of all agents, running and ended. None of them outlives the gateway.
@LoopActor
package final class ExecJobs {
    /// Commands that run at a time.
    package static let runningLimit = 16
    /// Commands that have ended and can still be asked about.
    package static let endedLimit = 64
    /// How long the end of all commands is awaited when the gateway stops; each is killed well before.
    package static let endTime = Duration.seconds(6)

    private let starter: any ProcessStarting
    private let clock: any Clock
    private var jobs: [ExecJob] = []
    private var isStopping = false

    package nonisolated init(_ starter: any ProcessStarting = ProcessStarter(), clock: any Clock = EventLoop.shared) {
        self.starter = starter
        self.clock = clock
    }

    func start(
        _ request: ProcessRequest, command: String, agentID: String, acceptsInput: Bool
    ) async throws(ToolProblem) -> ExecJob {
        guard !isStopping else { throw .said("the gateway stops; no more commands are started") }
        forgetOld()
        guard jobs.count(where: \.isRunning) < Self.runningLimit else {
            throw .said(
                "\(Self.runningLimit) commands run already; wait for one or end one (process list, process kill)")
        }
        let job = ExecJob(
            id: "exec-" + Hex.encode(SecureRandom.bytes(4)), agentID: agentID, command: command, clock: clock)
        jobs.append(job)
        do throws(ProcessError) {
            let process = try await starter.start(request, acceptsInput: acceptsInput) { job.take($0) }
            if job.isRunning { job.process = process }
            if isStopping { process.end() }
        } catch {
            jobs.removeAll { $0 === job }
            throw .said("\(error)")
        }
        return job
    }

    /// An agent sees its own.
    func jobs(of agentID: String) -> [ExecJob] { jobs.filter { $0.agentID == agentID } }

    func job(_ id: String, of agentID: String) throws(ToolProblem) -> ExecJob {
        if let job = jobs.first(where: { $0.id == id && $0.agentID == agentID }) { return job }
        let known = jobs(of: agentID).map(\.id).joined(separator: ", ")
        throw .said(
            "there is no command \"\(ToolText.head(id, 64))\"; \(known.isEmpty ? "none was started" : "there are \(known)")"
        )
    }

    func forget(_ job: ExecJob) { jobs.removeAll { $0 === job } }

    private func forgetOld() {
        let ended = jobs.filter { !$0.isRunning }
        guard ended.count >= Self.endedLimit else { return }
        for job in ended.prefix(ended.count - Self.endedLimit + 1) { forget(job) }
    }

    package var runningCount: Int { jobs.count(where: \.isRunning) }

    /// Ends every command and returns when all have ended, or the time for it is over.
    package func endAll() async {
        isStopping = true
        for job in jobs where job.isRunning { job.process?.end() }
        let deadline = clock.now + Self.endTime
        for job in jobs where job.isRunning { _ = await job.wait(until: deadline) }
    }
}
