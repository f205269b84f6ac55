/// An id that can be a file name anywhere: 1 to 64 ASCII letters, digits, ".", "_" and "-", the first a letter or
/// digit, no ".." and no "." at the end (which Windows drops). "a" and "A" are two ids but one file where the file
/// system ignores case; whoever makes ids from foreign text lowers them first.
package struct StrictID: Hashable, Sendable, CustomStringConvertible {
    package static let limit = 64

    package let text: String

    package init(_ text: String) throws(FileError) {
        guard Self.allows(Array(text.utf8)) else { throw .refused(path: String(text.prefix(128)), .identifier) }
        self.text = text
    }

    package var description: String { text }

    private static func allows(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, bytes.count <= limit, isAlphanumeric(first), bytes.last != UInt8(ascii: ".")
        else { return false }
        var previous = first
        for byte in bytes.dropFirst() {
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "-"): break
            case UInt8(ascii: "."): if previous == byte { return false }
            default: if !isAlphanumeric(byte) { return false }
            }
            previous = byte
        }
        return true
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
