package import Platform

/// Listens, and keeps the connections it accepted until they end.
@LoopActor
package final class HTTPServer {
    package let handler: any HTTPHandler
    package let limits: HTTPLimits
    let clock: any Clock
    private let commonFields: [UInt8]
    private var linesSecond = Int64.min
    private var lines: [UInt8] = []
    private(set) package var isDraining = false
    /// Told of each request that was refused before it reached the handler.
    package var onRefusal: (@LoopActor (HTTPError, HTTPPeer) -> Void)?

    private var listeners: [Listener] = []
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var emptied: CheckedContinuation<Void, Never>?

    package init(
        handler: any HTTPHandler, limits: HTTPLimits = HTTPLimits(), commonFields: HTTPFields = HTTPFields(),
        clock: any Clock
    ) {
        self.handler = handler
        self.limits = limits
        self.clock = clock
        var buffer = ByteBuffer()
        commonFields.write(to: &buffer)
        self.commonFields = buffer.bytes
    }

    /// Connections that speak HTTP now; upgraded ones are their new owner's.
    package var connectionCount: Int { connections.count }

    /// The lines that every response carries, Date among them: written anew once a second.
    var commonLines: [UInt8] {
        let now = clock.wall
        if now.seconds != linesSecond {
            linesSecond = now.seconds
            lines = Array("Date: \(HTTPDate.text(now))\r\n".utf8) + commonFields
        }
        return lines
    }

    /// Starts to listen. `wrap` puts TLS around what is accepted. Returns the address with its real port.
    @discardableResult
    package func listen(
        on address: SocketAddress, wrap: (@LoopActor (SocketStream) -> any ByteStream)? = nil,
        onExhausted: @escaping @LoopActor (SystemError) -> Void = { _ in }
    ) throws(SystemError) -> SocketAddress {
        let listener = try Listener(
            address,
            onAccept: { [weak self] accepted in
                let credentials = Socket.credentials(of: accepted.stream.descriptor)
                let peer = HTTPPeer(address: accepted.peer, credentials: credentials, isEncrypted: wrap != nil)
                self?.adopt(wrap?(accepted.stream) ?? accepted.stream, peer)
            }, onExhausted: onExhausted)
        listeners.append(listener)
        return listener.address
    }

    /// Serves a stream that came from elsewhere.
    package func adopt(_ stream: any ByteStream, _ peer: HTTPPeer) {
        if isDraining { return stream.close() }
        let connection = HTTPConnection(stream: stream, peer: peer, server: self)
        connections[ObjectIdentifier(connection)] = connection
    }

    func closed(_ connection: HTTPConnection) {
        connections[ObjectIdentifier(connection)] = nil
        if connections.isEmpty {
            emptied?.resume()
            emptied = nil
        }
    }

    func refused(_ error: HTTPError, _ peer: HTTPPeer) { onRefusal?(error, peer) }

    /// Stops to listen and returns when the last answer is out. Idle connections end at once.
    package func drain() async {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners = []
        for connection in Array(connections.values) { connection.drain() }
        if !connections.isEmpty { await withCheckedContinuation { emptied = $0 } }
    }

    /// Ends every connection where it stands.
    package func cut() {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners = []
        for connection in Array(connections.values) { connection.cut() }
    }
}
