/// Bytes on their way in or out: appended at the end, consumed at the front, without moving what is left each time.
package struct ByteBuffer: Sendable {
    private var storage: [UInt8]
    private var head: Int

    package init() {
        storage = []
        head = 0
    }

    package init(_ bytes: [UInt8]) {
        storage = bytes
        head = 0
    }

    package var count: Int { storage.count - head }
    package var isEmpty: Bool { storage.count == head }
    package var capacity: Int { storage.capacity }

    /// What is readable now.
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { storage.span.extracting(head..<storage.count) }
    }
}
