package import Platform

/// Answers requests by a rule of the test and keeps them.
@LoopActor
package final class FakeProcessRunner: ProcessRunner {
    package private(set) var requests: [ProcessRequest] = []
    package var answer: @LoopActor (ProcessRequest) async -> Result<ProcessResult, ProcessError>

    package init(
        _ answer: @escaping @LoopActor (ProcessRequest) async -> Result<ProcessResult, ProcessError> = {
            _ in .success(ProcessResult(ending: .exited(0)))
        }
    ) {
        self.answer = answer
    }

    package func run(_ request: ProcessRequest) async throws(ProcessError) -> ProcessResult {
        requests.append(request)
        return try await answer(request).get()
    }
}
