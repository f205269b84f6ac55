/// What is written of a chunk so far, and how much a platform counts of it.
struct Sheet {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0
    private(set) var lines = 1
    let unit: Rendering.Unit

    init(_ unit: Rendering.Unit) { self.unit = unit }

    var isEmpty: Bool { bytes.isEmpty }

    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
        count += unit.weight(byte)
        if byte == 0x0A { lines += 1 }
    }

    mutating func append(_ other: some Sequence<UInt8>) { for byte in other { append(byte) } }

    mutating func append(_ text: String) { append(text.utf8) }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension Rendering.Unit {
    /// How much the platform counts for a byte of UTF-8; the first byte of a scalar stands for all of it.
    func weight(_ byte: UInt8) -> Int {
        switch self {
        case .bytes: 1
        case .scalars: byte & 0xC0 == 0x80 ? 0 : 1
        case .utf16: byte & 0xC0 == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1
        }
    }
}
