/// How this side wants to compress. The defaults keep a connection's compressor below 40 KB (zlib's own take 256 KB),
/// which costs small messages little.
package struct DeflateSettings: Equatable, Sendable {
    /// zlib's, 1 (fast) to 9.
    package var level = 3
    /// zlib's, 1 to 9: the compressor's tables take 2^(memoryLevel+9) bytes.
    package var memoryLevel = 5
    /// What we send. The compressor's window takes 2^(windowBits+2) bytes.
    package var outgoing = PermessageDeflate.Direction(windowBits: 12)
    /// What we ask the peer to keep to. The decompressor's window takes 2^windowBits bytes.
    package var incoming: PermessageDeflate.Direction
    /// Shorter messages go out as they are.
    package var minimumLength = 256

    /// A server has many peers to save memory for; a client asks for nothing that a server might not know.
    package init(for role: WebSocketRole) {
        incoming = PermessageDeflate.Direction(windowBits: role == .server ? 12 : 15)
    }
}

/// What both sides agreed on (RFC 7692), seen from ours.
package struct PermessageDeflate: Equatable, Sendable {
    package struct Direction: Equatable, Sendable {
        /// zlib writes no raw stream with a window of 256 bytes, so 8 is for reading only.
        package static let writableWindowBits = 9...15
        package static let readableWindowBits = 8...15

        /// Base-two logarithm of the window.
        package var windowBits: Int
        /// Context takeover: a message may refer to the ones before it.
        package var keepsContext: Bool

        package init(windowBits: Int = 15, keepsContext: Bool = true) {
            self.windowBits = windowBits
            self.keepsContext = keepsContext
        }
    }

    package static let name = "permessage-deflate"

    package let outgoing: Direction
    package let incoming: Direction

    package init(outgoing: Direction, incoming: Direction) {
        self.outgoing = outgoing
        self.incoming = incoming
    }
}

/// The parameters of an offer or a response (RFC 7692 section 7.1).
struct DeflateParameters: Equatable {
    /// What is said of client_max_window_bits.
    enum ClientWindow: Equatable {
        case absent
        /// In an offer only: any size will do.
        case unspecified
        case bits(Int)
    }

    var serverNoContextTakeover = false
    var clientNoContextTakeover = false
    var serverMaxWindowBits: Int?
    var clientMaxWindowBits = ClientWindow.absent

    init() {}

    /// Nil if a parameter is unknown, given twice, or has a value that it cannot have.
    init?(_ element: WebSocketExtension, inOffer: Bool) {
        var seen: Set<String> = []
        for parameter in element.parameters {
            guard seen.insert(parameter.name).inserted else { return nil }
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil): serverNoContextTakeover = true
            case ("client_no_context_takeover", nil): clientNoContextTakeover = true
            case ("server_max_window_bits", let value?):
                guard let bits = Self.windowBits(value) else { return nil }
                serverMaxWindowBits = bits
            case ("client_max_window_bits", let value?):
                guard let bits = Self.windowBits(value) else { return nil }
                clientMaxWindowBits = .bits(bits)
            case ("client_max_window_bits", nil) where inOffer: clientMaxWindowBits = .unspecified
            default: return nil
            }
        }
    }

    var field: String {
        var field = PermessageDeflate.name
        if serverNoContextTakeover { field += "; server_no_context_takeover" }
        if clientNoContextTakeover { field += "; client_no_context_takeover" }
        if let serverMaxWindowBits { field += "; server_max_window_bits=\(serverMaxWindowBits)" }
        switch clientMaxWindowBits {
        case .absent: break
        case .unspecified: field += "; client_max_window_bits"
        case .bits(let bits): field += "; client_max_window_bits=\(bits)"
        }
        return field
    }

    /// 8 to 15 without leading zeros (section 7.1.2).
    private static func windowBits(_ text: String) -> Int? {
        PermessageDeflate.Direction.readableWindowBits.first { String($0) == text }
    }
}
