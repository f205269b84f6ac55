/// Writes tar archives in the ustar format, with pax records where a name or a size does not fit its field.
package enum TarWriter {
    /// The two empty blocks behind the last entry.
    package static var end: [UInt8] { [UInt8](repeating: 0, count: 2 * TarBlock.size) }

    /// What stands before the contents of an entry.
    package static func header(of entry: TarEntry) -> [UInt8] {
        let name = entry.path.description + (entry.kind == .directory ? "/" : "")
        var records: [UInt8] = []
        if name.utf8.count > TarBlock.nameLimit { records += record("path", name) }
        if entry.size >= TarBlock.sizeLimit { records += record("size", "\(entry.size)") }
        let type = UInt8(ascii: entry.kind == .directory ? "5" : "0")
        let own = block(name, type, size: entry.size, mode: entry.mode, modified: entry.modified)
        guard !records.isEmpty else { return own }
        let head = block("pax", UInt8(ascii: "x"), size: records.count, mode: 0o600, modified: entry.modified)
        return head + records + padding(after: records.count) + own
    }

    /// What stands behind the contents of an entry.
    package static func padding(after size: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: TarBlock.padding(after: size))
    }

    /// The length of a record counts its own digits.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count + 1
        while "\(length)\(rest)".utf8.count != length { length += 1 }
        return Array("\(length)\(rest)".utf8)
    }

    private static func block(_ name: String, _ type: UInt8, size: Int, mode: UInt16, modified: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: TarBlock.size)
        func put(_ text: String, _ field: Range<Int>) {
            for (offset, byte) in text.utf8.prefix(field.count).enumerated() { block[field.lowerBound + offset] = byte }
        }
        func put(octal number: Int, _ field: Range<Int>) {
            let digits = String(number, radix: 8)
            put(String(repeating: "0", count: max(0, field.count - 1 - digits.utf8.count)) + digits, field)
        }
        put(name, TarBlock.name)
        put(octal: Int(mode), TarBlock.mode)
        put(octal: 0, TarBlock.user)
        put(octal: 0, TarBlock.group)
        put(octal: size < TarBlock.sizeLimit ? size : 0, TarBlock.length)
        put(octal: modified, TarBlock.time)
        block[TarBlock.type] = type
        put("ustar\u{0}00", TarBlock.magic)
        let sum = String(TarBlock.sum(block), radix: 8)
        put(String(repeating: "0", count: max(0, 6 - sum.utf8.count)) + sum + "\u{0} ", TarBlock.checksum)
        return block
    }
}
