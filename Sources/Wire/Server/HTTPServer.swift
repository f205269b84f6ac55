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
    /// Connections end with their next answer; those who connect anew wait for the next server.
    private var isRetiring = false
    /// Who connects waits until the server is released.
    private var isHeld = false
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

    /// Whether a connection may have another request after this one.
    var takesMore: Bool { !isDraining && !isRetiring }

    /// Starts to listen. `wrap` puts TLS around what is accepted; `inherited` is a socket that listens there already.
    /// Returns the address with its real port.
    @discardableResult
    package func listen(
        on address: SocketAddress, inherited: Int32? = nil,
        wrap: (@LoopActor (SocketStream) -> any ByteStream)? = nil,
        onExhausted: @escaping @LoopActor (SystemError) -> Void = { _ in }
    ) throws(SystemError) -> SocketAddress {
        let listener = try Listener(
            address, inherited: inherited, isPaused: isHeld,
            onAccept: { [weak self] accepted in
                let credentials = Socket.credentials(of: accepted.stream.descriptor)
                let peer = HTTPPeer(address: accepted.peer, credentials: credentials, isEncrypted: wrap != nil)
                self?.adopt(wrap?(accepted.stream) ?? accepted.stream, peer)
            }, onExhausted: onExhausted)
        listeners.append(listener)
        return listener.address
    }

    /// Listens without accepting, from before the first listener on.
    package func hold() { isHeld = true }

    /// Accepts, those who wait first.
    package func release() {
        guard isHeld else { return }
        isHeld = false
        for listener in listeners { listener.resume() }
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
            let emptied = emptied
            self.emptied = nil
            emptied?.resume()
        }
    }

    func refused(_ error: HTTPError, _ peer: HTTPPeer) { onRefusal?(error, peer) }

    /// How long a connection on which nothing happens is given for one more request. Closed at once, it could meet a
    /// request that is under way, and the client could not know whether it was heard.
    static let retiringTime = Duration.seconds(1)

    /// Accepts nothing more while those who connect wait in the kernel's queue, and returns when the connections that
    /// were there have ended, each with an answer that says so.
    package func retire() async {
        isRetiring = true
        for listener in listeners { listener.pause() }
        for connection in Array(connections.values) { connection.retire(within: Self.retiringTime) }
        if !connections.isEmpty { await withCheckedContinuation { emptied = $0 } }
    }

    /// Gives the listening sockets away, for the program that takes our place.
    package func surrenderListeners() -> [Int32] {
        defer { listeners = [] }
        return listeners.compactMap { $0.surrender() }
    }

    /// Stops to listen and returns when the last answer is out. Idle connections end at once.
    package func drain() async {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners = []
        for connection in Array(connections.values) { connection.drain() }
        if !connections.isEmpty { await withCheckedContinuation { emptied = $0 } }
    }

    /// Ends every connection where it stands, and goes on listening or not as it was.
    package func cutConnections() {
        for connection in Array(connections.values) { connection.cut() }
    }

    /// Ends every connection where it stands.
    package func cut() {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners = []
        cutConnections()
    }
}
