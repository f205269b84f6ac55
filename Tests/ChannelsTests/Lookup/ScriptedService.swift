import Platform
import Support
import Wire

@testable import Channels

/// A service that answers each path with what the test wrote for it, the last of it for good.
@LoopActor
final class ScriptedService {
    let clock = FakeClock()
    var answers: [String: [(HTTPStatus, JSON)]] = [:]
    private(set) var asked: [(path: String, query: String, body: String)] = []
    private(set) var service: FakeService!

    init(_ answers: [String: JSON]) {
        self.answers = answers.mapValues { [(.ok, $0)] }
        service = FakeService(clock) { [weak self] exchange, body in self?.answer(exchange, body) }
    }

    private func answer(_ exchange: HTTPExchange, _ body: [UInt8]) {
        let request = exchange.request
        asked.append((request.path, request.query, String(decoding: body, as: UTF8.self)))
        guard var list = answers[request.path], let first = list.first else {
            return exchange.respond(json: ["errcode": "M_NOT_FOUND", "message": "nothing there"], .notFound)
        }
        if list.count > 1 { list.removeFirst() }
        answers[request.path] = list
        exchange.respond(json: first.1, first.0)
    }

    func count(_ path: String) -> Int { asked.count { $0.path == path } }

    var log: Log { Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels") }
}

/// Runs a test with a service of its own, and ends it.
func withService(
    _ answers: [String: JSON], _ body: @escaping @LoopActor @Sendable (ScriptedService) async throws -> Void
) async throws {
    try await onLoop {
        let script = ScriptedService(answers)
        do {
            try await body(script)
        } catch {
            script.service.end()
            throw error
        }
        script.service.end()
    }
}

/// Why something was not to be had.
@LoopActor
func fault<Value>(_ body: @LoopActor () async throws(ConnectorFault) -> Value) async -> ConnectorFault? {
    do throws(ConnectorFault) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
