import Contract
import Platform
import Store
import Wire

/// Webhooks that come in (http.md section 5): who sent it, how much of it is read, and what it comes to.
@LoopActor
final class HookRoutes {
    /// What is read of a body at most before it is refused in the hooks' own words.
    nonisolated static let wireLimit = 16 << 20
    /// Bodies up to this size are read in the loop's own turn.
    private nonisolated static let promptBytes = 64 << 10

    private let entrance: Entrance
    private let runs: HookRuns
    private let ledger: HookLedger
    private let transform: HookTransform
    private let clock: any Clock
    private let log: Log
    private let limiter: AttemptLimiter
    private(set) var settings = HookSettings()

    init(
        _ entrance: Entrance, runs: HookRuns, ledger: HookLedger, transform: HookTransform, clock: any Clock, log: Log
    ) {
        self.entrance = entrance
        self.runs = runs
        self.ledger = ledger
        self.transform = transform
        self.clock = clock
        self.log = log
        limiter = AttemptLimiter(clock: clock)
    }

    func take(_ settings: HookSettings) { self.settings = settings }

    func serves(_ request: HTTPRequest) -> Bool { settings.isEnabled && settings.subpath(request.path) != nil }

    /// Takes the request if its path is a hook's.
    func take(_ exchange: HTTPExchange) -> Bool {
        guard settings.isEnabled, let path = settings.subpath(exchange.request.path) else { return false }
        let request = exchange.request
        if HookInput.query(request.query)["token"] != nil {
            exchange.respond(
                .text(.badRequest, "the token goes into the Authorization field, never into the address\n"))
            return true
        }
        guard request.method == .post else {
            exchange.respond(HTTPRefusal.methodNotAllowed("POST").response)
            return true
        }
        // Before a byte of the body is read, where that can be.
        let signed = signed(path)
        let place: String
        do throws(HTTPRefusal) {
            place = try entrance.origin(of: exchange).limitKey
        } catch {
            exchange.respond(error.response)
            return true
        }
        if let refusal = refusal(request, place, isSigned: !signed.isEmpty) {
            exchange.respond(refusal)
            return true
        }
        if let length = request.contentLength, length > settings.bodyLimit {
            exchange.respond(Self.tooLarge.response)
            return true
        }
        startTask { await self.answer(exchange, path, place, signed) }
        return true
    }

    private func answer(_ exchange: HTTPExchange, _ path: String, _ place: String, _ signed: [HookMapping]) async {
        do throws(HookProblem) {
            guard let body = try await body(exchange) else { return }
            var proof: Proven?
            if !signed.isEmpty {
                guard let found = self.proof(signed, body, exchange.request, place) else {
                    return exchange.respond(Self.unauthorized)
                }
                proof = found
            }
            guard runs.mayAct else { throw HookProblem(.unavailable, "another gateway does the work of this one") }
            let payload = try await payload(body)
            exchange.respond(try await serve(path, payload, exchange.request, proof))
        } catch {
            exchange.respond(error.response)
        }
    }

    // MARK: Who sent it

    /// A request whose signature is good.
    private struct Proven {
        let signature: HookSignature
        /// The same of one that comes again.
        let mark: String
    }

    /// Mappings of that path whose senders sign.
    private func signed(_ path: String) -> [HookMapping] {
        guard !["", "wake", "agent"].contains(path) else { return [] }
        return settings.mappings.filter { $0.signature != nil && $0.fits(path: path) }
    }

    private func refusal(_ request: HTTPRequest, _ place: String, isSigned: Bool) -> HTTPResponse? {
        if let left = limiter.lockout(of: place) {
            let seconds = (left.inNanoseconds + 999_999_999) / 1_000_000_000
            var response = HTTPResponse.text(.tooManyRequests, "Too Many Requests")
            response.fields.append("Retry-After", "\(seconds)")
            return response
        }
        guard !isSigned else { return nil }
        let shown = request.bearer ?? request.fields["x-openclaw-token"]
        if let shown, let token = settings.token, token.matches(shown) { return nil }
        // Who shows nothing guesses nothing.
        if let shown { failed(place, shown) }
        return Self.unauthorized
    }

    private func failed(_ place: String, _ shown: String) {
        limiter.failed(place, SecretDigest(of: shown), entrance.authenticator.settings.limit)
    }

    /// Nil where none of those senders signed it.
    private func proof(_ mappings: [HookMapping], _ body: [UInt8], _ request: HTTPRequest, _ place: String) -> Proven? {
        var reason = HookSignature.Refusal.missing
        for mapping in mappings {
            guard let signature = mapping.signature else { continue }
            do throws(HookSignature.Refusal) {
                let mark = try signature.check(body, at: clock.wall) { request.fields[$0] }
                return Proven(signature: signature, mark: mark)
            } catch {
                reason = error
            }
        }
        if reason == .wrong { failed(place, Hex.encode(SHA256.hash(body))) }
        log.warn("a webhook is refused", ["path": .text(request.path.cut(to: 100)), "reason": .text(reason.rawValue)])
        return nil
    }

