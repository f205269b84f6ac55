import Platform

/// The Content-Security-Policy of the pages: what a browser may load for them, and whom they may talk to. Scripts come
/// from this gateway's files alone and can make no markup out of text.
struct ControlPolicy: Sendable {
    /// The one WebSocket there is: this gateway, under the name by which the page was asked for.
    private let socket: String

    init(host: String?, isEncrypted: Bool) {
        let host = host ?? ""
        // The list of hosts has let it through; here it may not end the directive either.
        let isPlain = !host.isEmpty && host.utf8.allSatisfy(Self.isPlain)
        socket = isPlain ? " \(isEncrypted ? "wss" : "ws")://\(host)" : ""
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ".:-[]_".utf8.contains(byte)
        }
    }

    private var closed: String { "base-uri 'none'; form-action 'none'; frame-ancestors 'none'" }

    /// For the page that is built in.
    var own: String {
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'"
            + "\(socket); \(closed); require-trusted-types-for 'script'; trusted-types 'none'"
    }

    /// For one that somebody else built: `gateway.controlUi.root`.
    var foreign: String {
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            + "font-src 'self' data:; connect-src 'self'\(socket); object-src 'none'; \(closed)"
    }

    /// For files that are no pages.
    var none: String { "default-src 'none'; \(closed)" }
}
