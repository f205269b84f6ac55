import Models
import Platform

/// Running the tools that an answer calls.
extension Turn {
    /// Bytes of text that one result may tell the model.
    nonisolated static let resultBytes = 200_000

    /// Runs the calls in their order and stores each result. Returns those that are the client's to run, if there are any.
    func work(_ calls: [ToolCall], _ request: ModelRequest) async throws(TurnFailure) -> [ToolCall]? {
        let clients = calls.filter { call in options.clientTools.contains { $0.name == call.name } }
        var joining: [Run] = []
        for call in calls where !clients.contains(where: { $0.id == call.id }) {
            if Task.isCancelled { throw .cancelled }
            let output = joining.isEmpty ? try await result(call) : Self.skipped
            try await keep(call, output)
            if loop.isHopeless {
                throw .failed("stopped: the model made the same call of \(call.name) again and again")
            }
            joining += inbox()
        }
        if !clients.isEmpty {
            // The client answers these in its next request.
            openCalls = []
            return clients
        }
        if joining.isEmpty { joining = inbox() }
        if !joining.isEmpty {
            for one in joining { await run.join(one, at: services.clock.wall) }
            try await take(joining)
        }
        return nil
    }

    private static let skipped = ToolOutput.failed("Not done: a newer message came. Read it first.")

    private func keep(_ call: ToolCall, _ output: ToolOutput) async throws(TurnFailure) {
        let result = ToolResult(
            callID: call.id, name: call.name, parts: Self.cut(output.parts), isError: output.isError)
        conversation.add(ModelMessage(.user, [.toolResult(result)]))
        try await append([entry(.toolResult(result))])
        openCalls.removeAll { $0.id == call.id }
    }

    private func result(_ call: ToolCall) async throws(TurnFailure) -> ToolOutput {
        if let refusal = loop.refusal(call) {
            loop.note(call, nil)
            return .failed(refusal)
        }
        let tools = services.tools.tools(for: context, model: totals.model)
        guard let tool = tools.first(where: { $0.name == call.name }) else {
            let near = NearestName.nearest(to: call.name, among: tools.map(\.name))
            return note(
                call, .failed("There is no tool \(call.name)." + (near.map { " Did you mean \($0)?" } ?? "")))
        }
        guard let arguments = call.arguments else {
            return note(call, .failed("The arguments of \(call.name) are not a JSON object."))
        }
        await run.tell(.toolStarted(id: call.id, name: call.name, arguments: .object(arguments)))
        let progress = ToolProgress(call, run)
        let invocation = ToolInvocation(id: call.id, arguments: arguments, context: context) { progress.add($0) }
        let output: ToolOutput
        do throws(CancellationError) {
            output = try await tool.run(invocation)
        } catch {
            await progress.end()
            if Task.isCancelled { throw .cancelled }
            output = .failed("\(call.name) was cancelled.")
        }
        await progress.end()
        await run.tell(.toolEnded(id: call.id, name: call.name, output))
        return note(call, output)
    }

    private func note(_ call: ToolCall, _ output: ToolOutput) -> ToolOutput {
        loop.note(call, output.parts)
        return output
    }

    /// No single result fills the model's window.
    nonisolated static func cut(_ parts: [MessagePart]) -> [MessagePart] {
        var room = resultBytes
        return parts.map { part in
            guard let text = part.text else { return part }
            defer { room = max(0, room - text.utf8.count) }
            guard text.utf8.count > room else { return part }
            return .text(text.cut(to: room) + "\n[cut: \(text.utf8.count - room) bytes more]")
        }
    }
}

/// Passes on how far a tool is, in order, and never after its end.
@LoopActor
private final class ToolProgress {
    /// Reports that wait for slow readers; older ones give way, as the next says more.
    static let limit = 16

    private let call: ToolCall
    private let run: Run
    private var waiting: [JSON] = []
    private var pump: Task<Void, any Error>?
    private var isOver = false

    init(_ call: ToolCall, _ run: Run) {
        self.call = call
        self.run = run
    }

    func add(_ report: JSON) {
        guard !isOver else { return }
        waiting.append(report)
        if waiting.count > Self.limit { waiting.removeFirst() }
        guard pump == nil else { return }
        pump = startTask { await self.passOn() }
    }

    func end() async {
        isOver = true
        try? await pump?.value
    }

    private func passOn() async {
        while !waiting.isEmpty {
            await run.tell(.toolProgress(id: call.id, name: call.name, waiting.removeFirst()))
        }
        pump = nil
    }
}
