import Platform
import Wire

/// Somebody's own program that is told what became of a failover.
@LoopActor
struct FailoverWebhook {
    nonisolated static let time = Duration.seconds(10)

    let url: WebURL
    let http: any HTTPFetching
    let clock: any Clock
    let log: Log

    /// Nil where none is named.
    init?(_ address: String?, http: any HTTPFetching, clock: any Clock, log: Log) {
        guard let url = address.flatMap({ try? WebURL($0) }) else { return nil }
        self.url = url
        self.http = http
        self.clock = clock
        self.log = log
    }

    func tell(_ text: String, from node: String, state: String) async {
        let body: JSON = [
            "text": .string(text), "node": .string(node), "state": .string(state),
            "at": .int(clock.wall.milliseconds),
        ]
        var request = HTTPClientRequest(
            .post, url, fields: ["Content-Type": "application/json"], body: .bytes(JSONWriter.bytes(of: body)))
        request.deadlines.total = Self.time
        do throws(HTTPClientError) {
            let response = try await http.send(request)
            response.body.abandon()
            guard response.status.code >= 300 else { return }
            log.warn("the webhook did not take what it was told", ["status": LogValue(response.status.code)])
        } catch {
            log.warn("the webhook was not told", ["reason": LogValue(error)])
        }
    }
}
