import Failover
import Platform
import Settings
import Wire

/// A question to the monitor that runs alone on this host.
@LoopActor
struct MonitorCall {
    let invocation: Invocation

    private static let address = try! WebURL("http://localhost/")

    /// Nil where none runs.
    func ask(_ method: String, _ params: JSON) async throws(CommandFailure) -> JSON? {
        let path = invocation.instance.monitorSocketPath
        guard FileReading.exists(path) else { return nil }
        let clock = invocation.surroundings.clock
        let client = HTTPClient(
            connector: SocketDialer(path: path), clock: clock, userAgent: "openclaw/\(Help.version)")
        defer { client.close() }
        let question: JSON = ["method": .string(method), "params": params]
        var request = HTTPClientRequest(
            .post, Self.address, fields: ["Content-Type": "application/json"],
            body: .bytes(JSONWriter.bytes(of: question)))
        request.deadlines.total = invocation.timeout
        let bytes: [UInt8]
        do throws(HTTPClientError) {
            bytes = try await client.send(request).body.collect(limit: Self.answerLimit)
        } catch .notConnected {
            // Its file is left over.
            return nil
        } catch {
            throw failure("the monitor does not answer: \(error)")
        }
        guard let answer = try? JSONParser.parse(bytes), let payload = answer["payload"] else {
            let message = (try? JSONParser.parse(bytes))?["message"]?.string
            throw failure(message ?? "what the monitor answered cannot be read")
        }
        return payload
    }

    /// What to say where neither a monitor nor a gateway answers; nil where a monitor is not what is missing.
    func absence() async -> CommandFailure? {
        guard let snapshot = try? await invocation.configLoader.load(.all),
            let settings = try? FailoverSettings(snapshot, instance: invocation.instance),
            settings.startsGateway
        else { return nil }
        let path = "\(invocation.instance.stateDirectory)/\(FailoverShelf.monitorFileName)"
        let last = (try? await FailoverShelf.read(path))??.history.last
        let known = last.map { entry in
            "when it ended: \(entry.to.rawValue) since "
                + Age.moment(
                    WallTime(milliseconds: entry.wall), now: invocation.surroundings.clock.wall, zone: .local)
                + ", \(entry.reason)".shown
        }
        return CommandFailure(
            .unreachable, "no-monitor", "no monitor runs here: nobody watches \(settings.above[0].place.text)".shown,
            details: [known].compactMap { $0 },
            next: ["\(invocation.program) failover install", "\(invocation.program) failover run"])
    }

    private static let answerLimit = 1024 * 1024

    private func failure(_ text: String) -> CommandFailure {
        CommandFailure(.notGood, "monitor", text.shown, next: ["\(invocation.program) failover status"])
    }
}

extension Invocation {
    /// A method of failover, asked of whoever decides here: the monitor that runs alone, where one does, else the gateway.
    @LoopActor
    func callFailover(_ method: String, _ params: JSON = [:]) async throws(CommandFailure) -> JSON {
        let monitor = MonitorCall(invocation: self)
        if self["--url"] == nil, let answer = try await monitor.ask(method, params) { return answer }
        do throws(CommandFailure) {
            return try await withGateway { gateway throws(CommandFailure) in try await gateway.call(method, params) }
        } catch {
            if error.code == .unreachable, self["--url"] == nil, let absence = await monitor.absence() { throw absence }
            throw error
        }
    }
}
