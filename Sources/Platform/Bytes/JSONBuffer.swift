/// The text a writer has made so far: a growing block of bytes that is written to without checks, because room for each
/// piece is made before.
struct JSONBuffer: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { _overrideLifetime(UnsafeBufferPointer(start: base, count: count).span, borrowing: self) }
    }

    mutating func removeAll() { count = 0 }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        count += 1
    }

    mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + count).update(from: start, count: bytes.count)
        count += bytes.count
    }

    /// Makes room for `extra` more bytes.
    @inline(__always)
    private mutating func reserve(_ extra: Int) {
        if capacity - count < extra { grow(extra) }
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }
}

extension JSONBuffer {
    mutating func putNumber(_ magnitude: UInt64, isNegative: Bool) {
        reserve(20)
        var length = 1
        var rest = magnitude
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        if isNegative {
            base[count] = ASCII.minus
            count += 1
        }
        rest = magnitude
        var place = count + length
        count = place
        repeat {
            place -= 1
            base[place] = ASCII.zero + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
    }

    /// A string with its quotes and escapes (RFC 8259 section 7).
    mutating func putQuoted(_ text: String) {
        text.withBytes { bytes in
            // Whole words are stored, so that there must be room for one beyond the end; escapes make their own.
            reserve(bytes.count + 2 + 8)
            base[count] = ASCII.quote
            count += 1
            var read = 0
            let length = bytes.count
            while read < length {
                let left = length - read
                let word = left >= 8 ? EightBytes(bytes, at: read) : EightBytes(lastOf: bytes, at: read)
                let plain = min(8, left)
                UnsafeMutableRawPointer(base + count).storeBytes(of: word.word.littleEndian, as: UInt64.self)
                let found = word.mustBeEscaped
                if found == 0 {
                    read += plain
                    count += plain
                } else {
                    let skipped = found.trailingZeroBitCount >> 3
                    read += skipped
                    count += skipped
                    escape(bytes[read], before: length - read)
                    read += 1
                }
            }
            base[count] = ASCII.quote
            count += 1
        }
    }

    @inline(never)
    private mutating func escape(_ byte: UInt8, before rest: Int) {
        reserve(6 + rest + 2 + 8)
        base[count] = ASCII.backslash
        count += 1
        let short: UInt8
        switch byte {
        case ASCII.quote, ASCII.backslash: short = byte
        case ASCII.backspace: short = UInt8(ascii: "b")
        case ASCII.formFeed: short = UInt8(ascii: "f")
        case ASCII.lineFeed: short = UInt8(ascii: "n")
        case ASCII.carriageReturn: short = UInt8(ascii: "r")
        case ASCII.tab: short = UInt8(ascii: "t")
        default:
            short = ASCII.lowerU
            base[count + 1] = ASCII.zero
            base[count + 2] = ASCII.zero
            base[count + 3] = ASCII.zero + byte >> 4
            base[count + 4] = ASCII.hexDigit(byte & 0xF)
        }
        base[count] = short
        count += short == ASCII.lowerU ? 5 : 1
    }
}
