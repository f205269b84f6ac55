import Platform
import Wire

/// Opens a probe's connections and remembers why one could not be had: what is refused counts at once, what is silent does
/// not.
@LoopActor
final class ProbeConnector: HTTPConnecting {
    private let dialer: Dialer
    private let tls: TLSClientContext
    private(set) var failure: ProbeFailure?

    init(clock: any Clock, dialer: Dialer? = nil, tls: TLSClientContext = .system) {
        // Never through a proxy: whether that one can reach the other node is not the question.
        self.dialer = dialer ?? Dialer(clock: clock)
        self.tls = tls
    }

    func route(to origin: HTTPOrigin) -> HTTPRoute { .direct }

    func connect(to origin: HTTPOrigin) async throws -> any ByteStream {
        let target = DialTarget(
            .host(origin.host, port: origin.port), tls: origin.isSecure ? origin.tls ?? tls : nil)
        do throws(DialError) {
            return try await dialer.dial(target, by: nil).stream
        } catch {
            failure = Self.failure(error)
            throw error
        }
    }

    private static func failure(_ error: DialError) -> ProbeFailure {
        switch error {
        case .unreachable(_, let attempts):
            attempts.contains { $0.error.isRefusal } ? .refused : .timedOut
        case .insecure(_, .tls): .stranger
        case .insecure: .closed
        case .unresolved, .proxy, .timedOut, .invalid, .cancelled: .timedOut
        }
    }
}
