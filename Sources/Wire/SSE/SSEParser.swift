import Platform

/// One event of a `text/event-stream`.
package struct SSEEvent: Equatable, Sendable {
    /// `message` unless the stream named it.
    package var name: String
    /// The data lines, joined by line feeds.
    package var data: [UInt8]
    /// The last id that the stream gave, with this event or before it.
    package var id: String

    package init(name: String = "message", data: [UInt8], id: String = "") {
        self.name = name
        self.data = data
        self.id = id
    }

    /// The data as text; what is not UTF-8 becomes U+FFFD, as the standard has it.
    package var text: String { String(decoding: data, as: UTF8.self) }
}

/// How much of a stream must be held.
package struct SSELimits: Equatable, Sendable {
    package static let defaultLength = 1024 * 1024

    /// One line without its end.
    package var line: Int
    /// The data of one event.
    package var event: Int

    package init(line: Int = defaultLength, event: Int = defaultLength) {
        self.line = line
        self.event = event
    }
}

/// What a stream has too much of.
package enum SSEError: Error, Equatable, Sendable, CustomStringConvertible {
    case lineTooLong(limit: Int)
    case eventTooLong(limit: Int)

    package var description: String {
        switch self {
        case .lineTooLong(let limit): "a line of the event stream has more than the \(limit) bytes allowed"
        case .eventTooLong(let limit): "an event's data has more than the \(limit) bytes allowed"
        }
    }
}

/// Reads an event stream (WHATWG HTML section 9.2.6) that comes in pieces. What stands before the end of the stream
/// without a blank line behind it is no event.
package struct SSEParser {
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
    private static let dataField = Array("data".utf8)
    private static let eventField = Array("event".utf8)
    private static let idField = Array("id".utf8)
    private static let retryField = Array("retry".utf8)

    /// What to send as Last-Event-ID when the stream is opened again.
    package private(set) var lastEventID = ""
    /// How long to wait before that, in milliseconds, if the server said so.
    package private(set) var retry: Int?

    private let limits: SSELimits
    /// The beginning of a line whose end has not come.
    private var partialLine: [UInt8] = []
    /// A line feed belongs to the carriage return before it.
    private var skipsLineFeed = false
    private var isFirstLine = true

    private var name: [UInt8] = []
    /// The data lines, each with a line feed behind it.
    private var data: [UInt8] = []
    private var id: String?

    package init(limits: SSELimits = SSELimits()) { self.limits = limits }

    /// The next event in `bytes` from `offset` on, which moves past it; nil when more bytes are needed. After an error
    /// the parser must not be used again.
    package mutating func next(
        in bytes: Span<UInt8>, from offset: inout Int
    ) throws(SSEError) -> SSEEvent? {
        while offset < bytes.count {
            if skipsLineFeed {
                skipsLineFeed = false
                if bytes[offset] == Self.lineFeed {
                    offset += 1
                    continue
                }
            }
            var end = offset
            while end < bytes.count, bytes[end] != Self.lineFeed, bytes[end] != Self.carriageReturn { end += 1 }
            let piece = bytes.extracting(offset..<end)
            guard piece.count <= limits.line - partialLine.count else { throw .lineTooLong(limit: limits.line) }
            guard end < bytes.count else {
                partialLine.append(piece)
                offset = end
                return nil
            }
            skipsLineFeed = bytes[end] == Self.carriageReturn
            offset = end + 1
            if let event = try takeLine(endingWith: piece) { return event }
        }
        return nil
    }

    private mutating func takeLine(endingWith piece: Span<UInt8>) throws(SSEError) -> SSEEvent? {
        guard !partialLine.isEmpty else { return try take(piece) }
        let line = partialLine + Array(copying: piece)
        partialLine = []
        return try take(line.span)
    }

    private mutating func take(_ line: Span<UInt8>) throws(SSEError) -> SSEEvent? {
        var line = line
        if isFirstLine {
            isFirstLine = false
            if Self.hasPrefix(line, Self.byteOrderMark) { line = line.extracting(3...) }
        }
        guard !line.isEmpty else { return dispatch() }
        var colon = 0
        while colon < line.count, line[colon] != UInt8(ascii: ":") { colon += 1 }
        let field = line.extracting(..<colon)
        var value = line.extracting(min(colon + 1, line.count)...)
        if !value.isEmpty, value[0] == UInt8(ascii: " ") { value = value.extracting(1...) }

        if Self.equal(field, Self.dataField) {
            guard value.count <= limits.event - data.count else { throw .eventTooLong(limit: limits.event) }
            data.append(value)
            data.append(Self.lineFeed)
        } else if Self.equal(field, Self.eventField) {
            name = Array(copying: value)
        } else if Self.equal(field, Self.idField) {
            let text = String(decoding: Array(copying: value), as: UTF8.self)
            if !text.utf8.contains(0) { id = text }
        } else if Self.equal(field, Self.retryField) {
            if let milliseconds = Self.number(value) { retry = milliseconds }
        }
        return nil
    }

    private mutating func dispatch() -> SSEEvent? {
        if let id { lastEventID = id }
        defer { name = [] }
        guard !data.isEmpty else { return nil }
        var lines: [UInt8] = []
        swap(&lines, &data)
        lines.removeLast()
        return SSEEvent(
            name: name.isEmpty ? "message" : String(decoding: name, as: UTF8.self), data: lines, id: lastEventID)
    }

    /// Digits and nothing else.
    private static func number(_ digits: Span<UInt8>) -> Int? {
        guard !digits.isEmpty else { return nil }
        var number = 0
        for index in digits.indices {
            let digit = Int(digits[index]) - 0x30
            guard (0...9).contains(digit) else { return nil }
            let (shifted, overflow) = number.multipliedReportingOverflow(by: 10)
            guard !overflow, shifted <= Int.max - digit else { return nil }
            number = shifted + digit
        }
        return number
    }

    private static func equal(_ bytes: Span<UInt8>, _ word: [UInt8]) -> Bool {
        bytes.count == word.count && hasPrefix(bytes, word)
    }

    private static func hasPrefix(_ bytes: Span<UInt8>, _ prefix: [UInt8]) -> Bool {
        guard bytes.count >= prefix.count else { return false }
        for index in prefix.indices where bytes[index] != prefix[index] { return false }
        return true
    }
}
