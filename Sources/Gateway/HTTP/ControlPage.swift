import Platform
import Wire

/// The Control UI. It tells strangers nothing but that a gateway is here: the page is the same for all of them, and
/// everything in it comes over the WebSocket, to whoever was let in there.
@LoopActor
final class ControlPage {
    /// `gateway.controlUi`; what is built in when nil.
    var settings: GatewaySettings.ControlUI?

    var isServed: Bool { settings?.enabled ?? true }
    /// Of the page, with a slash at its end.
    var path: String { (settings?.basePath ?? "") + "/" }

    private let assets = ControlAssets.builtIn

    /// Answers, if this asks for the page or one of its files.
    func take(_ exchange: HTTPExchange, isEncrypted: Bool) -> Bool {
        let request = exchange.request
        guard isServed, request.method == .get || request.method == .head else { return false }
        let asked = request.path
        if asked + "/" == path {
            exchange.respond(redirection(request))
            return true
        }
        guard asked.hasPrefix(path) else { return false }
        let rest = String(asked.dropFirst(path.count))
        let policy = ControlPolicy(host: request.host, isEncrypted: isEncrypted)
        if let root = settings?.root {
            return ControlDirectory(path: root, policy: policy).take(exchange, rest)
        }
        guard let answer = answer(rest, request, policy) else { return false }
        exchange.respond(answer)
        return true
    }

    private func answer(_ rest: String, _ request: HTTPRequest, _ policy: ControlPolicy) -> HTTPResponse? {
        if rest.isEmpty {
            return file(
                "index.html", request,
                [("Cache-Control", "no-cache"), ("X-Frame-Options", "DENY"), ("Content-Security-Policy", policy.own)])
        }
        let folder = "assets/\(assets.digest)/"
        guard rest.hasPrefix(folder) else { return nil }
        return file(
            String(rest.dropFirst(folder.count)), request,
            [("Cache-Control", "public, max-age=31536000, immutable"), ("Content-Security-Policy", policy.none)])
    }

    private func file(_ name: String, _ request: HTTPRequest, _ more: [(String, String)]) -> HTTPResponse? {
        let takesGzip = Self.takesGzip(request.fields)
        guard let type = ControlFileType.of(name),
            let body = takesGzip ? assets.compressed(name) : assets.plain(name)
        else { return nil }
        let tag = "\"\(assets.digest)\(takesGzip ? "" : "-plain")\""
        var answer = HTTPResponse(.ok, fields: ["Content-Type": type, "ETag": tag, "Vary": "Accept-Encoding"])
        for (name, value) in more { answer.fields.append(name, value) }
        if request.fields.lists("If-None-Match", tag: tag) {
            answer.status = .notModified
            return answer
        }
        if takesGzip { answer.fields.append("Content-Encoding", "gzip") }
        answer.body = body
        return answer
    }

    /// http.md section 6: the query goes along.
    private func redirection(_ request: HTTPRequest) -> HTTPResponse {
        let target = path + (request.query.isEmpty ? "" : "?\(request.query)")
        guard HTTPFields.isValid(value: target) else { return .text(.notFound, "Not Found") }
        return HTTPResponse(HTTPStatus(302), fields: ["Location": target, "Cache-Control": "no-store"])
    }

    /// RFC 9110 section 12.5.3; a weight of nothing refuses.
    private static func takesGzip(_ fields: HTTPFields) -> Bool {
        for list in fields.all("Accept-Encoding") {
            for item in list.split(separator: ",") {
                let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
                guard let coding = parts.first, coding == "gzip" || coding == "*" else { continue }
                let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
                return weight.map { $0.contains { ("1"..."9").contains($0) } } ?? true
            }
        }
        return false
    }
}

extension HTTPFields {
    /// RFC 9110 section 13.1.2, by the weak comparison.
    fileprivate func lists(_ name: String, tag: String) -> Bool {
        all(name).contains { list in
            list.split(separator: ",").contains { item in
                let text = item.filter { $0 != " " && $0 != "\t" }
                return text == "*" || text == tag || text == "W/" + tag
            }
        }
    }
}

/// What a file is, by the end of its name.
enum ControlFileType {
    static func of(_ name: String) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return switch name[name.index(after: dot)...].lowercased() {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "json", "map": "application/json; charset=utf-8"
        case "webmanifest": "application/manifest+json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "gif": "image/gif"
        case "webp": "image/webp"
        case "ico": "image/x-icon"
        case "woff": "font/woff"
        case "woff2": "font/woff2"
        case "ttf": "font/ttf"
        case "wasm": "application/wasm"
        case "txt": "text/plain; charset=utf-8"
        default: nil
        }
    }
}
