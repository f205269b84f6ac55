/// A key that an object holds more than once. `JSONPosition` tells line and column of an offset; counting them for each
/// of a million duplicates would be an attack's delight.
package struct JSONDuplicateKey: Sendable, Equatable {
    package let key: String
    package let firstOffset: Int
    package let offset: Int
}

/// Reads JSON as RFC 8259 writes it, and nothing else. A key given twice is an error, unless the caller asks for a list
/// of them; then the last value counts, as in every browser.
package struct JSONParser: ~Copyable, ~Escapable {
    let bytes: Span<UInt8>
    let limits: JSONLimits
    var index = 0
    private var depth = 0
    private var members = JSONStack<JSONObject.Member>()
    private var values = JSONStack<JSON>()
    private var keys = JSONStack<KeyMark>()
    private var keepsDuplicates = false
    private var duplicates: [JSONDuplicateKey] = []
    var scratch: [UInt8] = []

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }
}

extension JSONParser {
    package static func parse(_ bytes: Span<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSON {
        var parser = JSONParser(bytes, limits: limits)
        do {
            return try parser.document()
        } catch {
            throw error.located(in: bytes)
        }
    }

    /// Reads a text in which keys may occur twice, and appends each such key to `duplicates`.
    package static func parse(
        _ bytes: Span<UInt8>, limits: JSONLimits = JSONLimits(), duplicates: inout [JSONDuplicateKey]
    ) throws(JSONError) -> JSON {
        var parser = JSONParser(bytes, limits: limits)
        parser.keepsDuplicates = true
        do {
            let value = try parser.document()
            duplicates += parser.duplicates
            return value
        } catch {
            throw error.located(in: bytes)
        }
    }

    package static func parse(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSON {
        try parse(bytes.span, limits: limits)
    }

    package static func parse(_ text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSON {
        try parse(Array(text.utf8).span, limits: limits)
    }
}

extension JSONParser {
    /// What the parser remembers of a key of an open object.
    private struct KeyMark {
        let fingerprint: UInt32
        let offset: Int
    }

    var isAtEnd: Bool { index == bytes.count }

    /// The byte at `index`, or NUL at the end: NUL is not allowed anywhere in JSON, so one comparison serves for both.
    var current: UInt8 {
        @inline(__always) get { index < bytes.count ? bytes[index] : 0 }
    }

    func failure(_ problem: JSONError.Problem) -> JSONError { JSONError(problem, at: index) }

    private mutating func document() throws(JSONError) -> JSON {
        guard bytes.count <= limits.maxBytes else {
            throw JSONError(.tooLong(limit: limits.maxBytes), at: limits.maxBytes)
        }
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { throw failure(.byteOrderMark) }
        skipWhitespace()
        let value = try value()
        skipWhitespace()
        guard isAtEnd else { throw failure(.expected(.end)) }
        return value
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while index < bytes.count {
            let byte = bytes[index]
            if byte > ASCII.space { return }
            switch byte {
            case ASCII.space, ASCII.lineFeed, ASCII.carriageReturn, ASCII.tab: index += 1
            default: return
            }
        }
    }

    private mutating func value(
        _ expectation: JSONError.Expectation = .value
    ) throws(JSONError) -> JSON {
        switch current {
        case ASCII.quote: return .string(try string())
        case ASCII.openBrace: return .object(try object())
        case ASCII.openBracket: return .array(try array())
        case ASCII.minus, ASCII.zero...ASCII.nine: return try number()
        case UInt8(ascii: "t") where takeWord("true"): return .bool(true)
        case UInt8(ascii: "f") where takeWord("false"): return .bool(false)
        case UInt8(ascii: "n") where takeWord("null"): return .null
        default: throw failure(.expected(expectation))
        }
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard bytes.count - index >= length else { return false }
        for distance in 0..<length where bytes[index + distance] != word.utf8Start[distance] { return false }
        index += length
        return true
    }

    private mutating func enter() throws(JSONError) {
        guard depth < limits.maxDepth else { throw failure(.tooDeep(limit: limits.maxDepth)) }
        depth += 1
        index += 1
        skipWhitespace()
    }

    private mutating func array() throws(JSONError) -> [JSON] {
        try enter()
        let start = values.count
        if current != ASCII.closeBracket {
            var expectation = JSONError.Expectation.valueOrArrayEnd
            while true {
                values.push(try value(expectation))
                skipWhitespace()
                let byte = current
                if byte == ASCII.closeBracket { break }
                guard byte == ASCII.comma else { throw failure(.expected(.commaOrArrayEnd)) }
                index += 1
                skipWhitespace()
                expectation = .value
            }
        }
        index += 1
        depth -= 1
        return values.pop(from: start)
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try enter()
        let start = members.count
        let firstKey = keys.count
        var keyIndex: JSONKeyIndex?
        if current != ASCII.closeBrace {
            guard current == ASCII.quote else { throw failure(.expected(.quotedKeyOrEnd)) }
            while true {
                let offset = index
                let (key, fingerprint) = try key()
                let twin = position(of: key, fingerprint, members: start, keys: firstKey, &keyIndex)
                if let twin { try noteDuplicate(key, first: keys[firstKey + twin].offset, again: offset) }
                skipWhitespace()
                guard current == ASCII.colon else { throw failure(.expected(.colon)) }
                index += 1
                skipWhitespace()
                let value = try value()
                if let twin {
                    members[start + twin].value = value
                } else {
                    keyIndex?.insert(key, at: members.count - start)
                    members.push(JSONObject.Member(key: key, value: value))
                    keys.push(KeyMark(fingerprint: fingerprint, offset: offset))
                }
                skipWhitespace()
                let byte = current
                if byte == ASCII.closeBrace { break }
                guard byte == ASCII.comma else { throw failure(.expected(.commaOrObjectEnd)) }
                index += 1
                skipWhitespace()
                guard current == ASCII.quote else { throw failure(.expected(.quotedKey)) }
            }
        }
        index += 1
        depth -= 1
        keys.drop(to: firstKey)
        return JSONObject(distinct: members.pop(from: start), index: keyIndex)
    }

    /// Where the open object already has `key`. Few keys are told apart by their fingerprints, many by an index.
    @inline(__always)
    private mutating func position(
        of key: String, _ fingerprint: UInt32, members start: Int, keys firstKey: Int, _ keyIndex: inout JSONKeyIndex?
    ) -> Int? {
        let count = members.count - start
        if count >= JSONObject.indexThreshold {
            if keyIndex == nil {
                var fresh = JSONKeyIndex()
                for position in 0..<count { fresh.insert(members[start + position].key, at: position) }
                keyIndex = fresh
            }
            return keyIndex?[key]
        }
        for position in 0..<count where keys[firstKey + position].fingerprint == fingerprint {
            if members[start + position].key.hasSameBytes(as: key) { return position }
        }
        return nil
    }

    @inline(never)
    private mutating func noteDuplicate(_ key: String, first: Int, again: Int) throws(JSONError) {
        guard keepsDuplicates else {
            throw JSONError(.duplicateKey(key, first: JSONPosition(offset: first)), at: again)
        }
        duplicates.append(JSONDuplicateKey(key: key, firstOffset: first, offset: again))
    }
}
