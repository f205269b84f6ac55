/// Something in a tar archive, as its header tells of it.
package struct TarEntry: Hashable, Sendable {
    package enum Kind: Sendable { case file, directory }

    package let path: SafePath
    package let kind: Kind
    /// Bytes of a file; 0 of a directory.
    package let size: Int
    /// Permission bits.
    package let mode: UInt16
    /// Seconds since 1970.
    package let modified: Int

    package init(_ path: SafePath, _ kind: Kind, size: Int = 0, mode: UInt16, modified: Int) {
        self.path = path
        self.kind = kind
        self.size = size
        self.mode = mode & 0o777
        self.modified = max(0, modified)
    }
}

/// The 512 bytes in which the ustar format (POSIX.1-2024, pax) counts, and where its fields stand.
enum TarBlock {
    static let size = 512
    static let nameLimit = 100
    /// Eleven octal digits.
    static let sizeLimit = 1 << 33

    static let name = 0..<100
    static let mode = 100..<108
    static let user = 108..<116
    static let group = 116..<124
    static let length = 124..<136
    static let time = 136..<148
    static let checksum = 148..<156
    static let type = 156
    static let magic = 257..<265
    static let prefix = 345..<500

    /// What fills the last block of `size` bytes.
    static func padding(after size: Int) -> Int { (Self.size - size % Self.size) % Self.size }

    /// The sum of a header's bytes, its own field taken as spaces.
    static func sum(_ header: [UInt8]) -> Int {
        var sum = 0
        for index in header.indices { sum += checksum.contains(index) ? 0x20 : Int(header[index]) }
        return sum
    }
}
