import COpenSSL

/// How a client's connections are secured.
package struct TLSClientSettings: Hashable, Sendable {
    package var trust: TLSTrust
    /// Protocols offered by ALPN, the preferred one first. Empty: no offer, as for protocols without a name.
    package var protocols: [String]

    package init(trust: TLSTrust = .authorities(.system), protocols: [String] = ["http/1.1"]) {
        self.trust = trust
        self.protocols = protocols
    }
}

/// Client connections with common settings. They share the authorities and remember the sessions of their servers, so
/// that the next connection to one of them needs no certificates.
@LoopActor
package final class TLSClientContext {
    /// The system's authorities and HTTP/1.1: what all public services are reached with.
    package static let system = TLSClientContext()

    package nonisolated let settings: TLSClientSettings
    let sessions = TLSSessionCache()
    private let clock: any Clock
    private var context: TLSContext?
    private var preparing: Task<TLSContext, any Error>?

    /// Costs nothing until the first connection.
    package nonisolated init(
        _ settings: TLSClientSettings = TLSClientSettings(), clock: any Clock = EventLoop.shared
    ) {
        self.settings = settings
        self.clock = clock
    }

    /// Reads the authorities on another thread, once. Without it the first `start` does so on the loop.
    package func prepare() async throws(StreamError) {
        if context != nil { return }
        let task =
            preparing
            ?? startTask { [settings] in
                try await BlockingPool.shared.run { () throws(StreamError) in try TLSContext.client(settings) }
            }
        preparing = task
        do {
            context = try await task.value
            preparing = nil
        } catch {
            preparing = nil
            throw error as? StreamError ?? .tls("\(error)")
        }
    }

    /// Secures a connection to `host`, whose name or address the certificate has to carry. The handshake goes on by
    /// itself; `port` only tells the sessions of several servers on one host apart. Takes over the socket in any case.
    package func start(on socket: SocketStream, host: String, port: UInt16) throws(StreamError) -> TLSStream {
        let context = try ready(orClose: socket)
        let host = HostName.canonical(host)
        let isAddress = SocketAddress(host: host, port: 0) != nil
        guard isAddress || HostName.isValid(host) else {
            socket.close()
            throw .tls("\"\(host)\" is not a host name")
        }
        let key = "\(host):\(port)"
        let stream = TLSStream(
            context, over: socket,
            client: TLSStream.Client(TLSVerification(host: host, trust: settings.trust), sessions, key: key),
            clock: clock)
        guard expect(host, isAddress: isAddress, stream.ssl) else {
            // Going on would mean to accept everybody's certificate.
            stream.close()
            throw .tls("OpenSSL takes no host name \"\(host)\": \(OpenSSL.takeReason() ?? "no reason given")")
        }
        sessions.offer(key, to: stream.ssl)
        SSL_set_connect_state(stream.ssl)
        stream.advance()
        return stream
    }

    /// Sets what the certificate has to carry, and asks for it.
    private func expect(_ host: String, isAddress: Bool, _ ssl: OpaquePointer) -> Bool {
        // RFC 6066 section 3: an address is no server name.
        if isAddress { return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1 }
        SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        return co_server_name(ssl, host) != 0 && SSL_set1_host(ssl, host) == 1
    }

    private func ready(orClose socket: SocketStream) throws(StreamError) -> TLSContext {
        if let context { return context }
        do throws(StreamError) {
            let made = try TLSContext.client(settings)
            context = made
            return made
        } catch {
            socket.close()
            throw error
        }
    }
}
