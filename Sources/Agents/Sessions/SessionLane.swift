import Platform

/// The order of what is done to one session. Appends that wait at the same time become one write; all else has the
/// session to itself. Sessions have lanes of their own and never wait on each other.
@LoopActor
final class SessionLane {
    /// Entries on their way to the disk.
    final class Append {
        let entries: [TranscriptEntry]
        private let continuation: CheckedContinuation<Result<Void, SessionError>, Never>

        init(_ entries: [TranscriptEntry], _ continuation: CheckedContinuation<Result<Void, SessionError>, Never>) {
            self.entries = entries
            self.continuation = continuation
        }

        func end(_ result: Result<Void, SessionError>) { continuation.resume(returning: result) }
    }

    private enum Work {
        case append(Append)
        case turn(CheckedContinuation<Void, Never>)
    }

    private var queue: [Work] = []
    private var isBusy = false
    /// Ends each of them.
    private let write: @LoopActor ([Append]) async -> Void
    /// Nothing waits and nothing runs.
    private let onIdle: @LoopActor () -> Void

    init(write: @escaping @LoopActor ([Append]) async -> Void, onIdle: @escaping @LoopActor () -> Void) {
        self.write = write
        self.onIdle = onIdle
    }

    func append(_ entries: [TranscriptEntry]) async throws(SessionError) {
        let result: Result<Void, SessionError> = await withCheckedContinuation { continuation in
            queue.append(.append(Append(entries, continuation)))
            if !isBusy { next() }
        }
        try result.get()
    }

    func exclusively<Value>(
        _ body: @LoopActor () async throws(SessionError) -> Value
    ) async throws(SessionError) -> Value {
        await withCheckedContinuation { continuation in
            queue.append(.turn(continuation))
            if !isBusy { next() }
        }
        defer { next() }
        return try await body()
    }

    private func next() {
        guard let first = queue.first else {
            isBusy = false
            return onIdle()
        }
        isBusy = true
        switch first {
        case .turn(let continuation):
            queue.removeFirst()
            continuation.resume()
        case .append:
            var batch: [Append] = []
            while case .append(let append)? = queue.first {
                batch.append(append)
                queue.removeFirst()
            }
            startTask { [self] in
                await write(batch)
                next()
            }
        }
    }
}
