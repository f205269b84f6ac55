import Platform
import Settings

/// The lines of a gateway's log since they were last asked for: from the gateway while it answers, else from its file.
@LoopActor
final class LogSource {
    static let firstPause = Duration.seconds(1)
    static let longestPause = Duration.seconds(30)

    enum Batch: Sendable {
        case lines([String], isReset: Bool)
        /// Nothing to read from at present, and why.
        case none(CommandFailure)
    }

    private let invocation: Invocation
    private let limit: Int
    private let hasFile: Bool
    private var access: GatewayAccess?
    private var client: GatewayClient?
    private var pause = LogSource.firstPause
    private var nextAttempt: Instant
    private var path: String?
    private var cursor: Int?
    /// What is worth a remark: that the gateway went, or is back.
    private(set) var remark: String?

    init(_ invocation: Invocation, limit: Int, isElsewhere: Bool) {
        self.invocation = invocation
        self.limit = limit
        // Another host's log can only be had from there.
        hasFile = !isElsewhere
        nextAttempt = invocation.surroundings.clock.now
    }

    func close() { client?.close() }

    /// What came since the last call; at first the end of the log.
    func next() async -> Batch {
        remark = nil
        let clock = invocation.surroundings.clock
        var failure: CommandFailure?
        if client == nil, clock.now >= nextAttempt {
            do throws(CommandFailure) {
                client = try await connect()
                if pause > Self.firstPause { remark = "the gateway answers again" }
                pause = Self.firstPause
            } catch {
                failure = error
                later(error.message)
            }
        }
        if let client {
            do throws(ClientError) {
                return try await ask(client)
            } catch {
                failure = error.failure(invocation.program)
                client.close()
                self.client = nil
                later(failure?.message ?? "")
            }
        }
        if hasFile { return await readFile() }
        return .none(failure ?? CommandFailure(.unreachable, "unreachable", "the gateway is away"))
    }

    private func connect() async throws(CommandFailure) -> GatewayClient {
        let access: GatewayAccess
        if let known = self.access { access = known } else { access = await invocation.access() }
        self.access = access
        return try await access.connect()
    }

    private func later(_ reason: String) {
        nextAttempt = invocation.surroundings.clock.now + pause
        remark = "\(reason); asking again in \(Age.span(pause))" + (hasFile ? ", reading the file meanwhile" : "")
        pause = min(pause * 2, Self.longestPause)
    }

    private func ask(_ client: GatewayClient) async throws(ClientError) -> Batch {
        var params: JSON = ["limit": JSON(limit)]
        if let cursor { params["cursor"] = JSON(cursor) }
        let answer = try await client.call("logs.tail", params, within: invocation.timeout)
        let file = answer["file"]?.string
        let isReset = answer["reset"]?.bool == true && cursor != nil
        (path, cursor) = (file, answer["cursor"]?.int)
        return .lines(answer["lines"]?.array?.compactMap(\.string) ?? [], isReset: isReset)
    }

    /// The newest file of the profile's log. The gateway's cursor is an offset in it, so nothing shows twice.
    private func readFile() async -> Batch {
        let instance = invocation.instance
        let place = LogPlace(directory: instance.logDirectory, profile: instance.profile.name)
        let isFirst = cursor == nil
        // A gateway that ended yesterday wrote its last line yesterday.
        guard let newest = await BlockingPool.shared.run({ place.newest() }) ?? path else {
            return .none(
                CommandFailure(
                    .notGood, "no-log", "there is no log yet in \(instance.shown(place.directory))",
                    next: ["\(invocation.program) gateway status"]))
        }
        if path != newest { (path, cursor) = (newest, isFirst ? nil : 0) }
        do throws(FileError) {
            let (cursor, limit) = (cursor, limit)
            let tail = try await BlockingPool.shared.run { () throws(FileError) in
                try LogTail.read(newest, from: cursor, lines: limit)
            }
            self.cursor = tail.cursor
            return .lines(tail.lines, isReset: tail.isReset)
        } catch {
            return .none(CommandFailure(.notGood, "no-log", "\(error)"))
        }
    }
}
