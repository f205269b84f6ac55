import Platform
import Wire

/// What a webhook's request says, for mappings, templates and commands. What proves who sent it is left out.
struct HookInput: Sendable {
    /// Behind the hooks' own path, without slashes at its ends.
    var path: String
    var payload: JSON
    /// By lower-case names.
    var headers: [String: String]
    var query: [String: String]
    var time: WallTime

    init(
        path: String, payload: JSON, headers: [String: String] = [:], query: [String: String] = [:],
        time: WallTime = WallTime(nanoseconds: 0)
    ) {
        self.path = path
        self.payload = payload
        self.headers = headers
        self.query = query
        self.time = time
    }

    /// `private`: further headers that prove who sent it.
    init(_ request: HTTPRequest, path: String, payload: JSON, without private: String?, at time: WallTime) {
        var headers: [String: String] = [:]
        let hidden = Self.hidden.union(`private`.map { [$0.lowercased()] } ?? [])
        request.fields.forEach { name, value in
            let name = name.lowercased()
            guard !hidden.contains(name), headers[name] == nil else { return }
            headers[name] = value
        }
        self.init(path: path, payload: payload, headers: headers, query: Self.query(request.query), time: time)
    }

    private static let hidden: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "x-openclaw-token", "x-hub-signature", "x-hub-signature-256",
        "stripe-signature",
    ]

    /// The first of each name.
    static func query(_ text: String) -> [String: String] {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1] : ""
            guard let name = PathText.decoded(parts[0].replacingPlus),
                let value = PathText.decoded(value.replacingPlus),
                query[name] == nil
            else { continue }
            query[name] = value
        }
        return query
    }

    /// As a command reads it.
    var json: JSON {
        func object(_ texts: [String: String]) -> JSON {
            .object(JSONObject(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        return [
            "path": .string(path), "payload": payload, "headers": object(headers), "query": object(query),
            "now": .string(CalendarDate(time).text()),
        ]
    }
}

extension Substring {
    fileprivate var replacingPlus: String { String(map { $0 == "+" ? " " : $0 }) }
}
