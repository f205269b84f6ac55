import Platform
import Wire

/// Sends the requests and tells what came of each.
@LoopActor
final class Probe {
    /// A body that is short enough to be printed.
    static let shownLimit = 4096
    static let pieceBytes = 10_007

    private let options: Options
    private let client: HTTPClient

    init(_ options: Options) {
        self.options = options
        let settings = options.authorities.map { TLSClientSettings(trust: .authorities(.file($0))) }
        client = HTTPClient(
            connector: HTTPDialer(
                tls: settings.map { TLSClientContext($0) } ?? .system,
                proxies: options.usesProxies ? ProxySettings(.process) : .none))
    }

    /// A line of JSON for each request, in their order.
    func run() async -> [String] {
        let urls = (0..<options.rounds).flatMap { _ in options.urls }
        var lines = [String](repeating: "", count: urls.count)
        var next = 0
        let workers = (0..<max(1, options.parallel)).map { _ in
            startTask {
                while next < urls.count {
                    let index = next
                    next += 1
                    lines[index] = await self.result(urls[index])
                    if self.options.pause > .zero { try await EventLoop.shared.sleep(for: self.options.pause) }
                }
            }
        }
        for worker in workers { _ = try? await worker.value }
        client.close()
        return lines
    }

    private func result(_ url: String) async -> String {
        do {
            var request = HTTPClientRequest(options.method, try WebURL(url), fields: options.fields, body: body())
            request.bodyLimit = options.limit
            request.redirects = options.redirects
            request.deadlines = options.deadlines
            let response = try await client.send(request)
            let head = "\"status\":\(response.status.code),\"path\":\(JSONText.quote(response.url.path))"
            if options.readsEvents { return "{\(head),\"events\":[\(try await events(response))]}" }
            return "{\(head),\(try await content(response.body))}"
        } catch {
            return "{\"error\":\(JSONText.quote("\(error)"))}"
        }
    }

    private func content(_ body: HTTPResponseBody) async throws -> String {
        var (hash, length, shown) = (SHA256(), 0, [UInt8]())
        while let piece = try await body.next() {
            hash.update(piece.span)
            length += piece.count
            if length <= Self.shownLimit { shown += piece }
        }
        let text =
            length <= Self.shownLimit ? ",\"text\":\(JSONText.quote(String(decoding: shown, as: UTF8.self)))" : ""
        return "\"length\":\(length),\"sha256\":\"\(Hex.encode(hash.finish()))\"\(text)"
    }

    private func events(_ response: HTTPClientResponse) async throws -> String {
        let stream = try response.events()
        var all: [String] = []
        while let event = try await stream.next() {
            all.append("[" + [event.name, event.text, event.id].map(JSONText.quote).joined(separator: ",") + "]")
        }
        return all.joined(separator: ",")
    }

    private func body() -> HTTPRequestBody {
        let size = options.size
        var sent = 0
        let next: HTTPBodyProducer = {
            guard sent < size else { return nil }
            let range = sent..<min(size, sent + Self.pieceBytes)
            sent = range.upperBound
            return Pattern.bytes(range)
        }
        switch options.body {
        case .none: return .none
        case .bytes: return .bytes(Pattern.bytes(0..<size))
        case .stream: return .stream(length: size, next)
        case .chunked: return .chunked(next)
        }
    }
}

/// Strings in JSON.
enum JSONText {
    static func quote(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
