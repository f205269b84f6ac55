import Platform

/// A line of the protocol (RFC 1459 section 2.3.1, with the tags of IRCv3).
struct IRCLine: Equatable {
    /// With the line's end; what a server or a client may send at most.
    static let limit = 512
    /// Of what a server sends, tags included.
    static let longest = 8191 + 512

    var prefix: String?
    var command: String
    var parameters: [String]

    /// Nil when there is no command in it. By bytes: a text may begin with a sign that joins what stands before it.
    init?(_ text: String) {
        var rest = text.utf8[...]
        func skipSpace() { rest = rest.drop { $0 == 32 } }
        func word() -> String {
            let word = rest.prefix { $0 != 32 }
            rest = rest[word.endIndex...]
            skipSpace()
            return String(Substring(word))
        }
        if rest.first == UInt8(ascii: "@") { _ = word() }
        if rest.first == UInt8(ascii: ":") { prefix = String(word().utf8.dropFirst()) }
        command = word().uppercased()
        guard !command.isEmpty else { return nil }
        parameters = []
        while let first = rest.first {
            guard first != UInt8(ascii: ":") else {
                parameters.append(String(Substring(rest.dropFirst())))
                break
            }
            parameters.append(word())
        }
    }

    /// The nick of a prefix `nick!user@host`.
    var nick: String? {
        prefix.map { String(Substring($0.utf8.prefix { $0 != UInt8(ascii: "!") && $0 != UInt8(ascii: "@") })) }
    }

    // MARK: Writing

    /// Words of a command; the last may hold spaces. What would begin another line is a space.
    static func text(_ words: String...) -> String {
        var words = words.map(harmless)
        if let last = words.popLast() {
            words.append(last.isEmpty || last.hasPrefix(":") || last.contains(" ") ? ":\(last)" : last)
        }
        return words.joined(separator: " ")
    }

    /// Carriage return, line feed and NUL end a line on some server or other: the rest would be a command.
    static func harmless(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else { return text }
        return String(decoding: text.utf8.map { $0 == 0 || $0 == 10 || $0 == 13 ? 32 : $0 }, as: UTF8.self)
    }

    /// How many bytes of text a message to `target` has room for, behind what the server puts before it.
    static func room(for target: String, prefixBytes: Int) -> Int {
        // ":" prefix " PRIVMSG " target " :" text CR LF
        max(64, limit - 1 - prefixBytes - 9 - target.utf8.count - 2 - 2)
    }

    /// The text in pieces that have room, cut between characters, after a space where there is one in the last third.
    static func pieces(_ text: String, room: Int) -> [String] {
        var pieces: [String] = []
        var rest = Array(harmless(text).utf8)[...]
        while rest.count > room {
            var end = rest.startIndex + room
            while rest[end] & 0xC0 == 0x80 { end -= 1 }
            if let space = rest[..<end].lastIndex(of: 32), space > rest.startIndex + room * 2 / 3 { end = space + 1 }
            pieces.append(String(decoding: rest[..<end], as: UTF8.self))
            rest = rest[end...]
        }
        if !rest.isEmpty { pieces.append(String(decoding: rest, as: UTF8.self)) }
        return pieces
    }
}

/// Nicks and channels are the same whatever their case; what case is, a server says (CASEMAPPING).
enum IRCCase {
    case ascii, rfc1459, strict

    func folded(_ name: String) -> String {
        String(
            decoding: name.utf8.map { byte -> UInt8 in
                if (65...90).contains(byte) { return byte + 32 }
                guard self != .ascii else { return byte }
                // [ \ ] ^ are the capitals of { | } ~, where it is strict but for the last.
                return (91...(self == .strict ? 93 : 94)).contains(byte) ? byte + 32 : byte
            }, as: UTF8.self)
    }
}

/// Bold, colours and the like, which clients draw and models should not read.
enum IRCFormatting {
    static func stripped(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { $0 < 32 }) else { return text }
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case 0x03:
                index = skipColour(bytes, index, digits: 2, isHex: false)
            case 0x04:
                index = skipColour(bytes, index, digits: 6, isHex: true)
            case 0..<32: continue
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// A colour, and perhaps a comma and another.
    private static func skipColour(_ bytes: [UInt8], _ start: Int, digits: Int, isHex: Bool) -> Int {
        func end(_ start: Int) -> Int {
            var index = start
            while index < bytes.count, index < start + digits,
                ASCII.isDigit(bytes[index]) || isHex && (ASCII.lowercased(bytes[index]) &- 97) < 6
            {
                index += 1
            }
            return index
        }
        let first = end(start)
        guard first > start, first < bytes.count, bytes[first] == 44 else { return first }
        let second = end(first + 1)
        return second > first + 1 ? second : first
    }
}
