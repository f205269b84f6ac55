import Platform
import Wire

/// What all families have in common: a request as JSON goes out, and a stream of events or an error comes back.
@LoopActor
final class ModelExchange {
    /// Bytes of an error's body that are read; more is no error message.
    static let errorLimit = 64 * 1024
    /// One event of a stream. A whole tool call with a file in its arguments may be one.
    static let eventLimit = 8 * 1024 * 1024

    let endpoint: ModelEndpoint
    private let http: any HTTPFetching
    private let clock: any Clock
    private let faults: any FaultReader
    private let text: VendorText

    init(_ endpoint: ModelEndpoint, _ http: any HTTPFetching, _ clock: any Clock, _ faults: any FaultReader) {
        self.endpoint = endpoint
        self.http = http
        self.clock = clock
        self.faults = faults
        text = VendorText(secrets: endpoint.secrets)
    }

    /// Asks, and returns when the head of a good response is there.
    func open(
        _ url: WebURL, _ fields: HTTPFields, _ body: JSON, _ request: ModelRequest, _ decoder: any AnswerDecoder
    ) async throws(ModelError) -> ModelStream {
        var fields = fields
        fields.set("Accept", "text/event-stream")
        let response = try await send(url, fields, body, request.deadlines, limit: request.limits.responseBytes)
        let source: VendorStream
        do throws(HTTPClientError) {
            let limits = SSELimits(line: Self.eventLimit, event: Self.eventLimit)
            if Self.isJSON(response) {
                source = VendorStream(whole: response.body, decoder, self, request.deadlines)
            } else {
                source = VendorStream(try response.events(limits: limits), decoder, self, request.deadlines)
            }
        } catch {
            response.body.abandon()
            throw self.error(error, isBegun: true)
        }
        return ModelStream(source)
    }

    /// Asks for JSON and returns it.
    func fetch(
        _ url: WebURL, _ body: JSON, _ deadlines: ModelDeadlines, limit: Int
    ) async throws(ModelError) -> JSON {
        let response = try await send(url, HTTPFields(), body, deadlines, limit: limit)
        let bytes: [UInt8]
        do throws(HTTPClientError) {
            bytes = try await response.body.collect(limit: limit)
        } catch {
            throw self.error(error, isBegun: true)
        }
        guard let json = try? JSONParser.parse(bytes) else { throw error(.broken("the body is not JSON")) }
        return json
    }

    private func send(
        _ url: WebURL, _ own: HTTPFields, _ body: JSON, _ deadlines: ModelDeadlines, limit: Int
    ) async throws(ModelError) -> HTTPClientResponse {
        var request = HTTPClientRequest(
            .post, url, fields: endpoint.fields(adding: own), body: .bytes(JSONWriter.bytes(of: body)))
        request.deadlines = HTTPDeadlines(deadlines)
        request.bodyLimit = limit
        // Compression holds small pieces back.
        request.acceptsCompression = false
        let response: HTTPClientResponse
        do throws(HTTPClientError) {
            response = try await http.send(request)
        } catch {
            throw self.error(error, isBegun: false)
        }
        guard (200..<300).contains(response.status.code) else { throw await refusal(response) }
        return response
    }

    /// The error that a status and its body tell of. What keeps the body from being read changes nothing.
    private func refusal(_ response: HTTPClientResponse) async -> ModelError {
        let bytes = try? await response.body.collect(limit: Self.errorLimit)
        if Task.isCancelled { return .cancelled }
        let body = bytes.flatMap { try? JSONParser.parse($0) }
        var fault = faults.fault(status: response.status.code, body: body)
        fault.status = response.status.code
        fault.retryAfter = RetryAfter.read(response.fields, now: clock.wall) ?? fault.retryAfter
        return error(fault)
    }

    private static func isJSON(_ response: HTTPClientResponse) -> Bool {
        let type = response.fields["Content-Type"] ?? ""
        return type.prefix { $0 != ";" }.lowercased() == "application/json"
    }

    // MARK: Errors

    func error(_ fault: VendorFault) -> ModelError {
        // Of a refused key nothing is repeated: some vendors show a part of it.
        let detail = fault.kind == .badKey ? "" : text.shown(fault.words)
        return ModelError(
            fault.kind, provider: endpoint.provider, status: fault.status, retryAfter: fault.retryAfter, detail: detail)
    }

    func error(_ error: HTTPClientError, isBegun: Bool) -> ModelError {
        ModelError(error, provider: endpoint.provider, isBegun: isBegun)
    }

    func timer(_ action: @escaping @LoopActor () -> Void) -> LoopTimer { clock.makeTimer(action) }
    func stop(_ timer: LoopTimer) { timer.cancel() }
    var now: Instant { clock.now }
}

extension HTTPDeadlines {
    init(_ deadlines: ModelDeadlines) {
        self.init()
        connecting = deadlines.connecting
        firstByte = deadlines.firstByte
        body = deadlines.betweenBytes
        total = deadlines.total
    }
}
