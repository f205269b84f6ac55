import Platform

/// What a file is, told by its first bytes: neither its name nor its sender is believed.
package enum MediaType: String, CaseIterable, Sendable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case gif = "image/gif"
    case webp = "image/webp"
    case pdf = "application/pdf"
    case ogg = "audio/ogg"
    case mp3 = "audio/mpeg"
    case m4a = "audio/mp4"
    case mp4 = "video/mp4"
    case text = "text/plain"
    case other = "application/octet-stream"

    /// Bytes that are looked at.
    package static let headBytes = 4096

    /// `head` are the first bytes, all of them when there are no more.
    package init(head: [UInt8]) {
        func begins(_ text: String, at offset: Int = 0) -> Bool {
            head.count > offset && head.dropFirst(offset).starts(with: text.utf8)
        }
        if head.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
            self = .png
        } else if head.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if begins("GIF87a") || begins("GIF89a") {
            self = .gif
        } else if begins("RIFF"), begins("WEBP", at: 8) {
            self = .webp
        } else if begins("%PDF-") {
            self = .pdf
        } else if begins("OggS") {
            self = .ogg
        } else if begins("ID3") || Self.isFrame(head) {
            self = .mp3
        } else if begins("ftyp", at: 4) {
            self = begins("M4A", at: 8) || begins("M4B", at: 8) ? .m4a : .mp4
        } else {
            self = Self.isText(head) ? .text : .other
        }
    }

    /// The beginning of MPEG audio: layer III, with a rate and a frequency that there are.
    private static func isFrame(_ head: [UInt8]) -> Bool {
        guard head.count >= 4, head[0] == 0xff, head[1] & 0xe6 == 0xe2, head[1] & 0x18 != 0x08 else { return false }
        return head[2] & 0xf0 != 0xf0 && head[2] & 0xf0 != 0 && head[2] & 0x0c != 0x0c
    }

    /// UTF-8 without what no text has. The last character may be cut off where more follows.
    private static func isText(_ head: [UInt8]) -> Bool {
        guard !head.contains(where: { $0 < 0x20 && !(0x09...0x0d).contains($0) && $0 != 0x1b }) else { return false }
        if head.span.text != nil { return true }
        guard head.count >= headBytes, let last = head.lastIndex(where: { $0 & 0xc0 != 0x80 }),
            head.count - last < 4, (0xc2...0xf4).contains(head[last])
        else { return false }
        let whole = Array(head[..<last])
        return whole.span.text != nil
    }

    package var isImage: Bool { rawValue.hasPrefix("image/") }

    /// The end of a name of ours.
    package var nameEnd: String {
        switch self {
        case .png: ".png"
        case .jpeg: ".jpg"
        case .gif: ".gif"
        case .webp: ".webp"
        case .pdf: ".pdf"
        case .ogg: ".ogg"
        case .mp3: ".mp3"
        case .m4a: ".m4a"
        case .mp4: ".mp4"
        case .text: ".txt"
        case .other: ".bin"
        }
    }
}
