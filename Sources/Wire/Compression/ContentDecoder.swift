/// A coding of a response body that can be undone (RFC 9110 section 8.4.1).
package enum ContentCoding: Sendable {
    case gzip
    case deflate

    /// Nil for a coding that is not known here.
    package init?(_ name: String) {
        switch name.lowercased() {
        case "gzip", "x-gzip": self = .gzip
        case "deflate": self = .deflate
        default: return nil
        }
    }
}

/// Why a body could not be decoded.
package enum ContentDecodingError: Error, Equatable, Sendable, CustomStringConvertible {
    case corrupt
    case truncated
    case trailingBytes
    case tooLong(limit: Int)

    package var description: String {
        switch self {
        case .corrupt: "the compressed body is damaged"
        case .truncated: "the compressed body ends too early"
        case .trailingBytes: "the compressed body is followed by bytes that do not belong to it"
        case .tooLong(let limit): "the body has more than the \(limit) bytes allowed when decompressed"
        }
    }
}

/// Undoes a content coding piece by piece, up to a limit on what comes out.
package struct ContentDecoder: ~Copyable {
    /// What one call appends at most.
    package static let piece = 16 * 1024

    /// What to do next.
    package enum Progress: Equatable, Sendable {
        /// To be called again with the same input.
        case hasMore
        case needsInput
    }

    private enum State {
        /// Before the first byte of a stream.
        case start
        /// The first byte of a `deflate` body, of which it takes two to tell what it is.
        case sniffing(UInt8)
        case inside(Inflater)
        /// Behind the end of a stream; gzip may have another member (RFC 1952 section 2.2).
        case ended(Inflater)
    }

    private let coding: ContentCoding
    private let limit: Int
    private var state = State.start
    private var produced = 0

    /// `limit` is on decoded bytes.
    package init(_ coding: ContentCoding, limit: Int) {
        self.coding = coding
        self.limit = limit
    }

    /// Decodes `input` from `offset` on, which moves past what was used, and appends at most `piece` bytes. After an
    /// error the decoder must not be used again.
    package mutating func decode(
        _ input: Span<UInt8>, from offset: inout Int, appendingTo output: inout [UInt8]
    ) throws(ContentDecodingError) -> Progress {
        guard isInside || offset < input.count else { return .needsInput }
        let inflater: Inflater
        switch state {
        case .start where coding == .gzip: inflater = Inflater(.gzip)
        case .start:
            state = .sniffing(input[offset])
            offset += 1
            return .hasMore
        case .sniffing(let first):
            inflater = Inflater(Self.isZlibHeader(first, input[offset]) ? .zlib : .raw(windowBits: 15))
            // Eight bits are too few for any output.
            let header = [first]
            var used = 0
            _ = try inflate(inflater, header.span, from: &used, appendingTo: &output)
        case .inside(let current): inflater = current
        case .ended(let last):
            guard coding == .gzip else { throw .trailingBytes }
            last.restart()
            inflater = last
        }
        state = .inside(inflater)
        return try inflate(inflater, input, from: &offset, appendingTo: &output)
    }

    /// To be called when the body has ended.
    package func finish() throws(ContentDecodingError) {
        switch state {
        // A body of no bytes at all is what some servers send for nothing.
        case .start, .ended: return
        case .sniffing, .inside: throw .truncated
        }
    }

    /// Only then may there be output without input.
    private var isInside: Bool {
        if case .inside = state { true } else { false }
    }

    private mutating func inflate(
        _ inflater: Inflater, _ input: Span<UInt8>, from offset: inout Int, appendingTo output: inout [UInt8]
    ) throws(ContentDecodingError) -> Progress {
        // One byte past the limit is asked for: it tells a body that ends there from one that does not.
        let room = min(Self.piece - 1, limit - produced) + 1
        let known = output.count
        let progress: Inflater.Progress
        do {
            progress = try inflater.inflate(input, from: &offset, appendingTo: &output, atMost: room)
        } catch {
            throw .corrupt
        }
        produced += output.count - known
        guard produced <= limit else { throw .tooLong(limit: limit) }
        if progress == .ended { state = .ended(inflater) }
        return progress == .needsInput ? .needsInput : .hasMore
    }

    /// RFC 1950 section 2.2. `deflate` means zlib's format, but some servers leave it out. Raw data does not begin like
    /// this: it would be a stored block with padding other than zeros, which no encoder writes.
    private static func isZlibHeader(_ first: UInt8, _ second: UInt8) -> Bool {
        first & 0x0f == 8 && first >> 4 <= 7 && (Int(first) << 8 | Int(second)) % 31 == 0
    }
}
