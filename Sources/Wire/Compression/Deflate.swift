import CZlib

/// What stands around deflated data (RFC 1951).
package enum DeflateFormat: Equatable, Sendable {
    case raw(windowBits: Int)
    /// RFC 1950.
    case zlib
    /// RFC 1952.
    case gzip

    /// zlib's way to say it: negative for none, 16 more for gzip.
    fileprivate var windowBits: Int32 {
        switch self {
        case .raw(let bits): -Int32(bits)
        case .zlib: 15
        case .gzip: 15 + 16
        }
    }
}

/// What can be wrong with deflated data.
package enum DeflateError: Error, Equatable, Sendable {
    case corrupt
}

/// Decompresses a stream that comes in pieces. The caller says how much it wants each time, so what a small input
/// unfolds to never has to be held.
@safe package final class Inflater {
    /// Why a call returned.
    package enum Progress: Equatable, Sendable {
        /// There was no room for everything; to be called again.
        case hasMore
        /// All input was used.
        case needsInput
        /// The stream ended. Input behind its end was not touched.
        case ended
    }

    // zlib keeps the address of its stream, so it cannot be a stored property.
    private let stream: UnsafeMutablePointer<z_stream>

    package init(_ format: DeflateFormat) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe cz_inflate_init(stream, format.windowBits)
        precondition(status == Z_OK, "inflateInit2: \(status)")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Decompresses `input` from `offset` on, which moves past what was used, and appends at most `room` bytes (one
    /// or more). After an error only `restart` helps.
    package func inflate(
        _ input: Span<UInt8>, from offset: inout Int, appendingTo output: inout [UInt8], atMost room: Int
    ) throws(DeflateError) -> Progress {
        precondition(room > 0, "no room to inflate into")
        var status = Z_OK
        var produced = 0
        output.append(addingCapacity: room) { span in
            unsafe span.withUnsafeMutableBufferPointer { free, written in
                let used = unsafe input.extracting(offset...).withUnsafeBufferPointer { rest in
                    let count = UInt32(clamping: rest.count)
                    unsafe stream.pointee.next_in = rest.baseAddress
                    unsafe stream.pointee.avail_in = count
                    unsafe stream.pointee.next_out = free.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(clamping: room)
                    status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                    return unsafe Int(count - stream.pointee.avail_in)
                }
                offset += used
                produced = unsafe Int(UInt32(clamping: room) - stream.pointee.avail_out)
                written = produced
            }
        }
        switch status {
        case Z_STREAM_END: return .ended
        case Z_OK, Z_BUF_ERROR:
            return unsafe stream.pointee.avail_out == 0 || offset < input.count ? .hasMore : .needsInput
        default:
            // What came before the fault is delivered first; zlib repeats its verdict.
            guard produced > 0 else { throw .corrupt }
            return .hasMore
        }
    }

    /// Whether the last byte of input was the last of a block and the stream may end here.
    package var isBetweenBlocks: Bool {
        // zlib.h on inflate(): 128 says that a block has just ended, the low bits how many bits of the byte are unused.
        unsafe stream.pointee.data_type == 128
    }

    /// Begins a new stream.
    package func restart() { unsafe inflateReset(stream) }

    /// Begins a new stream that may refer to what the last one gave.
    package func restartKeepingWindow() { unsafe inflateResetKeep(stream) }
}

/// Compresses a stream that comes in pieces.
@safe package final class Deflater {
    /// What shall become of input that is still inside.
    package enum Flush: Sendable {
        case none
        /// Everything so far can be decompressed; ends with the bytes 00 00 FF FF.
        case sync
        /// Ends the stream.
        case finish

        fileprivate var code: Int32 {
            switch self {
            case .none: Z_NO_FLUSH
            case .sync: Z_SYNC_FLUSH
            case .finish: Z_FINISH
            }
        }
    }

    // zlib.h on deflate(): with six bytes or less of room a flush marker may be written twice.
    private static let leastRoom = 64

    private let stream: UnsafeMutablePointer<z_stream>

    /// Takes 2^(windowBits+2) + 2^(memoryLevel+9) bytes. A raw stream's window has 9 bits at least.
    package init(_ format: DeflateFormat, level: Int, memoryLevel: Int) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe cz_deflate_init(stream, Int32(level), format.windowBits, Int32(memoryLevel))
        precondition(status == Z_OK, "deflateInit2: \(status)")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Compresses all of `input`, which is less than 4 GiB, and appends what comes of it.
    package func deflate(_ input: Span<UInt8>, _ flush: Flush, appendingTo output: inout [UInt8]) {
        unsafe input.withUnsafeBufferPointer { input in
            unsafe stream.pointee.next_in = input.baseAddress
            unsafe stream.pointee.avail_in = UInt32(input.count)
            var isDone = false
            while !isDone {
                let room = max(Self.leastRoom, min(input.count / 2, 64 * 1024))
                output.append(addingCapacity: room) { span in
                    unsafe span.withUnsafeMutableBufferPointer { free, written in
                        unsafe stream.pointee.next_out = free.baseAddress
                        unsafe stream.pointee.avail_out = UInt32(room)
                        let status = unsafe CZlib.deflate(stream, flush.code)
                        precondition(status != Z_STREAM_ERROR, "deflate: \(status)")
                        written = unsafe room - Int(stream.pointee.avail_out)
                        isDone = unsafe stream.pointee.avail_out > 0
                    }
                }
            }
        }
    }

    /// Begins a new stream.
    package func restart() { unsafe deflateReset(stream) }
}
