import Platform
import Wire

/// Turns an upgrade request, whatever its path, into a session of the control plane.
@LoopActor
struct ControlUpgrade {
    let desk: FrontDesk

    func take(_ exchange: HTTPExchange, from origin: ClientOrigin) {
        let session = ClientSession(origin: origin, desk: desk)
        guard let socket = exchange.acceptWebSocket(options: FrontDesk.options, handler: session) else { return }
        session.begin(on: socket)
    }
}
