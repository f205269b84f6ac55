/// Bytes on their way in or out: appended at the end, consumed at the front, without moving the rest each time.
package struct ByteBuffer: Sendable {
    /// Memory kept when the buffer runs empty; more is given back, so that an idle connection costs nothing.
    @inlinable package static var keptCapacity: Int { 4096 }

    // Visible to what inlines in other targets: every byte in or out passes through here.
    @usableFromInline var storage: [UInt8]
    @usableFromInline var head: Int

    package init() {
        storage = []
        head = 0
    }

    package init(_ bytes: [UInt8]) {
        storage = bytes
        head = 0
    }

    @inlinable package var count: Int { storage.count - head }
    @inlinable package var isEmpty: Bool { storage.count == head }
    package var capacity: Int { storage.capacity }

    /// What is readable now.
    @inlinable package var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { storage.span.extracting(head..<storage.count) }
    }

    /// The same for a buffer that is a class's property, whose span cannot leave the access.
    @inlinable package func withSpan<Value, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Value
    ) throws(Failure) -> Value { try body(span) }

    package var bytes: [UInt8] { Array(storage[head...]) }

    /// What is readable now, to be changed in place.
    package mutating func withMutableSpan<Value>(_ body: (inout MutableSpan<UInt8>) -> Value) -> Value {
        let range = head..<storage.count
        var all = storage.mutableSpan
        var readable = all._mutatingExtracting(range)
        return body(&readable)
    }

    @inlinable package mutating func append(_ bytes: Span<UInt8>) {
        compactIfWasteful()
        bytes.withUnsafeBufferPointer { storage.append(contentsOf: $0) }
    }

    package mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

    package mutating func append(_ byte: UInt8) { storage.append(byte) }

    package mutating func append(_ text: StaticString) {
        storage.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { storage.append(contentsOf: $0) }
    }

    /// A number's digits, without a String on the way.
    package mutating func append(decimal number: Int) {
        precondition(number >= 0)
        if number < 10 { return storage.append(48 + UInt8(number)) }
        append(decimal: number / 10)
        storage.append(48 + UInt8(number % 10))
    }

    package mutating func append(hexadecimal number: Int) {
        precondition(number >= 0)
        if number >= 16 { append(hexadecimal: number >> 4) }
        let digit = UInt8(number & 15)
        storage.append(digit < 10 ? 48 + digit : 87 + digit)
    }

    /// Lets a writer that builds `[UInt8]` in place (JSON) append without a copy. It sees the dead front as well, unless
    /// that was worth removing.
    package mutating func withArray<Value, Failure: Error>(
        _ body: (inout [UInt8]) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        compactIfWasteful()
        return try body(&storage)
    }

    /// Moves as much as fits to `memory`. Returns how much.
    package mutating func move(into memory: UnsafeMutableRawBufferPointer) -> Int {
        let moved = min(memory.count, count)
        span.extracting(first: moved).withUnsafeBytes { memory.copyMemory(from: $0) }
        consume(moved)
        return moved
    }

    /// Drops `count` bytes at the front.
    @inlinable package mutating func consume(_ count: Int) {
        precondition(count <= self.count)
        head += count
        if head == storage.count { removeAll() }
    }

    @inlinable package mutating func removeAll() {
        if storage.capacity > Self.keptCapacity { storage = [] } else { storage.removeAll(keepingCapacity: true) }
        head = 0
    }

    /// Gives all memory back.
    package mutating func release() {
        storage = []
        head = 0
    }

    @inlinable mutating func compactIfWasteful() {
        // Moving costs what is left; it pays once more is dead than alive.
        if head > Self.keptCapacity, head > storage.count / 2 { compact() }
    }

    @usableFromInline mutating func compact() {
        storage.removeSubrange(0..<head)
        head = 0
    }
}

extension Array where Element == UInt8 {
    package mutating func append(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    package init(copying bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { Array($0) }
    }
}

extension Span where Element == UInt8 {
    /// The text, if these bytes are well-formed UTF-8.
    package var text: String? {
        guard let utf8 = try? UTF8Span(validating: self) else { return nil }
        return String(copying: utf8)
    }
}
