package import Platform

/// Starts nothing: the test says what a program writes and how it ends.
@LoopActor
package final class FakeProcessStarter: ProcessStarting {
    /// A program that does not run.
    @LoopActor
    package final class Program: StartedProcess {
        package let request: ProcessRequest
        package let acceptsInput: Bool
        package private(set) var input: [UInt8] = []
        package private(set) var isInputClosed = false
        package private(set) var isAskedToEnd = false
        private let onEvent: @LoopActor (ProcessEvent) -> Void

        init(_ request: ProcessRequest, _ acceptsInput: Bool, _ onEvent: @escaping @LoopActor (ProcessEvent) -> Void) {
            self.request = request
            self.acceptsInput = acceptsInput
            self.onEvent = onEvent
        }

        package var processID: Int32 { 4242 }

        package func write(_ bytes: [UInt8]) -> Bool {
            guard acceptsInput, !isInputClosed else { return false }
            input += bytes
            return true
        }

        package func closeInput() { isInputClosed = true }

        package func end() {
            guard !isAskedToEnd else { return }
            isAskedToEnd = true
            onEvent(.ended(.stopped))
        }

        package func say(_ text: String) { onEvent(.output(Array(text.utf8))) }

        package func finish(_ outcome: ProcessOutcome = .ended(.exited(0))) { onEvent(.ended(outcome)) }
    }

    package private(set) var programs: [Program] = []
    /// Told of each program as it starts.
    package var onStart: @LoopActor (Program) -> Void

    package init(_ onStart: @escaping @LoopActor (Program) -> Void = { $0.finish() }) { self.onStart = onStart }

    package func start(
        _ request: ProcessRequest, acceptsInput: Bool, onEvent: @escaping @LoopActor (ProcessEvent) -> Void
    ) async throws(ProcessError) -> any StartedProcess {
        let program = Program(request, acceptsInput, onEvent)
        programs.append(program)
        onStart(program)
        return program
    }
}
