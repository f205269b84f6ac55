import Platform
import Wire

/// What a browser finds at the gateway's address. It tells strangers nothing but that a gateway is here: whoever
/// reaches the port can see it.
@LoopActor
final class ControlPage {
    /// `gateway.controlUi`; what is built in when nil.
    var settings: GatewaySettings.ControlUI?

    var isServed: Bool { settings?.enabled ?? true }
    /// Of the page, with a slash at its end.
    var path: String { (settings?.basePath ?? "") + "/" }

    /// The page, if this asks for it.
    func answer(_ request: HTTPRequest) -> PreparedResponse? {
        guard isServed, request.method == .get || request.method == .head else { return nil }
        let asked = request.path
        guard asked == path || asked + "/" == path else { return nil }
        return Self.page
    }

    private static let page = PreparedResponse(
        HTTPResponse(
            .ok,
            fields: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
                "Content-Security-Policy":
                    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            ], body: Array(text.utf8)))

    /// There is no script in it, so that nothing but the address bar ever has the code behind the `#`.
    private static let text = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>OpenClaw gateway</title>
        <h1>The gateway runs</h1>
        <p>This version has no page to work with in a browser. In a terminal on the gateway&rsquo;s machine, with the
        <code>--profile</code> of this gateway if it has one:</p>
        <ul>
        <li><code>openclaw tui</code> to talk to the agents</li>
        <li><code>openclaw status</code> to see how the gateway is</li>
        <li><code>openclaw devices list</code> to see who may use it</li>
        </ul>
        <p>Programs that speak the gateway&rsquo;s protocol connect to this same address. A code behind the
        <code>#</code> of the address lets one of them in; opening this page has not used it, and it ends by itself two
        minutes after it was made.</p>
        </html>

        """
}