    private static let unauthorized = HTTPResponse.text(.unauthorized, "Unauthorized")

    // MARK: What it says

    /// Nil when the connection has answered already.
    private func body(_ exchange: HTTPExchange) async throws(HookProblem) -> [UInt8]? {
        var body: [UInt8] = []
        while true {
            let piece: [UInt8]?
            do throws(HTTPError) { piece = try await exchange.body.next() } catch { return nil }
            guard let piece else { return body }
            body += piece
            guard body.count <= settings.bodyLimit else { throw Self.tooLarge }
        }
    }

    private static let tooLarge = HookProblem(.payloadTooLarge, "payload too large")

    private func payload(_ body: [UInt8]) async throws(HookProblem) -> JSON {
        guard body.contains(where: { $0 > 0x20 }) else { return [:] }
        let parsed: Result<JSON, JSONError>
        if body.count <= Self.promptBytes {
            parsed = Self.parse(body)
        } else {
            parsed = await BlockingPool.shared.run { Self.parse(body) }
        }
        do throws(JSONError) { return try parsed.get() } catch { throw .bad("the body is not JSON: \(error)") }
    }

    private nonisolated static func parse(_ body: [UInt8]) -> Result<JSON, JSONError> {
        do throws(JSONError) { return .success(try JSONParser.parse(body)) } catch { return .failure(error) }
    }

    // MARK: What it comes to

    private func serve(
        _ path: String, _ payload: JSON, _ request: HTTPRequest, _ proof: Proven?
    ) async throws(HookProblem) -> HTTPResponse {
        let reading = HookReading(settings: settings)
        let id = Self.id(request, payload) ?? proof?.mark
        switch path {
        case "wake":
            guard payload.object != nil else { throw .bad("the body must be a JSON object") }
            return try await wake(try reading.wake(payload), path, id)
        case "agent":
            guard payload.object != nil else { throw .bad("the body must be a JSON object") }
            return try await start(try reading.ask(payload), path, id)
        default:
            let input = HookInput(
                request, path: path, payload: payload, without: proof?.signature.header, at: clock.wall)
            let mappings = settings.mappings.filter { $0.fits(input) && $0.signature == proof?.signature }
            guard !path.isEmpty, let mapping = mappings.first else { return .text(.notFound, "Not Found") }
            var made: JSON?
            switch mapping.transform {
            case nil: break
            case .module?: throw HookTransform.module
            case .command(let arguments)?:
                made = try await transform.run(arguments, input)
                guard made != nil else { return HTTPResponse(.noContent) }
            }
            switch try reading.action(mapping, input, made: made) {
            case .wake(let wake): return try await self.wake(wake, path, id)
            case .agent(let ask): return try await start(ask, path, id)
            }
        }
    }

    /// What tells a delivery from another: the sender's own word.
    static func id(_ request: HTTPRequest, _ payload: JSON) -> String? {
        for name in ["Idempotency-Key", "X-OpenClaw-Idempotency-Key", "X-GitHub-Delivery", "Webhook-Id"] {
            if let value = request.fields[name]?.withoutOuterSpace, !value.isEmpty { return value }
        }
        if let key = payload["idempotencyKey"]?.said { return key }
        // Stripe's events have an id of their own, which is signed with them.
        return request.fields["Stripe-Signature"] == nil ? nil : payload["id"]?.said
    }

    private func wake(_ wake: HookAction.Wake, _ path: String, _ id: String?) async throws(HookProblem) -> HTTPResponse
    {
        let answer: JSON = ["ok": true, "mode": .string(wake.isUrgent ? "now" : "next-heartbeat")]
        return try await once(path, id, answer) { () throws(HookProblem) in try self.runs.wake(wake, self.settings) }
    }

    private func start(_ ask: HookAction.Ask, _ path: String, _ id: String?) async throws(HookProblem) -> HTTPResponse {
        try runs.check(ask, settings)
        let runID = UUIDText.random()
        do throws(HookProblem) {
            return try await once(path, id, ["ok": true, "runId": .string(runID)]) { () throws(HookProblem) in
                try await self.runs.start(ask, id: runID, self.settings)
            }
        } catch {
            var problem = error
            problem.runID = runID
            throw problem
        }
    }

    /// Does it, unless it was done before; then it is answered as it was.
    private func once(
        _ path: String, _ id: String?, _ answer: JSON, _ body: @LoopActor () async throws(HookProblem) -> Void
    ) async throws(HookProblem) -> HTTPResponse {
        guard let id else {
            try await body()
            return Self.done("\(answer)")
        }
        let key = HookLedger.key(path, id)
        do throws(StoreError) {
            if let known = try await ledger.answered(key, orNote: "\(answer)") { return Self.done(known) }
        } catch {
            throw HookProblem(.unavailable, "the request could not be noted: \(error)")
        }
        do throws(HookProblem) {
            try await body()
        } catch {
            await ledger.forget(key)
            throw error
        }
        return Self.done("\(answer)")
    }

    private static func done(_ answer: String) -> HTTPResponse {
        .json(.ok, Array(answer.utf8), fields: ["Cache-Control": "no-store"])
    }
}
