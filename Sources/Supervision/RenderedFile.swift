/// A file as a service manager wants it, before it is written.
package struct RenderedFile: Hashable, Sendable {
    package enum Encoding: Hashable, Sendable {
        case utf8
        /// Little-endian, with the mark in front: what schtasks reads.
        case utf16
    }

    package let path: String
    package let text: String
    package let encoding: Encoding
    package let mode: UInt16

    package init(path: String, text: String, encoding: Encoding = .utf8, mode: UInt16 = 0o644) {
        self.path = path
        self.text = text
        self.encoding = encoding
        self.mode = mode
    }

    package var bytes: [UInt8] {
        switch encoding {
        case .utf8: Array(text.utf8)
        case .utf16: [0xff, 0xfe] + text.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        }
    }

    /// Text that Windows wrote: UTF-16 with a mark or, as one sees from its zeros, without; else UTF-8.
    package static func decoded(_ bytes: [UInt8]) -> String {
        let isMarked = bytes.starts(with: [0xff, 0xfe])
        guard isMarked || bytes.dropFirst().first == 0 else {
            return String(decoding: bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...], as: UTF8.self)
        }
        let units = stride(from: isMarked ? 2 : 0, to: bytes.count - 1, by: 2)
            .map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
        return String(decoding: units, as: UTF16.self)
    }
}
