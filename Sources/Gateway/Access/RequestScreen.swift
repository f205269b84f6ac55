import Platform
import Wire

/// What every request has to pass before anything else looks at it: the right host, and no stranger's web page.
struct RequestScreen: Sendable {
    let hosts: HostAllowList
    let origins: OriginAllowList

    /// The refusal; nil for a request that may go on.
    @_optimize(speed)
    func refusal(_ request: HTTPRequest, isEncrypted: Bool) -> HTTPResponse? {
        guard request.withHost({ hosts.allows($0) }) else { return Self.misdirected }
        switch request.fields.count(of: "origin") {
        case 0: return nil
        case 1:
            guard let origin = request.fields["Origin"], let host = request.host,
                origins.allows(origin, host: host, isEncrypted: isEncrypted)
            else { return Self.foreignOrigin }
            return nil
        default: return Self.foreignOrigin
        }
    }

    /// The host is not repeated: who asks knows it, and it may be anything.
    private static let misdirected = HTTPResponse.error(
        HTTPError(
            .misdirected,
            "this gateway is not called by the name in Host; use an IP address or localhost, or add the name to gateway.allowedHosts"
        ))

    private static let foreignOrigin = HTTPResponse.json(
        .forbidden,
        JSONWriter.bytes(
            of: [
                "ok": false,
                "error": [
                    "type": "forbidden",
                    "message":
                        "origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)",
                    "details": ["code": "CONTROL_UI_ORIGIN_NOT_ALLOWED"],
                ],
            ]))
}
