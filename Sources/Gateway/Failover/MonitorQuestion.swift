package import Platform
import Wire

/// A question to the monitor that runs alone on this host, through its door.
@LoopActor
package struct MonitorQuestion {
    /// What came of it.
    package enum Answer: Sendable {
        case payload(JSON)
        /// The monitor's own words.
        case refused(String)
        /// No monitor runs; its file may be left over.
        case nobody
        case silent(String)
    }

    private static let address = try! WebURL("http://localhost/")
    private static let answerLimit = 1024 * 1024

    private let path: String
    private let clock: any Clock

    package init(_ path: String, clock: any Clock) {
        self.path = path
        self.clock = clock
    }

    package func ask(_ method: String, _ params: JSON = [:], within time: Duration) async -> Answer {
        guard FileReading.exists(path) else { return .nobody }
        let client = HTTPClient(connector: SocketDialer(path: path), clock: clock, userAgent: "openclaw")
        defer { client.close() }
        let question: JSON = ["method": .string(method), "params": params]
        var request = HTTPClientRequest(
            .post, Self.address, fields: ["Content-Type": "application/json"],
            body: .bytes(JSONWriter.bytes(of: question)))
        request.deadlines.total = time
        let bytes: [UInt8]
        do throws(HTTPClientError) {
            bytes = try await client.send(request).body.collect(limit: Self.answerLimit)
        } catch .notConnected {
            return .nobody
        } catch {
            return .silent("\(error)")
        }
        guard let answer = try? JSONParser.parse(bytes) else { return .silent("its answer cannot be read") }
        if let payload = answer["payload"] { return .payload(payload) }
        return .refused(answer["message"]?.string ?? "it refuses, and does not say why")
    }
}
