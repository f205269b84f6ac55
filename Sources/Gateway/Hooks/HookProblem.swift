import Platform
import Wire

/// Why a webhook's request is not done, as it is answered.
struct HookProblem: Error, Sendable {
    let status: HTTPStatus
    let message: String
    /// Of the run that did not begin.
    var runID: String?

    init(_ status: HTTPStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    static func bad(_ message: String) -> HookProblem { HookProblem(.badRequest, message) }

    var response: HTTPResponse {
        var body: JSON = ["ok": false, "error": .string(message)]
        body["runId"] = runID.map { .string($0) }
        return .json(status, JSONWriter.bytes(of: body), fields: ["Cache-Control": "no-store"])
    }
}
