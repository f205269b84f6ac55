import Platform

/// One attempt to connect against its deadline. A connection that comes too late is closed.
@LoopActor
final class HTTPConnectAttempt {
    private let wait = HTTPWait()
    private var result: Result<any ByteStream, HTTPClientError>?

    static func stream(
        _ connector: any HTTPConnecting, _ origin: HTTPOrigin, _ time: HTTPCallTime
    ) async throws(HTTPClientError) -> any ByteStream {
        let attempt = HTTPConnectAttempt()
        let task = startTask { await attempt.run(connector, origin) }
        if let error = await attempt.wait.value(until: time.deadline(.connecting), time.clock) {
            task.cancel()
            throw error
        }
        guard let result = attempt.result else { throw .closed }
        return try result.get()
    }

    private func run(_ connector: any HTTPConnecting, _ origin: HTTPOrigin) async {
        do {
            let stream = try await connector.connect(to: origin)
            result = .success(stream)
            if !wait.end() { stream.close() }
        } catch {
            result = .failure(.notConnected(peer: origin.peer, reason: "\(error)"))
            wait.end()
        }
    }
}
