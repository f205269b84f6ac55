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

    /// Where in a frame its members are, found in one pass.
    private struct Places {
        var type = -1
        var id = -1
        var method = -1
        var params = -1
        var traceparent = -1
        var unexpected = -1

        init(_ members: [JSONObject.Member]) {
            for place in members.indices {
                switch members[place].key {
                case "type": type = place
                case "id": id = place
                case "method": method = place
                case "params": params = place
                case "traceparent": traceparent = place
                default: if unexpected < 0 { unexpected = place }
                }
            }
        }
    }

    init(_ object: JSONObject) {
        let members = object.members
        let places = Places(members)
        guard places.id >= 0, case .string(let id) = members[places.id].value, !id.isEmpty,
            id.utf8.count <= WireFacts.requestIDBytes
        else {
            self = .invalid(
                id: nil, reason: "at /id: must be a string of 1 to \(WireFacts.requestIDBytes) bytes")
            return
        }
        switch places.type >= 0 ? members[places.type].value.string : nil {
        case "req"?: self = Self.request(id, members, places)
        case "cancel"?: self = .cancel(id: id)
        default: self = .invalid(id: id, reason: "at /type: must be \"req\" or \"cancel\"")
        }
    }

    private static func request(_ id: String, _ members: [JSONObject.Member], _ places: Places) -> ClientFrame {
        guard places.method >= 0, case .string(let method) = members[places.method].value, !method.isEmpty,
            method.utf8.count <= WireFacts.methodNameBytes
        else {
            return .invalid(
                id: id, reason: "at /method: must be a string of 1 to \(WireFacts.methodNameBytes) bytes")
        }
        if places.traceparent >= 0 {
            guard let text = members[places.traceparent].value.string, text.utf8.count <= WireFacts.traceBytes else {
                return .invalid(
                    id: id, reason: "at /traceparent: must be a string of at most \(WireFacts.traceBytes) bytes")
            }
        }
        if places.unexpected >= 0 {
            return .invalid(id: id, reason: "at root: unexpected property '\(members[places.unexpected].key)'")
        }
        // Not `nil`, which would be the JSON value null.
        let params: JSON? = places.params >= 0 ? .some(members[places.params].value) : .none
        return .request(RequestFrame(id: id, method: method, params: params))
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
