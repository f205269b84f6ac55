package import Wire

/// What a receiver said, with payloads copied out.
package enum WebSocketEntry: Equatable, Sendable {
    case message(WebSocketMessageKind, [UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(WebSocketClose)
    case failure(WebSocketError)

    package static func text(_ text: String) -> Self { .message(.text, Array(text.utf8)) }
}

/// Gives the pieces to a receiver one by one, each in memory of its own, and returns all it said.
package func transcript(_ pieces: [[UInt8]], _ receiver: consuming WebSocketReceiver) -> [WebSocketEntry] {
    var receiver = receiver
    var entries: [WebSocketEntry] = []
    for var piece in pieces {
        var bytes = piece.mutableSpan
        do throws(WebSocketError) {
            try receiver.feed(&bytes) { event, payload in
                let copy = payload.indices.map { payload[$0] }
                switch event {
                case .message(let kind, _): entries.append(.message(kind, copy))
                case .ping: entries.append(.ping(copy))
                case .pong: entries.append(.pong(copy))
                case .close(let close): entries.append(.close(close))
                }
                return .goOn
            }
        } catch {
            entries.append(.failure(error))
        }
    }
    return entries
}
