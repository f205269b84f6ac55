import Models
import Platform
import Wire

/// Gets pictures from public addresses of the web.
@LoopActor
final class WebImages: ImageFetching {
    static let redirectLimit = 3
    static let total = Duration.seconds(10)

    private let http: any HTTPFetching

    /// `http` must go through an `OutboundGuard`.
    init(_ http: any HTTPFetching) { self.http = http }

    func image(at text: String, allowedHosts: [String], limit: Int) async throws(APIError) -> ImagePart {
        let url = try Self.url(text, allowedHosts)
        var request = HTTPClientRequest(.get, url, fields: ["Accept": "image/png, image/jpeg, image/gif, image/webp"])
        // With a list of hosts each step has to be on it, so that none of them can send us on.
        request.redirects = allowedHosts.isEmpty ? .followed(limit: Self.redirectLimit) : .returned
        request.bodyLimit = limit
        request.deadlines.total = Self.total
        let bytes: [UInt8]
        do throws(HTTPClientError) {
            let response = try await http.send(request)
            guard response.status == .ok else {
                throw HTTPClientError.redirect(peer: url.peer, reason: "it answered \(response.status)")
            }
            bytes = try await response.body.collect()
        } catch {
            throw .invalid("image_url: the picture could not be fetched: \(error)")
        }
        guard let type = Self.mediaType(bytes) else {
            throw .invalid("image_url: what \(url.peer) gave is no PNG, JPEG, GIF or WebP picture")
        }
        return ImagePart(mediaType: type, base64: Base64.standard.encode(bytes))
    }

    private static func url(_ text: String, _ allowedHosts: [String]) throws(APIError) -> WebURL {
        let url: WebURL
        do throws(WebURLError) {
            url = try WebURL(text)
        } catch {
            throw .invalid("image_url: \(error)")
        }
        guard url.scheme == .http || url.scheme == .https else { throw .invalid("image_url: only http and https") }
        if let refusal = OutboundGuard.refusal(host: url.host) { throw .invalid("image_url: \(url.peer): \(refusal)") }
        guard allowedHosts.isEmpty || allowedHosts.contains(where: { allows($0, url.host) }) else {
            throw .invalid("image_url: \(url.peer) is not in images.urlAllowlist")
        }
        return url
    }

    /// `cdn.example.com`, or `*.example.com` for everything below it.
    static func allows(_ pattern: String, _ host: String) -> Bool {
        let (pattern, host) = (HostName.canonical(pattern), HostName.canonical(host))
        return pattern.hasPrefix("*.") ? host.hasSuffix(pattern.dropFirst()) : host == pattern
    }

    /// By what the bytes begin with: what the server says of them counts for nothing.
    static func mediaType(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) { return "image/png" }
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return "image/jpeg" }
        if bytes.starts(with: Array("GIF87a".utf8)) || bytes.starts(with: Array("GIF89a".utf8)) { return "image/gif" }
        if bytes.count > 12, bytes.starts(with: Array("RIFF".utf8)), bytes[8..<12].elementsEqual(Array("WEBP".utf8)) {
            return "image/webp"
        }
        return nil
    }
}
