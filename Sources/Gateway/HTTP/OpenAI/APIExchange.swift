import Platform
import Wire

/// One request of the API and its answer, with the fields that every answer of the API has: its id, and what lets the
/// page of an allowed origin read it.
@LoopActor
final class APIExchange {
    let exchange: HTTPExchange
    /// Names the request, and what comes of it, in answers and logs.
    let id = UUIDText.random()

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    var request: HTTPRequest { exchange.request }

    func respond(_ response: HTTPResponse) {
        var response = response
        add(to: &response.fields)
        exchange.respond(response)
    }

    func respond(_ error: APIError) { respond(error.response) }

    func respond(_ json: JSON, _ status: HTTPStatus = .ok) {
        respond(.json(status, JSONWriter.bytes(of: json), fields: ["Cache-Control": "no-store"]))
    }

    /// Begins a stream of events; nil when the client has left.
    func startEvents() -> ResponseStream? {
        var fields: HTTPFields = [
            "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache",
            // nginx would hold events back to fill its buffers.
            "X-Accel-Buffering": "no",
        ]
        add(to: &fields)
        return exchange.startStream(.ok, fields)
    }

    private func add(to fields: inout HTTPFields) {
        fields.append("x-request-id", id)
        CrossOrigin.add(to: &fields, request)
    }

    /// The body as `read` understands it. A long one is read on another thread: parsing 20 MB would hold up everybody.
    func decoded<Value: Sendable>(
        _ read: @escaping @Sendable (JSON) throws(APIError) -> Value
    ) async throws(APIError) -> Value {
        let bytes: [UInt8]
        do throws(HTTPError) {
            bytes = try await exchange.body.collect()
        } catch {
            // The connection has answered this one itself.
            throw APIError(error.status, "invalid_request_error", error.message)
        }
        guard bytes.count > Self.promptBytes else { return try Self.decode(bytes, read) }
        return try await BlockingPool.shared.run { () throws(APIError) in try Self.decode(bytes, read) }
    }

    /// Bodies up to this size are read in the loop's own turn: below a millisecond.
    nonisolated static let promptBytes = 128 * 1024

    private nonisolated static func decode<Value>(
        _ bytes: [UInt8], _ read: (JSON) throws(APIError) -> Value
    ) throws(APIError) -> Value {
        let json: JSON
        do throws(JSONError) {
            json = try JSONParser.parse(bytes)
        } catch {
            throw .invalid("the body is not JSON: \(error)")
        }
        guard case .object = json else { throw .invalid("the body must be a JSON object, not \(json.kindName)") }
        return try read(json)
    }
}

/// What a browser is told before and with an answer to a page of another, allowed origin (Fetch, section 3.3). Foreign
/// origins never get here: the entrance's screen has refused them.
enum CrossOrigin {
    private static let preflightSeconds = 600

    static func add(to fields: inout HTTPFields, _ request: HTTPRequest) {
        guard let origin = request.fields["Origin"], HTTPFields.isValid(value: origin) else { return }
        fields.append("Access-Control-Allow-Origin", origin)
        fields.append("Access-Control-Expose-Headers", "x-request-id, Retry-After, x-should-retry")
        fields.append("Vary", "Origin")
    }

    /// The answer to a preflight; nil for a request that is none.
    static func preflight(_ request: HTTPRequest, methods: String) -> HTTPResponse? {
        guard request.method == .options, request.fields["Access-Control-Request-Method"] != nil else { return nil }
        var fields: HTTPFields = [
            "Access-Control-Allow-Methods": methods, "Access-Control-Max-Age": "\(preflightSeconds)",
        ]
        if let asked = request.fields["Access-Control-Request-Headers"], HTTPFields.isValid(value: asked) {
            fields.append("Access-Control-Allow-Headers", asked)
        }
        add(to: &fields, request)
        return HTTPResponse(.noContent, fields: fields)
    }
}
