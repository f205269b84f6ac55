package import Platform

/// Where an answer's events come from.
@LoopActor
package protocol ModelEventSource: AnyObject {
    /// The next event; nil at the end.
    func next() async throws(ModelError) -> ModelEvent?
    /// Nobody wants the rest: the connection is closed at once.
    func cancel()
}

/// An answer, to be pulled by one reader. Letting go of it before its end closes the connection.
@LoopActor
package final class ModelStream {
    private enum State {
        case open(any ModelEventSource)
        case ended
        case failed(ModelError)
    }

    private var state: State

    package init(_ source: any ModelEventSource) { state = .open(source) }

    /// The next event; nil at the end. After an error, the same again.
    package func next() async throws(ModelError) -> ModelEvent? {
        switch state {
        case .ended: return nil
        case .failed(let error): throw error
        case .open(let source):
            do throws(ModelError) {
                let event = try await source.next()
                if event == nil, case .open = state { state = .ended }
                return event
            } catch {
                if case .open = state { state = .failed(error) }
                throw error
            }
        }
    }

    /// Gives up the rest. Whoever waits for it hears so.
    package func cancel() {
        guard case .open(let source) = state else { return }
        state = .failed(.cancelled)
        source.cancel()
    }

    /// The whole answer.
    package func collect() async throws(ModelError) -> ModelAnswer {
        var answer = ModelAnswer()
        while let event = try await next() { answer.add(event) }
        return answer
    }

    isolated deinit { cancel() }
}
