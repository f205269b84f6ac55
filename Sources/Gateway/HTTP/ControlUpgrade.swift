import Platform
import Wire

/// Turns an upgrade request, whatever its path, into a session of the control plane.
@LoopActor
struct ControlUpgrade {
    let desk: FrontDesk

    /// Whether the request was one.
    func take(_ exchange: HTTPExchange, from origin: ClientOrigin) -> Bool {
        guard exchange.wantsWebSocket else { return false }
        let session = ClientSession(origin: origin, desk: desk)
        guard let socket = exchange.acceptWebSocket(options: FrontDesk.options, handler: session) else { return true }
        session.begin(on: socket)
        return true
    }
}
