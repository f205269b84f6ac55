import Models
import Platform

/// Reads the pictures of a request: those in it as `data:` URLs, and those that were fetched beforehand.
struct ImageReader: Sendable {
    /// What the vendors' models all take.
    static let mediaTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"]

    let settings: GatewayHTTPSettings.Images
    /// By their URLs.
    var fetched: [String: ImagePart] = [:]
    private(set) var count = 0
    private(set) var bytes = 0

    init(_ settings: GatewayHTTPSettings.Images, fetched: [String: ImagePart] = [:]) {
        self.settings = settings
        self.fetched = fetched
    }

    static func isRemote(_ url: String) -> Bool {
        let scheme = url.prefix(8).lowercased()
        return scheme.hasPrefix("http://") || scheme.hasPrefix("https://")
    }

    /// A picture of the message to be answered: one too many is refused.
    mutating func read(_ field: JSONField) throws(APIError) -> ImagePart {
        let image = try image(field)
        guard count < settings.maxParts else { throw field.refused("one of at most \(settings.maxParts) pictures") }
        let size = Self.size(image)
        guard size <= settings.maxTotalBytes - bytes else {
            throw field.refused("smaller: the pictures of a request have at most \(settings.maxTotalBytes) bytes")
        }
        count += 1
        bytes += size
        return image
    }

    /// A picture of an earlier message: it is left out where there is no more room.
    mutating func readEarlier(_ field: JSONField) throws(APIError) -> MessagePart {
        if let url = field.value?.string, Self.isRemote(url), fetched[url] == nil { return .text(Self.leftOut) }
        let image = try image(field)
        let size = Self.size(image)
        guard count < settings.maxParts, size <= settings.maxTotalBytes - bytes else { return .text(Self.leftOut) }
        count += 1
        bytes += size
        return .image(image)
    }

    static let leftOut = "[A picture from earlier was left out.]"

    private func image(_ field: JSONField) throws(APIError) -> ImagePart {
        guard let url = field.value?.string else { throw field.refused("a URL") }
        if let known = fetched[url] { return known }
        if Self.isRemote(url) {
            throw field.refused(
                "a data: URL; pictures are fetched only where gateway.http.endpoints.chatCompletions.images.allowUrl is true"
            )
        }
        guard let (type, text) = Self.parts(url) else {
            throw field.refused("a data: URL in base64, as in data:image/png;base64,…")
        }
        guard Self.mediaTypes.contains(type) else {
            throw field.refused("one of \(Self.mediaTypes.joined(separator: ", "))")
        }
        guard Self.isBase64(text) else { throw field.refused("in base64 behind its comma") }
        return ImagePart(mediaType: type, base64: String(text))
    }

    /// `data:image/png;charset=…;base64,AAAA`
    private static func parts(_ url: String) -> (type: String, text: Substring.UTF8View)? {
        guard url.prefix(5).lowercased() == "data:", let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")) else {
            return nil
        }
        let head = url[..<comma].dropFirst(5).lowercased().split(separator: ";")
        guard let type = head.first, head.dropFirst().last == "base64" else { return nil }
        return (type == "image/jpg" ? "image/jpeg" : String(type), url[url.utf8.index(after: comma)...].utf8)
    }

    /// Whether it can be decoded, without doing so: the bytes go on as the text that they are.
    private static func isBase64(_ text: Substring.UTF8View) -> Bool {
        guard !text.isEmpty, text.count % 4 == 0 else { return false }
        var padding = 0
        for byte in text {
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "+"), UInt8(ascii: "/"): if padding > 0 { return false }
            case UInt8(ascii: "="): padding += 1
            default: return false
            }
        }
        return padding <= 2
    }

    private static func size(_ image: ImagePart) -> Int { image.base64.utf8.count / 4 * 3 }
}

extension String {
    fileprivate init(_ text: Substring.UTF8View) { self = String(decoding: text, as: UTF8.self) }
}

/// Pictures that a request names by URL.
enum RemoteImages {
    /// The URLs in a request, each once, in their order.
    static func urls(in body: JSON) -> [String] {
        var found: [String] = []
        for message in (body["messages"] ?? body["input"])?.array ?? [] {
            for part in message["content"]?.array ?? [] {
                guard let url = part["image_url"]?["url"]?.string ?? part["image_url"]?.string,
                    ImageReader.isRemote(url), !found.contains(url)
                else { continue }
                found.append(url)
            }
        }
        return found
    }
}
