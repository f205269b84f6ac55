import COpenSSL

/// Server connections under one identity.
@LoopActor
package final class TLSServerContext {
    package private(set) var identity: TLSIdentity
    private var context: TLSContext
    private let clock: any Clock

    package init(_ identity: TLSIdentity, clock: any Clock = EventLoop.shared) throws(StreamError) {
        self.identity = identity
        self.clock = clock
        context = try .server(identity)
    }

    /// Connections from now on show the new certificate; those that exist keep theirs. On an error nothing changes.
    package func replace(_ identity: TLSIdentity) throws(StreamError) {
        context = try .server(identity)
        self.identity = identity
    }

    /// Reads the files anew on another thread, and replaces the identity if they are good.
    package func reload(certificateFile: String, keyFile: String) async throws(StreamError) {
        try replace(
            await BlockingPool.shared.run { () throws(StreamError) in
                try TLSIdentity(certificateFile: certificateFile, keyFile: keyFile)
            })
    }

    /// What clients pin.
    package var fingerprint: CertificateFingerprint { identity.fingerprint }

    /// Secures an accepted connection. The handshake goes on by itself; its deadline is the caller's matter.
    package func start(on socket: SocketStream) -> TLSStream {
        let stream = TLSStream(context, over: socket, client: nil, clock: clock)
        SSL_set_accept_state(stream.ssl)
        stream.settle()
        return stream
    }
}
