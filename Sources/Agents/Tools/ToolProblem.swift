package import Platform

/// What keeps a tool from its work. The model reads it, so it says what is wrong and what would do.
package enum ToolProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case said(String)
    /// As `said`, with the same for programs.
    case detailed(String, JSON)
    case cancelled

    package var description: String {
        switch self {
        case .said(let text), .detailed(let text, _): text
        case .cancelled: "cancelled"
        }
    }

    init(_ error: FileError) { self = .said("\(error)") }
}

/// A tool that says what is wrong by throwing.
@LoopActor
package protocol WorkingTool: Tool {
    func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput
}

extension WorkingTool {
    package func run(_ call: ToolInvocation) async throws(CancellationError) -> ToolOutput {
        do throws(ToolProblem) {
            if Task.isCancelled { throw .cancelled }
            return try await work(call, ToolArguments(call.arguments, of: name))
        } catch {
            switch error {
            case .said(let text): return .failed(text)
            case .detailed(let text, let details): return .failed(text, details: details)
            case .cancelled: throw CancellationError()
            }
        }
    }
}

/// Runs what reads or writes files in the pool, with its error in a tool's words.
func inPool<Value: Sendable>(
    _ body: @escaping @Sendable () throws(FileError) -> Value
) async throws(ToolProblem) -> Value {
    do throws(FileError) {
        return try await BlockingPool.shared.run(body)
    } catch {
        throw ToolProblem(error)
    }
}
