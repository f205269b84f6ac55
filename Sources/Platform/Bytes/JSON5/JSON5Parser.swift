/// Reads JSON5 into nodes. Three things that JSON5 writes are refused, because a JSON value cannot hold them: Infinity,
/// NaN and hexadecimal numbers beyond 64 bits; and so is a key given twice, which is always a slip in a configuration.
struct JSON5Parser: ~Copyable, ~Escapable {
    let bytes: Span<UInt8>
    let limits: JSONLimits
    var index = 0
    private var depth = 0

    @_lifetime(copy bytes)
    private init(_ bytes: Span<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    static func parse(_ bytes: Span<UInt8>, limits: JSONLimits) throws(JSONError) -> JSON5Node {
        var parser = JSON5Parser(bytes, limits: limits)
        do {
            return try parser.document()
        } catch {
            throw error.located(in: bytes)
        }
    }
}

extension JSON5Parser {
    var isAtEnd: Bool { index == bytes.count }

    /// The byte at `index`; NUL at the end, which no rule of JSON5 asks for.
    var current: UInt8 { index < bytes.count ? bytes[index] : 0 }

    func failure(_ problem: JSONError.Problem) -> JSONError { JSONError(problem, at: index) }

    private mutating func document() throws(JSONError) -> JSON5Node {
        guard bytes.count <= limits.maxBytes else {
            throw JSONError(.tooLong(limit: limits.maxBytes), at: limits.maxBytes)
        }
        if let offset = JSONUTF8.firstInvalid(in: bytes) { throw JSONError(.invalidUTF8, at: offset) }
        try skipSpace()
        let node = try node()
        try skipSpace()
        guard isAtEnd else { throw failure(.expected(.end)) }
        return node
    }

    private mutating func node(_ expectation: JSONError.Expectation = .value) throws(JSONError) -> JSON5Node {
        let start = index
        let value: JSON
        switch current {
        case ASCII.openBrace: return try object()
        case ASCII.openBracket: return try array()
        case ASCII.quote, ASCII.apostrophe: value = .string(try string())
        case ASCII.plus, ASCII.minus, ASCII.dot, ASCII.zero...ASCII.nine: value = try number()
        default:
            guard startsName() else { throw failure(.expected(expectation)) }
            value = try word()
        }
        return JSON5Node(kind: .scalar, range: start..<index, value: value, items: [])
    }

    private mutating func word() throws(JSONError) -> JSON {
        let start = index
        let name = try name()
        switch name {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "Infinity", "NaN": throw JSONError(.notRepresentable(name), at: start)
        default: throw JSONError(.bareWord(name), at: start)
        }
    }

    private mutating func enter() throws(JSONError) {
        guard depth < limits.maxDepth else { throw failure(.tooDeep(limit: limits.maxDepth)) }
        depth += 1
        index += 1
        try skipSpace()
    }

    private mutating func array() throws(JSONError) -> JSON5Node {
        let start = index
        try enter()
        var items: [JSON5Item] = []
        while current != ASCII.closeBracket {
            var item = JSON5Item(key: nil, value: try node(.valueOrArrayEnd), comma: nil)
            try skipSpace()
            if current == ASCII.comma {
                item.comma = index
                index += 1
                try skipSpace()
            } else if current != ASCII.closeBracket {
                throw failure(.expected(.commaOrArrayEnd))
            }
            items.append(item)
        }
        index += 1
        depth -= 1
        return JSON5Node(kind: .array, range: start..<index, value: .array(items.map(\.value.value)), items: items)
    }

    private mutating func object() throws(JSONError) -> JSON5Node {
        let start = index
        try enter()
        var items: [JSON5Item] = []
        var positions = JSONKeyIndex()
        while current != ASCII.closeBrace {
            let key = try key()
            if let twin = positions[key.text], let first = items[twin].key {
                throw JSONError(
                    .duplicateKey(key.text, first: JSONPosition(offset: first.range.lowerBound)),
                    at: key.range.lowerBound)
            }
            positions.insert(key.text, at: items.count)
            try skipSpace()
            guard current == ASCII.colon else { throw failure(.expected(.colon)) }
            index += 1
            try skipSpace()
            var item = JSON5Item(key: key, value: try node(), comma: nil)
            try skipSpace()
            if current == ASCII.comma {
                item.comma = index
                index += 1
                try skipSpace()
            } else if current != ASCII.closeBrace {
                throw failure(.expected(.commaOrObjectEnd))
            }
            items.append(item)
        }
        index += 1
        depth -= 1
        let members = items.map { JSONObject.Member(key: $0.key?.text ?? "", value: $0.value.value) }
        let object = JSONObject(
            distinct: members, index: members.count > JSONObject.indexThreshold ? positions : nil)
        return JSON5Node(kind: .object, range: start..<index, value: .object(object), items: items)
    }

    private mutating func key() throws(JSONError) -> JSON5Item.Key {
        let start = index
        let text: String
        if current == ASCII.quote || current == ASCII.apostrophe {
            text = try string()
        } else {
            guard startsName() else { throw failure(.expected(.keyOrEnd)) }
            text = try name()
        }
        return JSON5Item.Key(text: text, range: start..<index)
    }
}
