import Platform
import Wire

/// One connection to Discord's gateway: its frames in and out, the heartbeat, and what its end means.
@LoopActor
final class DiscordLink {
    enum Frame {
        case dispatch(name: String, JSON, sequence: Int)
        case acknowledged
        case reconnect
        case invalidSession(canResume: Bool)
    }

    /// What Discord closes with.
    private enum Code {
        static let lasting: [Int: (String, String)] = [
            4004: ("Discord does not know the token", DiscordTrouble.anew),
            4010: ("Discord refuses the shard", "report it: this gateway asks for none"),
            4011: ("the bot is in too many servers for one connection", "give each gateway a bot of its own"),
            4012: ("Discord no longer serves this version of its gateway", "install a newer openclaw"),
            4013: ("Discord does not know an intent", "report it: the intents are this gateway's own"),
            4014: (
                "the app is not allowed to read messages' texts",
                "turn Message Content Intent on, on the app's page Bot, or set channels.discord.intents.messageContent "
                    + "to false: then only messages that name the bot have a text"
            ),
        ]
        /// After these the session cannot be taken up again.
        static let sessionEnds = [4007, 4009]
        /// We leave so when we mean to come back.
        static let leaving = WebSocketCloseCode(rawValue: 4000)
    }

    static let longestFrame = 16 * 1024 * 1024
    /// From one step of the opening to the next.
    static let stepTime = Duration.seconds(30)

    private let socket: MessageSocket
    private let clock: any Clock
    private var inflater = DiscordInflater()
    private var interval = Duration.seconds(41)
    private var beat: LoopTimer?
    private var isAcknowledged = true
    private var isSilent = false
    /// While the reader is busy elsewhere, what was acknowledged is not seen.
    var isHeld = false
    /// The newest frame that was seen.
    var sequence: Int?
    /// Why there is nothing to be taken up again.
    private(set) var endsSession = false

    private init(_ socket: MessageSocket, _ clock: any Clock) {
        self.socket = socket
        self.clock = clock
    }

    /// Connects, and returns when Discord has said how often it wants to hear of us.
    static func open(
        _ http: HTTPClient, _ address: String, isSecure: Bool, _ clock: any Clock, chance: Double
    ) async throws(ConnectorFault) -> DiscordLink {
        guard let base = try? WebURL(address), base.scheme == .wss || (base.scheme == .ws && !isSecure) else {
            throw .passing("Discord gave no address of its gateway")
        }
        let url = base.appending(query: ["v": "10", "encoding": "json", "compress": "zlib-stream"])
        var options = WebSocketOptions()
        options.limits = WebSocketLimits(frame: longestFrame, message: longestFrame)
        let link: DiscordLink
        do throws(WebSocketClientError) {
            let socket = try await MessageSocket.open(http, url, options: options, clock: clock)
            link = DiscordLink(socket, clock)
        } catch {
            throw .passing("\(error)")
        }
        guard let hello = try await link.json(by: clock.now + stepTime), hello["op"]?.int == 10,
            let milliseconds = hello["d"]?["heartbeat_interval"]?.int, (1000...600_000).contains(milliseconds)
        else { throw .passing("\(url.peer): Discord did not say hello") }
        link.interval = .milliseconds(milliseconds)
        // Not at once: of many that come back together each begins at another time.
        link.arm(link.interval * chance)
        return link
    }

    func send(_ operation: Int, _ data: JSON) {
        socket.send(JSON(dictionaryLiteral: ("op", JSON(operation)), ("d", data)).description)
    }

    /// Leaves so that the session can be taken up again. What still comes is told again then.
    func leave() async {
        beat?.cancel()
        socket.close(Code.leaving)
        let deadline = clock.now + .seconds(2)
        while let event = await socket.next(until: deadline) { if case .closed = event { return } }
    }

    func cut() {
        beat?.cancel()
        socket.cut()
    }

    // MARK: The heartbeat

    private func arm(_ wait: Duration) {
        let timer = beat ?? clock.timer { [weak self] in self?.isDue() }
        beat = timer
        timer.arm(at: clock.now + wait)
    }

    private func isDue() {
        guard isAcknowledged || isHeld else {
            isSilent = true
            return socket.cut()
        }
        isAcknowledged = false
        tellBeat()
        arm(interval)
    }

    private func tellBeat() { send(1, sequence.map { JSON($0) } ?? .null) }

    // MARK: Frames

    /// The next frame that is for us; nil when there is none by then.
    func next(by deadline: Instant? = nil) async throws(ConnectorFault) -> Frame? {
        while let json = try await json(by: deadline) {
            switch json["op"]?.int {
            case 0:
                guard let name = json["t"]?.string, let number = json["s"]?.int else { continue }
                sequence = number
                return .dispatch(name: name, json["d"] ?? .null, sequence: number)
            case 1: tellBeat()
            case 7: return .reconnect
            case 9: return .invalidSession(canResume: json["d"]?.bool ?? false)
            case 11:
                isAcknowledged = true
                return .acknowledged
            default: continue
            }
        }
        return nil
    }

    private func json(by deadline: Instant?) async throws(ConnectorFault) -> JSON? {
        while let event = await socket.next(until: deadline) {
            let text: [UInt8]?
            switch event {
            case .text(let bytes): text = bytes
            case .binary(let bytes):
                do throws(DeflateError) { text = try inflater.take(bytes) } catch {
                    throw .passing("what Discord sent cannot be unpacked")
                }
            case .closed(let close): throw end(close)
            }
            guard let text else { continue }
            guard let json = try? JSONParser.parse(text) else { throw .passing("what Discord sent cannot be read") }
            return json
        }
        if isSilent { throw .passing("Discord did not answer a heartbeat") }
        return nil
    }

    private func end(_ close: WebSocketClose) -> ConnectorFault {
        guard !isSilent else { return .passing("Discord did not answer a heartbeat") }
        let code = Int(close.code.rawValue)
        if let (reason, cure) = Code.lasting[code] { return .lasting(reason, cure: cure) }
        endsSession = Code.sessionEnds.contains(code)
        let words = close.reason.isEmpty ? "" : ": \(close.reason.cut(to: 200))"
        return .passing("Discord closed the connection (\(code))\(words)", after: code == 4008 ? .seconds(60) : nil)
    }
}

/// The packed stream of one connection: a message ends where the stream was flushed.
@LoopActor
struct DiscordInflater {
    static let longestMessage = 64 * 1024 * 1024
    private static let step = 64 * 1024

    private let inflater = Inflater(.zlib)
    private var text: [UInt8] = []
    private var tail: [UInt8] = []

    /// A whole message, or nil while there is more to come.
    mutating func take(_ bytes: [UInt8]) throws(DeflateError) -> [UInt8]? {
        var offset = 0
        while true {
            let progress = try inflater.inflate(bytes.span, from: &offset, appendingTo: &text, atMost: Self.step)
            guard text.count <= Self.longestMessage else { throw .corrupt }
            if progress != .hasMore { break }
        }
        tail = (tail + bytes.suffix(4)).suffix(4)
        guard tail == [0, 0, 0xFF, 0xFF] else { return nil }
        defer { text = [] }
        return text
    }
}
