import Agents
import Contract
import Platform
import Wire

/// Pages that agents make, and the A2UI renderer's files (http.md section 6). Whoever may read sees them, or whoever has
/// an address with a grant in it. A page runs in an origin of its own: it can neither act for who looks at it nor reach
/// anything but its own files.
@LoopActor
final class CanvasRoutes {
    nonisolated static let grantPrefix = "/__openclaw__/cap/"
    nonisolated static let canvasPath = "/__openclaw__/canvas"
    nonisolated static let a2uiPath = "/__openclaw__/a2ui"
    nonisolated static let livePath = "/__openclaw__/live"
    nonisolated static let fileLimit = 16 << 20
    /// Pages that wait for changes at once.
    nonisolated static let liveLimit = 32
    private nonisolated static let keepAlive = Duration.seconds(25)

    let grants: CanvasGrants
    private let entrance: Entrance
    private let roster: AgentRoster
    private let watch: CanvasWatch
    private let clock: any Clock
    private var settings = CanvasSettings()

    init(_ entrance: Entrance, roster: AgentRoster, clock: any Clock) {
        self.entrance = entrance
        self.roster = roster
        self.clock = clock
        grants = CanvasGrants(clock: clock)
        watch = CanvasWatch(clock: clock)
    }

    func take(_ settings: CanvasSettings) { self.settings = settings }

    var isServed: Bool { settings.isEnabled }

    /// An address of the canvas for the holder of that connection, as a path of this gateway.
    func address(for holder: String) -> (path: String, until: WallTime) {
        let (token, until) = grants.issue(to: holder)
        return ("\(Self.grantPrefix)\(token)\(Self.canvasPath)/", until)
    }

    // MARK: Requests

    /// Takes requests with a grant in their path, before the doorstep: a page of the canvas has no origin, which no other
    /// route allows. The host must be ours all the same.
    func takeGranted(_ exchange: HTTPExchange) -> Bool {
        let request = exchange.request
        guard settings.isEnabled, request.path.hasPrefix(Self.grantPrefix), !exchange.wantsWebSocket else {
            return false
        }
        if let refusal = entrance.doorstep.refusal(exchange),
            refusal.status == .misdirected || request.fields.all("Origin") != ["null"]
        {
            exchange.respond(refusal)
            return true
        }
        let rest = request.path.dropFirst(Self.grantPrefix.count)
        guard let end = rest.firstIndex(of: "/"), grants.use(String(rest[..<end])) else {
            exchange.respond(.text(.unauthorized, "this address of the canvas is no longer good; ask for a new one\n"))
            return true
        }
        serve(exchange, String(rest[end...]), grant: "\(Self.grantPrefix)\(rest[..<end])")
        return true
    }

    /// Takes requests of those who prove themselves.
    func take(_ exchange: HTTPExchange) -> Bool {
        let path = exchange.request.path
        guard settings.isEnabled,
            [Self.canvasPath, Self.a2uiPath].contains(where: { path == $0 || path.hasPrefix($0 + "/") })
        else { return false }
        do throws(HTTPRefusal) {
            _ = try entrance.caller(exchange, needs: .read)
            serve(exchange, path, grant: nil)
        } catch {
            exchange.respond(error.response)
        }
        return true
    }

    private func serve(_ exchange: HTTPExchange, _ path: String, grant: String?) {
        guard exchange.request.method == .get || exchange.request.method == .head else {
            return exchange.respond(HTTPRefusal.methodNotAllowed("GET, HEAD").response)
        }
        if path == Self.livePath, grant != nil { return live(exchange) }
        for (prefix, root) in [(Self.canvasPath, canvasRoot), (Self.a2uiPath, settings.a2uiRoot)] {
            guard path == prefix || path.hasPrefix(prefix + "/") else { continue }
            guard path != prefix else { return exchange.respond(redirection(exchange, to: "\(grant ?? "")\(prefix)/")) }
            guard let root else {
                return exchange.respond(
                    .text(.unavailable, "there is no A2UI renderer here; canvasHost.a2uiRoot names its files\n"))
            }
            let page = CanvasPage(
                root: root, isNull: exchange.request.fields["Origin"] == "null",
                live: settings.reloads && prefix == Self.canvasPath ? grant.map { $0 + Self.livePath } : nil)
            return page.respond(exchange, String(path.dropFirst(prefix.count + 1)), at: "\(grant ?? "")\(path)")
        }
        exchange.respond(.text(.notFound, "Not Found"))
    }

    private func redirection(_ exchange: HTTPExchange, to path: String) -> HTTPResponse {
        guard HTTPFields.isValid(value: path) else { return .text(.notFound, "Not Found") }
        return HTTPResponse(HTTPStatus(302), fields: ["Location": path, "Cache-Control": "no-store"])
    }

    private var canvasRoot: String { settings.root ?? "\(roster.workspace(of: roster.defaultID))/canvas" }

    // MARK: Changes

    /// An event stream that says `reload` after each change.
    private func live(_ exchange: HTTPExchange) {
        guard settings.reloads, watch.count < Self.liveLimit else {
            return exchange.respond(.text(.unavailable, "too many pages wait for changes\n"))
        }
        var fields: HTTPFields = [
            "Content-Type": "\(SSEWriter.contentType); charset=utf-8", "Cache-Control": "no-cache",
            "X-Accel-Buffering": "no",
        ]
        if exchange.request.fields["Origin"] == "null" { fields.append("Access-Control-Allow-Origin", "null") }
        guard let stream = exchange.startStream(.ok, fields) else { return }
        let place = Suspension(clock)
        var changes = 0
        var isGone = false
        // A page that comes back after a cut has its first fingerprint still, and is loaded again: rightly, if it is another.
        let seen = Hex.decode(exchange.request.query)
        let number = watch.join(canvasRoot, since: seen?.isEmpty == false ? seen : nil) {
            changes += 1
            place.wake()
        }
        exchange.onClientGone = {
            isGone = true
            place.wake()
        }
        startTask { [watch, clock] in
            defer { watch.leave(number) }
            var told = 0
            while !isGone {
                var buffer = ByteBuffer()
                if changes > told {
                    told = changes
                    SSEWriter.write(name: "reload", data: [UInt8]("{}".utf8).span, to: &buffer)
                } else {
                    SSEWriter.writeKeepAlive(to: &buffer)
                }
                guard (try? await stream.write(buffer.bytes)) != nil, !isGone else { return }
                if changes == told { _ = await place.wait(until: clock.now + Self.keepAlive) }
            }
        }
    }
}

extension CanvasRoutes: ClientWatching {
    func entered(_ client: Client) {}

    func left(_ client: Client) { grants.revoke(client.id) }
}
