/// Checks UTF-8 that comes in pieces (RFC 3629), and fails at the first byte that no well-formed text can have there.
package struct UTF8Validator: Sendable {
    private static let block = 32

    /// Continuation bytes still owed by the last character.
    private var owed: UInt8 = 0
    /// What the next of them may be: less than 80...BF right after some first bytes, which would otherwise begin an
    /// overlong form, a surrogate or a number past U+10FFFF.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xbf

    package init() {}

    /// Whether the text may end here.
    package var isComplete: Bool { owed == 0 }

    /// Returns whether everything so far is the beginning of well-formed text. After false the state means nothing.
    package mutating func accept(_ bytes: Span<UInt8>) -> Bool {
        var state = self
        var index = 0
        while index < bytes.count {
            if state.owed == 0 {
                index = Self.skipASCII(bytes, from: index)
                // A block with one other character likely has more: it is walked through before blocks are tried again.
                index = Self.skipCharacters(bytes, from: index)
                guard index < bytes.count else { break }
            }
            // What is cut off by the end or wrong: byte by byte.
            guard state.accept(bytes[index]) else { return false }
            index &+= 1
        }
        self = state
        return true
    }

    @inline(__always)
    private mutating func accept(_ byte: UInt8) -> Bool {
        guard owed == 0 else {
            guard byte >= lowest, byte <= highest else { return false }
            owed &-= 1
            lowest = 0x80
            highest = 0xbf
            return true
        }
        guard byte >= 0x80 else { return true }
        switch byte {
        case 0xc2...0xdf: owed = 1
        case 0xe0...0xef:
            owed = 2
            if byte == 0xe0 { lowest = 0xa0 } else if byte == 0xed { highest = 0x9f }
        case 0xf0...0xf4:
            owed = 3
            if byte == 0xf0 { lowest = 0x90 } else if byte == 0xf4 { highest = 0x8f }
        default: return false
        }
        return true
    }

    /// The first position from `start` on at which no block of ASCII begins.
    @inline(__always)
    private static func skipASCII(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while bytes.count &- index >= block, isASCII(bytes, at: index, block) { index &+= block }
        while bytes.count &- index >= 8, isASCII(bytes, at: index, 8) { index &+= 8 }
        return index
    }

    /// Compiles to one or two loads and a test, since the length is known.
    @inline(__always)
    private static func isASCII(_ bytes: Span<UInt8>, at index: Int, _ length: Int) -> Bool {
        let part = bytes.extracting(index..<(index &+ length))
        var union: UInt8 = 0
        for offset in 0..<length { union |= part[offset] }
        return union < 0x80
    }

    /// The first position from `start` on, a block further at most, at which no whole character stands.
    @inline(__always)
    private static func skipCharacters(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let end = min(start &+ block, bytes.count)
        var index = start
        while index < end {
            let length = characterLength(bytes, at: index)
            guard length > 0 else { break }
            index &+= length
        }
        return index
    }

    /// RFC 3629 section 4; 0 if this is no character or not all of one.
    @inline(__always)
    private static func characterLength(_ bytes: Span<UInt8>, at index: Int) -> Int {
        let first = bytes[index]
        guard first >= 0x80 else { return 1 }
        let rest = bytes.extracting(index...)
        if first < 0xe0 {
            return first >= 0xc2 && rest.count >= 2 && isContinuation(rest[1]) ? 2 : 0
        }
        if first < 0xf0 {
            guard rest.count >= 3, isContinuation(rest[1]), isContinuation(rest[2]) else { return 0 }
            if first == 0xe0 { return rest[1] >= 0xa0 ? 3 : 0 }
            return first != 0xed || rest[1] <= 0x9f ? 3 : 0
        }
        guard rest.count >= 4, isContinuation(rest[1]), isContinuation(rest[2]), isContinuation(rest[3]) else {
            return 0
        }
        if first == 0xf0 { return rest[1] >= 0x90 ? 4 : 0 }
        return first <= 0xf3 || (first == 0xf4 && rest[1] <= 0x8f) ? 4 : 0
    }

    @inline(__always)
    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 }
}
