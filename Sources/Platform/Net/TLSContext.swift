import COpenSSL

/// A configured SSL_CTX. Built on any thread, then used by the loop alone.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer

    private init(_ method: OpaquePointer?, client: Bool) throws(StreamError) {
        guard let pointer = SSL_CTX_new(method) else { throw Self.failure() }
        self.pointer = pointer
        co_session_cache(pointer, client ? 1 : 0)
        guard co_configure(pointer) != 0 else { throw Self.failure() }
    }

    deinit { SSL_CTX_free(pointer) }

    /// Blocks: reads the authorities.
    static func client(_ settings: TLSClientSettings) throws(StreamError) -> TLSContext {
        OpenSSL.start()
        let context = try TLSContext(TLS_client_method(), client: true)
        SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
        SSL_CTX_set_cert_verify_callback(context.pointer, TLSVerification.callback, nil)
        SSL_CTX_sess_set_new_cb(context.pointer, TLSSessionCache.callback)
        if let roots = settings.trust.roots { try context.load(roots) }
        let names = wireForm(settings.protocols)
        // Unlike its neighbours this function returns 0 for success.
        if !names.isEmpty { SSL_CTX_set_alpn_protos(context.pointer, names, UInt32(names.count)) }
        return context
    }

    static func server(_ identity: TLSIdentity) throws(StreamError) -> TLSContext {
        OpenSSL.start()
        let context = try TLSContext(TLS_server_method(), client: false)
        var isSet =
            SSL_CTX_use_certificate(context.pointer, identity.certificate.pointer) == 1
            && SSL_CTX_use_PrivateKey(context.pointer, identity.key.pointer) == 1
        for certificate in identity.chain.dropFirst() {
            isSet = isSet && co_add_chain(context.pointer, certificate.pointer) != 0
        }
        guard isSet else {
            throw .tls("the certificate cannot be used: \(OpenSSL.takeReason() ?? "no reason given")")
        }
        SSL_CTX_set_alpn_select_cb(context.pointer, selectProtocol, nil)
        return context
    }

    private func load(_ roots: TLSRoots) throws(StreamError) {
        switch roots {
        case .system: try SystemRoots.locate().load(into: pointer)
        case .file(let path):
            try add(PEM.certificates(try TLSIdentity.contents(path, "certificate authority"), source: path))
        case .pem(let text):
            try add(PEM.certificates(text, source: "the configured certificate authorities"))
        }
    }

    private func add(_ certificates: [Certificate]) throws(StreamError) {
        let store = SSL_CTX_get_cert_store(pointer)
        for certificate in certificates {
            guard X509_STORE_add_cert(store, certificate.pointer) == 1 else { throw Self.failure() }
        }
        // A certificate that somebody names as trusted is trusted, even if it is not the root of its chain.
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(pointer), UInt(X509_V_FLAG_PARTIAL_CHAIN))
    }

    private static func failure() -> StreamError {
        .tls("OpenSSL cannot be set up: \(OpenSSL.takeReason() ?? "no reason given")")
    }

    /// Each name behind its length (RFC 7301 section 3.1).
    private static func wireForm(_ names: [String]) -> [UInt8] {
        names.flatMap { name in [UInt8(name.utf8.count)] + Array(name.utf8) }
    }
}

/// Agrees on HTTP/1.1, the one protocol our servers speak. RFC 7301 section 3.2: a client that offers only others is
/// refused by an alert.
private func selectProtocol(
    _ ssl: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenLength: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ length: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    guard let offered else { return SSL_TLSEXT_ERR_NOACK }
    let ours = Array("http/1.1".utf8)
    let names = UnsafeBufferPointer(start: offered, count: Int(length))
    var index = 0
    while index < names.count {
        let size = Int(names[index])
        let name = names[(index + 1)...].prefix(size)
        if size == ours.count, name.elementsEqual(ours) {
            // Points into the client's offer, which lives until the choice is sent.
            chosen?.pointee = offered + index + 1
            chosenLength?.pointee = UInt8(size)
            return SSL_TLSEXT_ERR_OK
        }
        index += 1 + size
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
