package import Platform

/// What a client sends (protocol.md section 2).
package enum ClientFrame: Sendable {
    case request(RequestFrame)
    /// Gives up a request that is under way.
    case cancel(id: String)
    /// JSON, but no request: `id` if it has one that can be answered to.
    case invalid(id: String?, reason: String)

    static let limits = JSONLimits(maxDepth: WireFacts.frameDepth, maxBytes: WireFacts.frameBytes)

    /// Text that is not JSON at all is the parser's error.
    package static func parse(_ bytes: Span<UInt8>) throws(JSONError) -> ClientFrame {
        let value = try JSONParser.parse(bytes, limits: limits)
        guard case .object(let object) = value else { return .invalid(id: nil, reason: "at root: must be object") }
        return ClientFrame(object)
    }

    init(_ object: JSONObject) {
        guard case .string(let id)? = object["id"], !id.isEmpty, id.utf8.count <= WireFacts.requestIDBytes else {
            self = .invalid(
                id: nil, reason: "at /id: must be a string of 1 to \(WireFacts.requestIDBytes) bytes")
            return
        }
        switch object["type"] {
        case .string("cancel")?: self = .cancel(id: id)
        case .string("req")?: self = Self.request(id, object)
        default: self = .invalid(id: id, reason: "at /type: must be \"req\" or \"cancel\"")
        }
    }

    private static func request(_ id: String, _ object: JSONObject) -> ClientFrame {
        guard case .string(let method)? = object["method"], !method.isEmpty,
            method.utf8.count <= WireFacts.methodNameBytes
        else {
            return .invalid(
                id: id, reason: "at /method: must be a string of 1 to \(WireFacts.methodNameBytes) bytes")
        }
        for member in object.members {
            switch member.key {
            case "type", "id", "method", "params": continue
            case "traceparent":
                if case .string(let text) = member.value, text.utf8.count <= 128 { continue }
                return .invalid(id: id, reason: "at /traceparent: must be a string of at most 128 bytes")
            default: return .invalid(id: id, reason: "at root: unexpected property '\(member.key)'")
            }
        }
        return .request(RequestFrame(id: id, method: method, params: object["params"]))
    }
}

/// One call of a method.
package struct RequestFrame: Sendable {
    package let id: String
    package let method: String
    package let params: JSON?

    package init(id: String, method: String, params: JSON? = nil) {
        self.id = id
        self.method = method
        self.params = params
    }

    package var bytes: [UInt8] {
        var frame = JSONObject([("type", "req"), ("id", .string(id)), ("method", .string(method))])
        frame["params"] = params
        return JSONWriter.bytes(of: .object(frame))
    }
}
