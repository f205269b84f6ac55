package import Models
import Platform

/// `exec`: runs a command, and leaves it running in the background when it takes long.
package struct ExecTool: WorkingTool {
    static let yieldLimit = 120_000
    static let defaultYield = 10_000
    static let inputLimit = 256 << 10
    /// Bytes of output in one answer.
    static let outputLimit = 30_000

    package let definition = ToolDefinition(
        "exec",
        "Runs a command in the workspace. Plain commands run without a shell; whatever needs one (pipes, redirections, "
            + "variables) may have to be approved. A command that runs longer than yieldMs goes on in the background: "
            + "see process.",
        .required("command", .text, "the command line"),
        .optional("workdir", .text, "a directory of the workspace to run it in"),
        .optional("env", .map, "variables for it"),
        .optional("stdin", .text, "what it reads"),
        .optional("yieldMs", .integer(0...yieldLimit), "how long to wait for its end; \(defaultYield) unless given"),
        .optional("background", .flag, "do not wait, and keep its input open for process write"),
        .optional("timeoutSeconds", .integer(1...ExecSettings.secondsLimit), "when it is ended at the latest"))
    package let group = "runtime"
    package let isForOwners = true

    private let services: ExecServices

    package init(_ services: ExecServices) { self.services = services }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let context = call.context
        let settings = services.settings(context.agentID)
        let command = try arguments.word("command")
        let input = Array(try arguments.optionalText("stdin")?.utf8 ?? "".utf8)
        guard input.count <= Self.inputLimit else {
            throw .said("`stdin` of exec has more than \(Self.inputLimit) bytes; write it to a file")
        }
        let inBackground = try arguments.flag("background")
        let yield = try arguments.integer("yieldMs", 0...Self.yieldLimit) ?? Self.defaultYield
        let seconds = try arguments.integer("timeoutSeconds", 1...ExecSettings.secondsLimit) ?? settings.seconds
        let directory = try await directory(try arguments.optionalText("workdir"), context)
        let environment = await services.environment(try arguments.map("env"), settings, context)
        let gate = ExecGate(settings: settings, approvals: services.approvals, home: services.home)
        let wishes = await services.wishes(context.sessionKey)
        let pass = try await gate.pass(
            command, in: directory, environment: environment.variables, context, wishes)
        if Task.isCancelled { throw .cancelled }
        let request = ProcessRequest(
            pass.arguments, environment: environment.variables, directory: directory, input: input,
            deadline: .seconds(seconds))
        let job = try await services.jobs.start(
            request, command: command, agentID: context.agentID, acceptsInput: inBackground)
        if inBackground { return report(job, environment.dropped, isBackground: true) }
        let wait = await job.wait(until: services.clock.now + .milliseconds(yield))
        if wait == .cancelled {
            job.process?.end()
            throw .cancelled
        }
        let output = report(job, environment.dropped, isBackground: job.isRunning)
        if !job.isRunning { services.jobs.forget(job) }
        return output
    }

    private func directory(_ text: String?, _ context: ToolContext) async throws(ToolProblem) -> String {
        let files = WorkspaceFiles(root: context.workspace)
        guard let path = try files.path(text ?? ".") else {
            try await inPool { () throws(FileError) in try PrivateDirectory.create(files.root) }
            return files.root
        }
        let isThere = try await inPool { () throws(FileError) in
            _ = try SafeDirectory(files.root).entries(in: path)
            return true
        }
        return isThere ? files.root + "/\(path)" : files.root
    }

    private func report(_ job: ExecJob, _ dropped: [String], isBackground: Bool) -> ToolOutput {
        let shown = services.shown(job, from: 0, limit: Self.outputLimit)
        job.polled = job.outputCount
        var lines: [String] = []
        if !dropped.isEmpty { lines.append("[left out of env: \(dropped.joined(separator: ", "))]") }
        if !shown.isEmpty { lines.append(shown) }
        var details = ExecServices.details(job)
        if isBackground {
            lines.append("[\(job.id) goes on in the background; see process poll, log, write, kill]")
            details["status"] = "running"
            return ToolOutput(lines.joined(separator: "\n"), details: details)
        }
        let isGood = job.state == .over(.ended(.exited(0)))
        if !isGood || shown.isEmpty { lines.append("[\(job.outcome)]") }
        return ToolOutput([.text(lines.joined(separator: "\n"))], isError: !isGood, details: details)
    }
}
