import Platform
import Wire

/// The server's REST API.
@LoopActor
final class RocketChatAPI {
    /// Why there is no result.
    enum Failure: Error {
        case trouble(ServiceTrouble)
        /// The token or the password is not good.
        case notAllowed(String)
        case tooFast(Duration)
        case refused(String, errorType: String)
        /// The server, or something before it, is not well.
        case broken(String)
    }

    /// Where nothing is said about when to come again.
    private static let pause = Duration.seconds(10)

    let base: WebURL
    let client: ServiceClient
    private let clock: any Clock
    var session: (userID: String, authToken: String)?

    init(_ base: WebURL, http: any HTTPFetching, clock: any Clock) {
        self.base = base
        client = ServiceClient(http, clock)
        self.clock = clock
    }

    func get(_ method: String, _ query: KeyValuePairs<String, String> = [:]) async throws(Failure) -> JSON {
        try await call(.get, method, query, nil)
    }

    func post(_ method: String, _ body: JSON) async throws(Failure) -> JSON {
        try await call(.post, method, [:], body)
    }

    func post(_ method: String, _ form: MultipartForm) async throws(Failure) -> JSON {
        try await call(.post, method, [:], nil, form)
    }

    private func call(
        _ verb: HTTPMethod, _ method: String, _ query: KeyValuePairs<String, String>, _ body: JSON?,
        _ form: MultipartForm? = nil
    ) async throws(Failure) -> JSON {
        var request: HTTPClientRequest
        do throws(WebURLError) {
            request = HTTPClientRequest(verb, try base.appending(path: "api/v1/\(method)").appending(query: query))
        } catch {
            throw .refused("\(error)", errorType: "")
        }
        request.deadlines.firstByte = .seconds(30)
        request.deadlines.total = .seconds(60)
        if let body { request.set(body) }
        if let form {
            request.set(form)
            request.allowForSize()
        }
        sign(&request)
        let answer: ServiceAnswer
        do throws(ServiceTrouble) { answer = try await client.ask(request) } catch { throw .trouble(error) }
        return try read(answer, method)
    }

    func sign(_ request: inout HTTPClientRequest) {
        guard let session else { return }
        request.fields.append("X-User-Id", session.userID)
        request.fields.append("X-Auth-Token", session.authToken)
    }

    private func read(_ answer: ServiceAnswer, _ method: String) throws(Failure) -> JSON {
        guard let json = answer.json else {
            throw .broken("\(base.peer): \(method) was answered with status \(answer.status) and no JSON")
        }
        if answer.isGood, json["success"]?.bool != false, json["status"]?.string != "error" { return json }
        let type = json["errorType"]?.string ?? ""
        let words = json["error"]?.string ?? json["message"]?.string ?? "status \(answer.status)"
        if answer.status == 429 || type == "error-too-many-requests" || words.contains("error-too-many-requests") {
            let reset = json["details"]?["timeToReset"]?.int.map { Duration.milliseconds($0) }
            throw .tooFast(answer.retryAfter ?? reset ?? Self.pause)
        }
        if answer.status == 401 { throw .notAllowed(words.cut(to: 200)) }
        if answer.status >= 500 { throw .broken("\(base.peer): \(method): status \(answer.status)") }
        throw .refused("\(method): \(words.cut(to: 300))", errorType: type)
    }

    // MARK: Who we are

    /// Logs in where only a password is known.
    func signIn(_ credentials: RocketChatSettings.Credentials) async throws(Failure) {
        switch credentials {
        case .token(let userID, let authToken): session = (userID, authToken)
        case .password(let username, let password):
            session = nil
            let answer = try await post("login", ["user": .string(username), "password": .string(password)])
            guard let id = answer["data"]?["userId"]?.string, let token = answer["data"]?["authToken"]?.string else {
                throw .broken("\(base.peer): login was answered without a token")
            }
            session = (id, token)
        }
    }

    func me() async throws(Failure) -> BotIdentity {
        let answer = try await get("me")
        guard let id = answer["_id"]?.string else { throw .broken("\(base.peer): me was answered without an id") }
        let roles = (answer["roles"]?.array ?? []).compactMap(\.string)
        var findings: [String] = []
        if !roles.contains("bot") {
            findings.append(
                "the account has no role \"bot\": give it that role, so that others see what it is and its rate is not limited"
            )
        }
        return BotIdentity(id: id, name: answer["username"]?.string ?? id, findings: findings)
    }
}

extension RocketChatAPI.Failure {
    /// What it is to a connection.
    var fault: ConnectorFault {
        switch self {
        case .trouble(let trouble): .passing(trouble.reason)
        case .notAllowed(let words):
            .lasting(
                "the server does not let the account in: \(words)",
                cure:
                    "make a personal access token in its account settings, and set userId and authToken (or username and password)"
            )
        case .tooFast(let time): .passing("the server asks for quiet", after: time)
        case .refused(let words, _), .broken(let words): .passing(words)
        }
    }

    /// What it is to a message that was being sent.
    var outcome: SendOutcome {
        switch self {
        case .trouble(let trouble): trouble.outcome
        case .notAllowed(let words): .notSent("the server does not let the account in: \(words)")
        case .tooFast(let time): .slowDown(after: time, everywhere: true)
        case .refused(let words, _): .refused(words)
        case .broken(let words): .unknown(words)
        }
    }
}
