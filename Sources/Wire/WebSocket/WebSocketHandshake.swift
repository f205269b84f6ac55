import Platform

/// Why a handshake failed. For a server `status` and `fields` are its answer.
package enum WebSocketHandshakeError: Error, Equatable, Sendable, CustomStringConvertible {
    case methodNotGET
    case noUpgrade
    case badKey
    case unsupportedVersion
    case badExtensions
    case badSubprotocols
    /// The server answered with another status than 101.
    case refused(status: Int)
    /// The server's 101 does not say that it is one for a WebSocket.
    case notUpgraded
    case wrongAccept
    /// The server chose a subprotocol or an extension that was not offered.
    case notOffered(String)

    package var status: Int {
        switch self {
        case .methodNotGET: 405
        case .noUpgrade, .unsupportedVersion: 426
        default: 400
        }
    }

    /// The fields that the status calls for (RFC 9110 sections 15.5.6 and 15.5.22, RFC 6455 section 4.4).
    package var fields: [WebSocketHandshake.Field] {
        switch self {
        case .methodNotGET: [("Allow", "GET")]
        case .noUpgrade, .unsupportedVersion:
            [
                ("Upgrade", "websocket"), ("Connection", "Upgrade"),
                ("Sec-WebSocket-Version", WebSocketHandshake.version),
            ]
        default: []
        }
    }

    package var description: String {
        switch self {
        case .methodNotGET: "a WebSocket handshake is a GET request"
        case .noUpgrade: "this is a WebSocket endpoint: send Connection: Upgrade and Upgrade: websocket"
        case .badKey: "Sec-WebSocket-Key must be given once, as 16 bytes in base64"
        case .unsupportedVersion: "Sec-WebSocket-Version must be \(WebSocketHandshake.version)"
        case .badExtensions: "Sec-WebSocket-Extensions is malformed"
        case .badSubprotocols: "Sec-WebSocket-Protocol is malformed"
        case .refused(let status): "the server answered \(status) instead of 101"
        case .notUpgraded: "the server's answer lacks Connection: Upgrade or Upgrade: websocket"
        case .wrongAccept: "the server's Sec-WebSocket-Accept does not fit the key"
        case .notOffered(let what): "the server chose what was not offered: \(what)"
        }
    }
}

/// The opening handshake (RFC 6455 section 4) on header fields, whatever carries them.
package enum WebSocketHandshake {
    package typealias Field = (name: String, value: String)
    /// All values of the field with this lower-case name, in order.
    package typealias Values = (String) -> [String]

    package static let version = "13"
    private static let magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// What a server agrees to.
    package struct Acceptance: Equatable, Sendable {
        package let accept: String
        package let subprotocol: String?
        package let deflate: PermessageDeflate?
        /// The Sec-WebSocket-Extensions field.
        package let extensions: String?

        /// The fields of the 101 answer.
        package var fields: [Field] {
            var fields: [Field] = [
                ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept),
            ]
            if let subprotocol { fields.append(("Sec-WebSocket-Protocol", subprotocol)) }
            if let extensions { fields.append(("Sec-WebSocket-Extensions", extensions)) }
            return fields
        }
    }

    /// Whether a request asks for a WebSocket at all; what is wrong with it `accept` tells.
    package static func isUpgrade(_ values: Values) -> Bool { contains("websocket", in: values("upgrade")) }

    /// A server's verdict (section 4.2). The HTTP layer has seen to HTTP/1.1 and Host. Of `subprotocols`, those that the
    /// server speaks, the client's first choice is taken; none is no reason to refuse. `deflate` nil means no
    /// compression.
    package static func accept(
        method: String, _ values: Values, subprotocols: [String] = [], deflate settings: DeflateSettings? = nil
    ) throws(WebSocketHandshakeError) -> Acceptance {
        guard isUpgrade(values), contains("upgrade", in: values("connection")) else { throw .noUpgrade }
        guard method == "GET" else { throw .methodNotGET }
        guard values("sec-websocket-version") == [version] else { throw .unsupportedVersion }
        let keys = values("sec-websocket-key")
        guard keys.count == 1, isKey(keys[0]) else { throw .badKey }
        guard let offered = FieldReader.elements(of: values("sec-websocket-protocol"), { $0.token() }) else {
            throw .badSubprotocols
        }
        guard let extensions = WebSocketExtension.parse(values("sec-websocket-extensions")) else {
            throw .badExtensions
        }
        let compression = settings.flatMap { PermessageDeflate.accept(extensions, $0) }
        return Acceptance(
            accept: acceptValue(for: keys[0]), subprotocol: offered.first(where: subprotocols.contains),
            deflate: compression?.agreed, extensions: compression?.response)
    }

    /// Section 4.2.2, step 5.4.
    static func acceptValue(for key: String) -> String { Base64.standard.encode(SHA1.hash(key + magic)) }

    /// 16 bytes in base64: 22 digits and two signs of padding.
    static func isKey(_ key: String) -> Bool {
        let bytes = key.utf8
        return bytes.count == 24 && bytes.suffix(2).allSatisfy { $0 == UInt8(ascii: "=") }
            && bytes.prefix(22).allSatisfy(base64Digits.contains)
    }

    /// Whether one of the elements of these lists is `token`, in whatever case. Others may have a version (`h2c/2`).
    static func contains(_ token: String, in fields: [String]) -> Bool {
        fields.contains { field in
            var reader = FieldReader(field)
            repeat {
                let element = reader.token()
                guard reader.skip("/") else {
                    if element?.lowercased() == token { return true }
                    continue
                }
                _ = reader.token()
            } while reader.skip(",")
            return false
        }
    }

    private static let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
