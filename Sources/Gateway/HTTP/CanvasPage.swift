import Platform
import Wire

/// A file of the canvas as it is answered.
@LoopActor
struct CanvasPage {
    /// Scripts of agents run in an origin of their own, which is nobody's, and load and reach their own files alone.
    nonisolated static let policy = """
        sandbox allow-scripts allow-forms allow-modals; default-src 'self' 'unsafe-inline' data: blob:; connect-src 'self'; \
        object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'
        """

    let root: String
    /// Whether a page of the canvas asks.
    let isNull: Bool
    /// Where changes are told; nil where nothing is loaded again.
    let live: String?

    private enum Found: Sendable {
        case file([UInt8], type: String)
        case directory, missing, tooLarge
    }

    /// `rest` is what stands behind the canvas's own path, percent-encoded; `whole` the path that was asked for.
    func respond(_ exchange: HTTPExchange, _ rest: String, at whole: String) {
        guard let text = PathText.decoded(rest) else { return exchange.respond(answer(.missing, isRoot: false)) }
        let isDirectory = text.isEmpty || text.hasSuffix("/")
        guard let file = try? SafePath(isDirectory ? text + "index.html" : text) else {
            return exchange.respond(answer(.missing, isRoot: false))
        }
        let root = root
        let isWatched = live != nil
        startTask { [self] in
            // First what is there, then the file: a change between the two is told once too often, and never missed.
            let (seen, found) = await BlockingPool.shared.run {
                (isWatched ? Hex.encode(CanvasWatch.fingerprint(root)) : "", Self.find(file, in: root))
            }
            if case .directory = found, HTTPFields.isValid(value: whole + "/") {
                return exchange.respond(
                    HTTPResponse(HTTPStatus(302), fields: ["Location": whole + "/", "Cache-Control": "no-store"]))
            }
            exchange.respond(answer(found, isRoot: text.isEmpty, seen: seen))
        }
    }

    private nonisolated static func find(_ file: SafePath, in root: String) -> Found {
        guard let directory = try? SafeDirectory(root) else { return .missing }
        do throws(FileError) {
            let name = file.parts.last ?? ""
            return .file(
                try directory.read(file, limit: CanvasRoutes.fileLimit),
                type: CanvasFileType.of(name))
        } catch {
            switch error {
            case .tooLarge: return .tooLarge
            case .notRegular: return (try? directory.entry(file))?.kind == .directory ? .directory : .missing
            default: return (try? directory.entry(file))?.kind == .directory ? .directory : .missing
            }
        }
    }

    private func answer(_ found: Found, isRoot: Bool, seen: String = "") -> HTTPResponse {
        var response: HTTPResponse
        switch found {
        case .file(let bytes, let type):
            let isPage = type.hasPrefix("text/html")
            response = HTTPResponse(
                .ok, fields: ["Content-Type": type, "Cache-Control": "no-cache"],
                body: isPage ? bytes + script(seen) : bytes)
        case .tooLarge: response = .text(.payloadTooLarge, "the file is larger than \(CanvasRoutes.fileLimit) bytes\n")
        case .directory, .missing:
            guard isRoot else {
                response = .text(.notFound, "Not Found")
                break
            }
            response = HTTPResponse(
                .ok, fields: ["Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"],
                body: Array(Self.empty.utf8) + script(seen))
        }
        response.fields.append("Content-Security-Policy", Self.policy)
        if isNull { response.fields.append("Access-Control-Allow-Origin", "null") }
        return response
    }

    private static let empty = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>Canvas</title>
        <p>Nothing is shown here yet. An agent shows something by writing <code>canvas/index.html</code>.</p></html>

        """

    private func script(_ seen: String) -> [UInt8] {
        guard let live else { return [] }
        return Array(
            "\n<script>new EventSource(\"\(live)?\(seen)\").addEventListener(\"reload\", () => location.reload())</script>\n"
                .utf8)
    }
}

/// What a file of the canvas is, by the end of its name.
enum CanvasFileType {
    static func of(_ name: String) -> String { ControlFileType.of(name.lowercased()) ?? more(name.lowercased()) }

    private static func more(_ name: String) -> String {
        switch name.lastIndex(of: ".").map({ String(name[name.index(after: $0)...]) }) {
        case "htm": "text/html; charset=utf-8"
        case "md", "log": "text/plain; charset=utf-8"
        case "csv": "text/csv; charset=utf-8"
        case "xml": "application/xml; charset=utf-8"
        case "avif": "image/avif"
        case "mp4": "video/mp4"
        case "webm": "video/webm"
        case "mp3": "audio/mpeg"
        case "wav": "audio/wav"
        case "ogg": "audio/ogg"
        case "pdf": "application/pdf"
        case "otf": "font/otf"
        default: "application/octet-stream"
        }
    }
}
