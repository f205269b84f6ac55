import Platform

/// One attempt to connect against its deadline. A connection that comes too late is closed.
@LoopActor
final class HTTPConnectAttempt {
    private let suspension: Suspension
    private var result: Result<any ByteStream, HTTPClientError>?
    private var isGivenUp = false

    private init(_ clock: any Clock) { suspension = Suspension(clock) }

    static func stream(
        _ connector: any HTTPConnecting, _ origin: HTTPOrigin, _ time: HTTPCallTime
    ) async throws(HTTPClientError) -> any ByteStream {
        let attempt = HTTPConnectAttempt(time.clock)
        let deadline = time.deadline(.connecting)
        let task = startTask { await attempt.run(connector, origin) }
        let wake = await attempt.suspension.wait(until: deadline?.at)
        if let result = attempt.result { return try result.get() }
        attempt.isGivenUp = true
        task.cancel()
        throw wake == .deadline ? deadline?.error ?? .cancelled : .cancelled
    }

    private func run(_ connector: any HTTPConnecting, _ origin: HTTPOrigin) async {
        do {
            let stream = try await connector.connect(to: origin)
            if isGivenUp { return stream.close() }
            result = .success(stream)
        } catch {
            result = .failure(.notConnected(peer: origin.peer, reason: "\(error)"))
        }
        suspension.wake()
    }
}
