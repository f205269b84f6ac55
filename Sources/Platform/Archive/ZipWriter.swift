/// Writes a zip archive of small files (APPNOTE.TXT 6.3): stored as they are, so that anyone can search it.
package struct ZipWriter {
    /// What the 16-bit field of the directory can count.
    package static let entryLimit = 65_535

    private static let version: UInt16 = 20
    /// Names are UTF-8 (bit 11).
    private static let flags: UInt16 = 1 << 11
    /// Made by Unix (3), so that the upper half of the attributes is a mode: a regular file, 0600.
    private static let madeBy: UInt16 = 3 << 8 | version
    private static let attributes: UInt32 = 0o100600 << 16

    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count: UInt16 = 0

    package init() {}

    /// `time` is without a zone in this format. All together stays below 4 GiB.
    package mutating func add(_ name: String, _ contents: [UInt8], at time: CalendarDate) {
        precondition(Int(count) < Self.entryLimit && bytes.count + contents.count < 1 << 31, "too much for one zip")
        let offset = UInt32(bytes.count)
        var common: [UInt8] = []
        put(Self.version, &common)
        put(Self.flags, &common)
        put(0 as UInt16, &common)
        put(UInt16(time.hour << 11 | time.minute << 5 | time.second / 2), &common)
        put(UInt16(max(0, time.year - 1980) << 9 | time.month << 5 | time.day), &common)
        put(CRC32.of(contents), &common)
        put(UInt32(contents.count), &common)
        put(UInt32(contents.count), &common)
        put(UInt16(name.utf8.count), &common)
        put(0 as UInt16, &common)
        bytes += [0x50, 0x4b, 3, 4] + common + Array(name.utf8) + contents
        directory += [0x50, 0x4b, 1, 2]
        put(Self.madeBy, &directory)
        directory += common
        // No comment, first disk, no attribute of its own.
        for _ in 0..<3 { put(0 as UInt16, &directory) }
        put(Self.attributes, &directory)
        put(offset, &directory)
        directory += Array(name.utf8)
        count += 1
    }

    /// The whole archive.
    package consuming func finish() -> [UInt8] {
        var end: [UInt8] = [0x50, 0x4b, 5, 6, 0, 0, 0, 0]
        put(count, &end)
        put(count, &end)
        put(UInt32(directory.count), &end)
        put(UInt32(bytes.count), &end)
        put(0 as UInt16, &end)
        return bytes + directory + end
    }
}

private func put(_ number: UInt16, _ bytes: inout [UInt8]) {
    bytes += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
}

private func put(_ number: UInt32, _ bytes: inout [UInt8]) {
    put(UInt16(truncatingIfNeeded: number), &bytes)
    put(UInt16(truncatingIfNeeded: number >> 16), &bytes)
}

/// The checksum of zip and gzip (RFC 1952, section 8).
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1 }
    }

    static func of(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    }
}
