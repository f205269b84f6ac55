import COpenSSL

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension TLSStream {
    /// Calls `body` once when the handshake is over: without an error when it succeeded. At once if it is over.
    package func whenSecure(_ body: @escaping @LoopActor (StreamError?) -> Void) {
        switch phase {
        case .handshaking: waiting.append(body)
        case .open: body(nil)
        case .failed(let error): body(error)
        case .lingering, .closed: body(.closed)
        }
    }

    /// Waits until the handshake is over. An error leaves the stream to be closed by the caller.
    package func handshake(
        by deadline: Instant? = nil, clock: (any Clock)? = nil
    ) async throws(StreamError) {
        let suspension = Suspension(clock ?? self.clock)
        var outcome: StreamError??
        whenSecure { error in
            outcome = .some(error)
            suspension.wake()
        }
        while outcome == nil {
            switch await suspension.wait(until: deadline) {
            case .event: break
            case .deadline: throw .timedOut
            case .cancelled: throw .cancelled
            }
        }
        if case .some(.some(let error)) = outcome { throw error }
    }

    /// Goes on with the handshake as far as it goes now.
    func advance() {
        guard case .handshaking = phase else { return }
        noteFirstByte()
        let outcome = co_handshake(ssl)
        switch outcome.error {
        case SSL_ERROR_WANT_READ: phase = .handshaking(needs: .read)
        case SSL_ERROR_WANT_WRITE: phase = .handshaking(needs: .write)
        case SSL_ERROR_NONE:
            if let client, let certificate = SSL_get0_peer_certificate(ssl),
                !client.verification.matchesPin(certificate)
            {
                fail(.tls(client.verification.refusal ?? "the certificate is not the pinned one"))
            } else {
                phase = .open
                if case .wanted = farewell { pollReady(.write) }
            }
        default: fail(handshakeFailure(outcome))
        }
        settle()
        switch phase {
        case .open: decide(nil)
        case .failed(let error): decide(error)
        default: break
        }
    }

    func decide(_ outcome: StreamError?) {
        let bodies = waiting
        waiting = []
        for body in bodies { body(outcome) }
    }

    private func noteFirstByte() {
        guard firstByte == nil else { return }
        var byte: UInt8 = 0
        if recv(descriptor, &byte, 1, Int32(MSG_PEEK)) == 1 { firstByte = byte }
    }

    // MARK: What was agreed on

    /// The peer's certificate, once the handshake is done. Servers see none: we ask no client for one.
    package var peerCertificate: Certificate? {
        guard isUsable, let pointer = SSL_get0_peer_certificate(ssl) else { return nil }
        return Certificate(sharing: pointer)
    }

    /// As OpenSSL writes it: `TLSv1.3`.
    package var version: String { isUsable ? String(cString: SSL_get_version(ssl)) : "" }

    /// The protocol agreed on by ALPN.
    package var applicationProtocol: String? {
        guard isUsable else { return nil }
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &length)
        guard length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// Whether an earlier session was taken up again.
    package var isResumed: Bool { isUsable && SSL_session_reused(ssl) == 1 }

    private var isUsable: Bool {
        switch phase {
        case .open, .failed, .lingering: true
        case .handshaking, .closed: false
        }
    }
}
