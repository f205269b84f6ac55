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

    /// What a frame may hold, found in one pass.
    private struct Members {
        var type: JSON?
        var id: JSON?
        var method: JSON?
        var params: JSON?
        var traceparent: JSON?
        var unexpected: String?

        init(_ object: JSONObject) {
            for member in object.members {
                switch member.key {
                case "type": type = member.value
                case "id": id = member.value
                case "method": method = member.value
                case "params": params = member.value
                case "traceparent": traceparent = member.value
                default: unexpected = unexpected ?? member.key
                }
            }
        }
    }

    init(_ object: JSONObject) {
        let members = Members(object)
        guard case .string(let id)? = members.id, !id.isEmpty, id.utf8.count <= WireFacts.requestIDBytes else {
            self = .invalid(
                id: nil, reason: "at /id: must be a string of 1 to \(WireFacts.requestIDBytes) bytes")
            return
        }
        switch members.type {
        case .string("req")?: self = Self.request(id, members)
        case .string("cancel")?: self = .cancel(id: id)
        default: self = .invalid(id: id, reason: "at /type: must be \"req\" or \"cancel\"")
        }
    }

    private static func request(_ id: String, _ members: Members) -> ClientFrame {
        guard case .string(let method)? = members.method, !method.isEmpty,
            method.utf8.count <= WireFacts.methodNameBytes
        else {
            return .invalid(
                id: id, reason: "at /method: must be a string of 1 to \(WireFacts.methodNameBytes) bytes")
        }
        if let trace = members.traceparent {
            guard let text = trace.string, text.utf8.count <= WireFacts.traceBytes else {
                return .invalid(
                    id: id, reason: "at /traceparent: must be a string of at most \(WireFacts.traceBytes) bytes")
            }
        }
        if let name = members.unexpected {
            return .invalid(id: id, reason: "at root: unexpected property '\(name)'")
        }
        return .request(RequestFrame(id: id, method: method, params: members.params))
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
