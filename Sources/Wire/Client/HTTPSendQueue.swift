import Platform

/// Bytes on their way to the peer, kept in the arrays they came in: a large body is not copied to be sent.
struct HTTPSendQueue {
    /// Arrays up to this size are joined, so that a head and a small body leave in one write.
    static let joinLimit = 16 * 1024

    private var segments: [[UInt8]] = []
    private var first = 0
    private var offset = 0

    var isEmpty: Bool { first == segments.count }

    mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        if !isEmpty, bytes.count <= Self.joinLimit, segments[segments.count - 1].count <= Self.joinLimit {
            segments[segments.count - 1] += bytes
        } else {
            segments.append(bytes)
        }
    }

    /// Hands the foremost bytes to `write` until all are gone or fewer are taken than offered. Returns how many were
    /// taken.
    mutating func flush<Failure: Error>(_ write: (Span<UInt8>) throws(Failure) -> Int) throws(Failure) -> Int {
        var total = 0
        while first < segments.count {
            let segment = segments[first]
            let taken = try write(segment.span.extracting(offset...))
            total += taken
            offset += taken
            if offset < segment.count { return total }
            segments[first] = []
            first += 1
            offset = 0
        }
        removeAll()
        return total
    }

    mutating func removeAll() {
        segments.removeAll()
        first = 0
        offset = 0
    }
}
