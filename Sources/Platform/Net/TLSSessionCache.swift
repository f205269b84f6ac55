import COpenSSL

/// Sessions of servers, by host and port, for the next connection to each.
///
/// They are kept as bytes: 2 KB each, where OpenSSL's form holds the whole parsed chain.
@LoopActor
final class TLSSessionCache {
    /// Servers remembered. The product talks to a handful.
    static let limit = 32

    private var entries: [String: [UInt8]] = [:]
    /// Keys by age, the oldest first.
    private var order: [String] = []

    nonisolated init() {}

    var count: Int { entries.count }

    /// Takes over a new session of `key`.
    private func remember(_ key: String, _ session: OpaquePointer) {
        let size = Int(i2d_SSL_SESSION(session, nil))
        guard size > 0 else { return }
        forget(key)
        if order.count == Self.limit { forget(order[0]) }
        entries[key] = [UInt8](unsafeUninitializedCapacity: size) { memory, count in
            var end = memory.baseAddress
            count = Int(i2d_SSL_SESSION(session, &end))
        }
        order.append(key)
    }

    /// Sets the session for a new connection, if there is one.
    func offer(_ key: String, to ssl: OpaquePointer) {
        guard let bytes = entries[key] else { return }
        let session = bytes.withUnsafeBufferPointer { memory in
            var start = memory.baseAddress
            return d2i_SSL_SESSION(nil, &start, memory.count)
        }
        defer { SSL_SESSION_free(session) }
        // RFC 8446 section C.4: a ticket is used once, lest an observer links two connections; each connection brings
        // new ones. Sessions before TLS 1.3 are used until the server refuses them.
        if session == nil || SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION { forget(key) }
        if SSL_set_session(ssl, session) != 1 { ERR_clear_error() }
    }

    private func forget(_ key: String) {
        guard entries.removeValue(forKey: key) != nil else { return }
        order.removeAll { $0 == key }
    }

    /// OpenSSL's way to hand over a session, in TLS 1.3 some time after the handshake. The reference stays with OpenSSL.
    static nonisolated let callback: @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32 = { ssl, session in
        nonisolated(unsafe) let (ssl, session) = (ssl, session)
        LoopActor.assumeIsolated {
            guard let session, let client = TLSStream.owner(of: ssl)?.client else { return }
            client.sessions.remember(client.sessionKey, session)
        }
        return 0
    }
}
