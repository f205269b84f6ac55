import Platform
import Wire

/// `gateway.controlUi.root`: the files of another build of the Control UI.
@LoopActor
struct ControlDirectory {
    nonisolated static let fileLimit = 16 << 20

    let path: String
    let policy: ControlPolicy

    /// What is found, and whether it is the page.
    private struct Found: Sendable {
        let bytes: [UInt8]
        let type: String
        let isPage: Bool
    }

    /// Answers what is there. Addresses without a known ending are the page's own (http.md section 6).
    func take(_ exchange: HTTPExchange, _ rest: String) -> Bool {
        let type = rest.isEmpty ? nil : ControlFileType.of(rest)
        let isPage = type == nil || rest == "index.html"
        guard let file = try? SafePath(isPage ? "index.html" : rest) else { return false }
        let (path, kind) = (path, type ?? "text/html; charset=utf-8")
        startTask { [self] in
            let found = await BlockingPool.shared.run { () -> Found? in
                guard
                    let bytes = try? SafeDirectory(path).read(file, limit: Self.fileLimit, links: .within)
                else { return nil }
                return Found(bytes: bytes, type: kind, isPage: isPage)
            }
            exchange.respond(found.map(answer) ?? (isPage ? Self.nothing : .text(.notFound, "Not Found")))
        }
        return true
    }

    private func answer(_ found: Found) -> HTTPResponse {
        var answer = HTTPResponse(
            .ok,
            fields: [
                "Content-Type": found.type, "Cache-Control": "no-cache",
                "Content-Security-Policy": found.isPage ? policy.foreign : policy.none,
            ], body: found.bytes)
        if found.isPage { answer.fields.append("X-Frame-Options", "DENY") }
        return answer
    }

    private static let nothing = HTTPResponse.text(
        .unavailable, "gateway.controlUi.root names a directory without a readable index.html\n")
}
