import Platform
import Wire

/// A homeserver's client API.
@LoopActor
final class MatrixAPI {
    let settings: MatrixSettings
    let client: ServiceClient
    /// What lets us in, once we are.
    var token: String?

    init(_ settings: MatrixSettings, http: any HTTPFetching, clock: any Clock) {
        self.settings = settings
        client = ServiceClient(http, clock)
    }

    /// `path` are its parts: ids of rooms and events hold signs that mean something in an address.
    func call(
        _ verb: HTTPMethod, _ path: [String], _ body: JSON? = nil, _ query: KeyValuePairs<String, String> = [:],
        within time: Duration = .seconds(10)
    ) async throws(MatrixTrouble) -> JSON {
        var request = try request(verb, "_matrix/client/v3/", path, query)
        if let body { request.set(body) }
        request.deadlines.firstByte = time
        request.deadlines.total = time * 2
        return try await answer(to: request)
    }

    /// A request below `root`.
    func request(
        _ verb: HTTPMethod, _ root: String, _ path: [String], _ query: KeyValuePairs<String, String> = [:]
    ) throws(MatrixTrouble) -> HTTPClientRequest {
        let way = root + path.map(WebURL.encode).joined(separator: "/")
        guard token.map(HTTPFields.isValid(value:)) ?? true,
            let url = try? settings.homeserver.appending(path: way).appending(query: query)
        else { throw .refused(401, "M_UNKNOWN_TOKEN", "the token cannot be one", isSoft: false) }
        var request = HTTPClientRequest(verb, url)
        if let token { request.fields.append("Authorization", "Bearer \(token)") }
        return request
    }

    func answer(to request: HTTPClientRequest) async throws(MatrixTrouble) -> JSON {
        let answer: ServiceAnswer
        do throws(ServiceTrouble) { answer = try await client.ask(request) } catch { throw .network(error) }
        guard let json = answer.json, json.object != nil else {
            throw .strange(
                "\(request.url.peer) answered with HTTP \(answer.status) and no JSON", status: answer.status)
        }
        if answer.isGood { return json }
        let code = (json["errcode"]?.string ?? "").cut(to: 100)
        if answer.status == 429 || code == "M_LIMIT_EXCEEDED" {
            let asked = json["retry_after_ms"]?.double.map { Duration.seconds(min(max($0 / 1000, 0), 86_400)) }
            throw .slow(answer.retryAfter ?? asked ?? .seconds(5))
        }
        throw .refused(
            answer.status, code, (json["error"]?.string ?? "no reason given").cut(to: 300),
            isSoft: json["soft_logout"]?.bool ?? false)
    }
}

/// Why a request did not succeed.
enum MatrixTrouble: Error, Equatable, Sendable {
    case network(ServiceTrouble)
    case slow(Duration)
    /// The status, the code and the words; `isSoft` says that a new login on the same device is welcome.
    case refused(Int, String, String, isSoft: Bool)
    /// Something that no homeserver says: a proxy's page, half an answer.
    case strange(String, status: Int)

    private static let locked = [
        "M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_FORBIDDEN", "M_USER_DEACTIVATED", "M_USER_LOCKED", "M_USER_SUSPENDED",
    ]

    /// What it is to those who receive. A room may be forbidden where the account is not.
    var fault: ConnectorFault {
        switch self {
        case .network(let trouble): .passing(trouble.reason)
        case .slow(let after): .passing("the homeserver asks for \(after) of quiet", after: after)
        case .refused(let status, let code, let words, _):
            Self.locked.contains(code)
                ? .lasting(
                    "the homeserver does not let the account in: \(words)",
                    cure:
                        "log in with any client, take a new token, and set channels.matrix.accessToken (or userId and "
                        + "password)")
                : .passing("the homeserver refuses (\(status) \(code)): \(words)")
        case .strange(let words, _): .passing(words)
        }
    }

    /// What it is to a message that was being sent.
    var outcome: SendOutcome {
        switch self {
        case .network(let trouble): trouble.outcome
        case .slow(let after): .slowDown(after: after, everywhere: true)
        case .refused(401, _, let words, _): .notSent("the homeserver does not let the account in: \(words)")
        case .refused(let status, let code, let words, _):
            status >= 500 ? .unknown("\(code): \(words)") : .refused("\(code): \(words)")
        // Something before the homeserver finds it too large.
        case .strange(let words, status: 413): .refused(words)
        case .strange(let words, let status): .strange(words, status)
        }
    }
}
