package import Platform
package import Wire

/// A platform's HTTP API. What became of a request is told apart: nothing of it went out, nobody knows, or there is an
/// answer, which may be a refusal.
@LoopActor
package final class ServiceClient {
    /// Bytes of an answer that is not a file.
    package nonisolated static let answerLimit = 8 * 1024 * 1024

    let http: any HTTPFetching
    let clock: any Clock

    package init(_ http: any HTTPFetching, _ clock: any Clock) {
        self.http = http
        self.clock = clock
    }

    /// Returns with any status.
    package func ask(_ request: HTTPClientRequest) async throws(ServiceTrouble) -> ServiceAnswer {
        let response: HTTPClientResponse
        var body: [UInt8] = []
        do throws(HTTPClientError) {
            response = try await http.send(request)
            while body.count <= Self.answerLimit, let bytes = try await response.body.next() {
                if body.isEmpty { body = bytes } else { body += bytes }
            }
        } catch {
            throw ServiceTrouble(error)
        }
        guard body.count <= Self.answerLimit else {
            response.body.abandon()
            throw .tooLarge(
                "\(request.url.peer): the answer is larger than the \(Self.answerLimit) bytes allowed",
                start: Array(body.prefix(ServiceTrouble.startBytes)))
        }
        return ServiceAnswer(
            status: response.status.code, fields: response.fields, body: body,
            retryAfter: RetryAfter.read(response.fields, now: clock.wall))
    }
}

extension HTTPClientRequest {
    mutating func set(_ body: JSON) {
        self.body = .bytes(JSONWriter.bytes(of: body))
        fields.append("Content-Type", "application/json")
    }
}

extension SendOutcome {
    /// Of a message that was answered with something that the service does not say: below 500 it was turned away; what a
    /// broken server did, nobody knows.
    static func strange(_ words: String, _ status: Int) -> SendOutcome {
        (400..<500).contains(status) ? .notSent(words) : .unknown(words)
    }
}

/// Why there is no answer. The reason names the peer and no path: paths may hold secrets.
package enum ServiceTrouble: Error, Equatable, Sendable {
    /// The service cannot have acted on it.
    case notSent(String)
    /// It may have.
    case unknown(String)
    /// It has, and says more than is taken of an answer; this is how it begins.
    case tooLarge(String, start: [UInt8])

    static let startBytes = 1024

    init(_ error: HTTPClientError) {
        switch error {
        case .invalidRequest, .notConnected, .closed, .notUpgraded, .redirect, .timedOut(.waiting, _, _),
            .timedOut(.connecting, _, _):
            self = .notSent("\(error)")
        case .tooLarge: self = .tooLarge("\(error)", start: [])
        case .timedOut, .connectionLost, .malformedResponse, .requestBody, .cancelled: self = .unknown("\(error)")
        }
    }

    package var reason: String {
        switch self {
        case .notSent(let reason), .unknown(let reason), .tooLarge(let reason, _): reason
        }
    }

    /// What it is to a message that was being sent.
    package var outcome: SendOutcome {
        switch self {
        case .notSent(let reason): .notSent(reason)
        case .unknown(let reason), .tooLarge(let reason, _): .unknown(reason)
        }
    }
}

/// What a service said.
package struct ServiceAnswer: Sendable {
    package let status: Int
    package let fields: HTTPFields
    package let body: [UInt8]
    /// How long the service wants to be left alone.
    package let retryAfter: Duration?

    package var isGood: Bool { (200..<300).contains(status) }

    /// Nil when the body is something else: a proxy's page, half an answer.
    package var json: JSON? { try? JSONParser.parse(body) }
}
