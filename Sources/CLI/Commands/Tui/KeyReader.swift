/// What a person did at the keyboard.
enum Key: Equatable, Sendable {
    case text(String)
    /// Text that was pasted: line feeds in it send nothing.
    case paste(String)
    case enter, newline
    case backspace, delete, deleteWord, deleteToStart, deleteToEnd
    case left, right, wordLeft, wordRight, start, end
    case up, down
    case interrupt, endOfInput, suspend, redraw
}

/// Makes keys of the bytes that a terminal sends. What is not complete waits for the rest.
struct KeyReader {
    /// Bytes of a paste; what is beyond is dropped.
    static let pasteLimit = 1 << 20
    /// A sequence that is longer than this is none.
    static let sequenceLimit = 32

    private var pending: [UInt8] = []
    private var pasted: [UInt8]?

    init() {}

    mutating func keys(_ bytes: [UInt8]) -> [Key] {
        pending += bytes
        var keys: [Key] = []
        var rest = pending[...]
        while let byte = rest.first {
            if pasted != nil {
                guard takePaste(&rest, &keys) else { break }
            } else if byte == 0x1b {
                guard let length = Self.sequenceLength(rest) else { break }
                let sequence = Array(rest.prefix(length))
                rest = rest.dropFirst(length)
                if sequence == Self.pasteStart { pasted = [] } else if let key = Self.key(sequence) { keys.append(key) }
            } else if byte < 0x20 || byte == 0x7f {
                rest = rest.dropFirst()
                if let key = Self.control(byte) { keys.append(key) }
            } else {
                guard takeText(&rest, &keys) else { break }
            }
        }
        pending = Array(rest)
        return keys
    }

    /// An escape has come and nothing behind it: the key itself, or the beginning of another.
    var hasEscape: Bool { pending == [0x1b] && pasted == nil }

    /// Takes that escape as the key itself; false when something has come behind it.
    mutating func takeEscape() -> Bool {
        guard hasEscape else { return false }
        pending = []
        return true
    }

    // MARK: Paste

    private static let pasteStart: [UInt8] = Array("\u{1b}[200~".utf8)
    private static let pasteEnd: [UInt8] = Array("\u{1b}[201~".utf8)

    /// False when the paste goes on in bytes that are still to come.
    private mutating func takePaste(_ rest: inout ArraySlice<UInt8>, _ keys: inout [Key]) -> Bool {
        var text = pasted ?? []
        while let byte = rest.first {
            if byte == 0x1b {
                if rest.starts(with: Self.pasteEnd) {
                    rest = rest.dropFirst(Self.pasteEnd.count)
                    pasted = nil
                    keys.append(.paste(Self.clean(text)))
                    return true
                }
                if Self.pasteEnd.starts(with: rest) { break }
            }
            rest = rest.dropFirst()
            if text.count < Self.pasteLimit { text.append(byte) }
        }
        pasted = text
        return false
    }

    /// Line feeds and tabs stay; other control characters of a paste have no business in a message.
    private static func clean(_ bytes: [UInt8]) -> String {
        var result = String.UnicodeScalarView()
        var wasReturn = false
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if scalar == "\n", wasReturn {
                wasReturn = false
                continue
            }
            wasReturn = scalar == "\r"
            if wasReturn {
                result.append("\n")
            } else if scalar == "\n" || scalar == "\t" || !(scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value))
            {
                result.append(scalar)
            }
        }
        return String(result)
    }

    // MARK: Text

    /// Takes what is text up to the next control byte; false when its last character is not complete.
    private func takeText(_ rest: inout ArraySlice<UInt8>, _ keys: inout [Key]) -> Bool {
        let run = rest.prefix { $0 >= 0x20 && $0 != 0x7f }
        let incomplete = run.endIndex == rest.endIndex ? Self.incompleteTail(run) : 0
        let whole = run.dropLast(incomplete)
        guard !whole.isEmpty else { return false }
        let text = String(decoding: whole, as: UTF8.self).unicodeScalars.filter { !(0x80..<0xa0).contains($0.value) }
        if !text.isEmpty { keys.append(.text(String(String.UnicodeScalarView(text)))) }
        rest = rest.dropFirst(whole.count)
        return true
    }

    /// Bytes at the end that begin a character of which more is to come.
    private static func incompleteTail(_ bytes: ArraySlice<UInt8>) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.endIndex - back]
            if byte & 0xc0 == 0x80 { continue }
            let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
            return length > back ? back : 0
        }
        return 0
    }

    // MARK: Keys

    private static func control(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x01: .start
        case 0x02: .left
        case 0x03: .interrupt
        case 0x04: .endOfInput
        case 0x05: .end
        case 0x06: .right
        case 0x08, 0x7f: .backspace
        case 0x0a, 0x0d: .enter
        case 0x0b: .deleteToEnd
        case 0x0c: .redraw
        case 0x0e: .down
        case 0x10: .up
        case 0x15: .deleteToStart
        case 0x17: .deleteWord
        case 0x1a: .suspend
        default: nil
        }
    }

    /// The length of the sequence that begins with escape (ECMA-48 5.4); nil when it is not complete.
    private static func sequenceLength(_ bytes: ArraySlice<UInt8>) -> Int? {
        let bytes = Array(bytes.prefix(sequenceLimit))
        guard bytes.count > 1 else { return nil }
        switch bytes[1] {
        case UInt8(ascii: "["):
            guard let end = bytes.dropFirst(2).firstIndex(where: { (0x40...0x7e).contains($0) }) else {
                return bytes.count == sequenceLimit ? sequenceLimit : nil
            }
            return end + 1
        case UInt8(ascii: "O"): return bytes.count > 2 ? 3 : nil
        // Escape itself, and then something else.
        case 0x1b: return 1
        default: return 2
        }
    }

    private static func key(_ sequence: [UInt8]) -> Key? {
        let text = String(decoding: sequence.dropFirst(), as: UTF8.self)
        switch text {
        case "[A", "OA": return .up
        case "[B", "OB": return .down
        case "[C", "OC": return .right
        case "[D", "OD": return .left
        case "[H", "OH", "[1~", "[7~": return .start
        case "[F", "OF", "[4~", "[8~": return .end
        case "[3~": return .delete
        case "[1;5C", "[1;3C", "f": return .wordRight
        case "[1;5D", "[1;3D", "b": return .wordLeft
        case "\r", "\n", "[13;2u", "[13;3u": return .newline
        case "\u{7f}", "\u{8}": return .deleteWord
        default: return nil
        }
    }
}
