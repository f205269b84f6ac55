package import Models
import Platform

/// `process`: commands that `exec` left in the background.
package struct ProcessTool: WorkingTool {
    static let pollLimit = 60_000
    static let lineLimit = 1000

    package enum Action: String, CaseIterable, Sendable { case list, poll, log, write, kill, remove }

    package let definition = ToolDefinition(
        "process",
        "Looks after commands in the background: list, poll (what is new, waiting for it), log (lines of the output), "
            + "write (to its input), kill, remove (one that has ended).",
        .required("action", .choice(Action.allCases.map(\.rawValue)), "what to do"),
        .optional("sessionId", .text, "which command, as exec named it"),
        .optional("timeout", .integer(0...pollLimit), "poll: milliseconds to wait for news"),
        .optional("offset", .integer(0...1_000_000), "log: the first line, counted from 0; the last ones unless given"),
        .optional("limit", .integer(1...lineLimit), "log: how many lines"),
        .optional("data", .text, "write: what it is to read"),
        .optional("eof", .flag, "write: its input ends after that"))
    package let group = "runtime"
    package let isForOwners = true

    private let services: ExecServices

    package init(_ services: ExecServices) { self.services = services }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        guard let action = try arguments.choice("action", Action.self) else {
            throw .said("process needs `action`: \(Action.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if action == .list { return list(call.context.agentID) }
        let job = try services.jobs.job(try arguments.word("sessionId"), of: call.context.agentID)
        switch action {
        case .list: return list(call.context.agentID)
        case .poll: return try await poll(job, try arguments.integer("timeout", 0...Self.pollLimit) ?? 0)
        case .log:
            return log(
                job, try arguments.integer("offset", 0...1_000_000),
                try arguments.integer("limit", 1...Self.lineLimit) ?? 200)
        case .write: return try write(job, try arguments.optionalText("data") ?? "", try arguments.flag("eof"))
        case .kill:
            guard let process = job.process else { throw .said("\(job.id) has ended: \(job.outcome)") }
            process.end()
            return ToolOutput("\(job.id) is being ended", details: ExecServices.details(job))
        case .remove:
            guard !job.isRunning else { throw .said("\(job.id) runs; end it first (process kill)") }
            services.jobs.forget(job)
            return ToolOutput("\(job.id) is forgotten")
        }
    }

    private func list(_ agentID: String) -> ToolOutput {
        let jobs = services.jobs.jobs(of: agentID)
        let rows = jobs.map { "\($0.id)  \($0.outcome)  \($0.outputCount) bytes  \(ToolText.head($0.command, 100))" }
        return ToolOutput(
            rows.isEmpty ? "no commands" : rows.joined(separator: "\n"),
            details: ["sessions": .array(jobs.map { ExecServices.details($0) })])
    }

    private func poll(_ job: ExecJob, _ milliseconds: Int) async throws(ToolProblem) -> ToolOutput {
        let deadline = services.clock.now + .milliseconds(milliseconds)
        if await job.wait(until: deadline, forNews: true) == .cancelled { throw .cancelled }
        let news = services.shown(job, from: job.polled, limit: ExecTool.outputLimit)
        job.polled = job.outputCount
        let text = news.isEmpty ? "[nothing new]" : news
        return ToolOutput("\(text)\n[\(job.outcome)]", details: ExecServices.details(job))
    }

    private func log(_ job: ExecJob, _ offset: Int?, _ limit: Int) -> ToolOutput {
        let lines = services.shown(job, from: 0, limit: ExecJob.outputLimit).utf8.split(
            separator: 0x0a, omittingEmptySubsequences: false
        ).map { Substring($0) }
        let first = min(offset ?? max(0, lines.count - limit), lines.count)
        let page = lines[first...].prefix(limit).joined(separator: "\n")
        var details = ExecServices.details(job)
        details["lines"] = JSON(lines.count)
        return ToolOutput(
            "\(ToolText.head(page, ToolText.limit))\n[lines \(first) to \(min(lines.count, first + limit) - 1) of \(lines.count); \(job.outcome)]",
            details: details)
    }

    private func write(_ job: ExecJob, _ data: String, _ endsInput: Bool) throws(ToolProblem) -> ToolOutput {
        guard let process = job.process else { throw .said("\(job.id) has ended: \(job.outcome)") }
        if !data.isEmpty, !process.write(Array(data.utf8)) {
            throw .said("\(job.id) reads nothing: it was started without background, closed its input, or is too slow")
        }
        if endsInput { process.closeInput() }
        return ToolOutput("wrote \(data.utf8.count) bytes to \(job.id)", details: ExecServices.details(job))
    }
}
