import Platform

/// Takes a chunked body apart as it arrives (RFC 9112 section 7.1).
package struct ChunkedDecoder: Sendable {
    /// Bytes of a chunk's extensions, which are read past.
    static let extensionLimit = 1024
    /// Bytes of the trailer section, which is read past.
    static let trailerLimit = 8 * 1024

    package enum Step: Equatable {
        /// Body bytes at this range of what was given.
        case data(Range<Int>)
        case needsMore
        case end
    }

    private enum State: Equatable, Sendable {
        case size(value: Int, digits: Int)
        case sizeExtension(value: Int, length: Int)
        case sizeLF(value: Int)
        case data(left: Int)
        case dataCR
        case dataLF
        case trailer(Trailer)
        case trailerLF(Trailer)
        case finished
    }

    /// Where in the trailer section: its lines are header fields.
    private struct Trailer: Equatable, Sendable {
        var lineLength = 0
        var hasColon = false
        var total = 0
    }

    private var state = State.size(value: 0, digits: 0)

    package init() {}

    /// Bytes of the present chunk that are still to come.
    package var announced: Int {
        if case .data(let left) = state { left } else { 0 }
    }

    /// Continues at `offset` and moves it past what was understood.
    package mutating func next(_ bytes: Span<UInt8>, _ offset: inout Int) throws(HTTPError) -> Step {
        while offset < bytes.count {
            if case .data(let left) = state {
                let range = offset..<min(bytes.count, offset + left)
                offset = range.upperBound
                state = range.count == left ? .dataCR : .data(left: left - range.count)
                return .data(range)
            }
            try step(bytes[offset])
            offset += 1
            if state == .finished { return .end }
        }
        return .needsMore
    }

    private mutating func step(_ byte: UInt8) throws(HTTPError) {
        switch state {
        case .size(let value, let digits):
            if let digit = ASCII.hexValue(byte) {
                // Fifteen digits cannot overflow, and no body is larger.
                guard digits < 15 else { throw HTTPError(.badRequest, "a chunk size of more than 15 digits") }
                state = .size(value: value << 4 | Int(digit), digits: digits + 1)
            } else {
                guard digits > 0 else { throw HTTPError(.badRequest, "a chunk must begin with its size in hex") }
                switch byte {
                case ASCII.carriageReturn: state = .sizeLF(value: value)
                case 59: state = .sizeExtension(value: value, length: 0)
                default: throw HTTPError(.badRequest, "a chunk size must be followed by CR LF")
                }
            }
        case .sizeExtension(let value, let length):
            if byte == ASCII.carriageReturn {
                state = .sizeLF(value: value)
            } else {
                guard ASCII.isFieldContent(byte) else {
                    throw HTTPError(.badRequest, "a control character in a chunk extension")
                }
                guard length < Self.extensionLimit else {
                    throw HTTPError(.badRequest, "chunk extensions of more than \(Self.extensionLimit) bytes")
                }
                state = .sizeExtension(value: value, length: length + 1)
            }
        case .sizeLF(let value):
            try demand(byte, ASCII.lineFeed)
            state = value == 0 ? .trailer(Trailer()) : .data(left: value)
        case .data: break
        case .dataCR:
            try demand(byte, ASCII.carriageReturn)
            state = .dataLF
        case .dataLF:
            try demand(byte, ASCII.lineFeed)
            state = .size(value: 0, digits: 0)
        case .trailer(var trailer):
            if byte == ASCII.carriageReturn {
                guard trailer.hasColon || trailer.lineLength == 0 else { throw Self.badTrailer }
                state = .trailerLF(trailer)
            } else {
                guard trailer.total < Self.trailerLimit else {
                    throw HTTPError(.fieldsTooLarge, "a trailer of more than \(Self.trailerLimit) bytes")
                }
                if trailer.hasColon {
                    guard ASCII.isFieldContent(byte) else { throw Self.badTrailer }
                } else if byte == ASCII.colon, trailer.lineLength > 0 {
                    trailer.hasColon = true
                } else {
                    guard ASCII.isToken(byte) else { throw Self.badTrailer }
                }
                trailer.lineLength += 1
                trailer.total += 1
                state = .trailer(trailer)
            }
        case .trailerLF(let trailer):
            try demand(byte, ASCII.lineFeed)
            state = trailer.lineLength == 0 ? .finished : .trailer(Trailer(total: trailer.total))
        case .finished: break
        }
    }

    private static let badTrailer = HTTPError(
        .badRequest, "a trailer line must be a name, a colon and a value without control characters")

    private func demand(_ byte: UInt8, _ expected: UInt8) throws(HTTPError) {
        guard byte == expected else { throw HTTPError(.badRequest, "a chunk must end with CR LF") }
    }
}
