import Platform

/// Header fields in their order. Names are matched without regard to case. All text lies in one array, so that a
/// parsed head costs two allocations, whatever it holds.
package struct HTTPFields: Sendable {
    struct Entry: Sendable {
        var name: Range<UInt32>
        var value: Range<UInt32>
    }

    private(set) var storage: [UInt8]
    private(set) var entries: [Entry]

    package init() {
        storage = []
        entries = []
    }

    /// For the parser: `storage` is the head as it came, `entries` its fields.
    init(storage: [UInt8], entries: [Entry]) {
        self.storage = storage
        self.entries = entries
    }

    package init(_ fields: KeyValuePairs<String, String>) {
        self.init()
        for (name, value) in fields { append(name, value) }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// Adds a field. A value that could break out of its line is a programming error: what comes from outside must
    /// have passed `isValid(value:)`.
    package mutating func append(_ name: String, _ value: String) {
        precondition(Self.isValid(name: name) && Self.isValid(value: value), "not a header field")
        let start = UInt32(storage.count)
        storage.append(contentsOf: name.utf8)
        let middle = UInt32(storage.count)
        storage.append(contentsOf: value.utf8)
        entries.append(Entry(name: start..<middle, value: middle..<UInt32(storage.count)))
    }

    /// Replaces all fields of that name.
    package mutating func set(_ name: String, _ value: String) {
        let old = entries
        entries.removeAll(keepingCapacity: true)
        for entry in old where !matches(entry.name, name) { entries.append(entry) }
        append(name, value)
    }

    package static func isValid(name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { ASCII.isToken($0) }
    }

    package static func isValid(value: String) -> Bool {
        value.utf8.allSatisfy { ASCII.isFieldContent($0) }
    }

    /// The first field of that name.
    package subscript(name: String) -> String? {
        for entry in entries where matches(entry.name, name) { return text(entry.value) }
        return nil
    }

    /// Whether there is a field of that name (in lower case).
    package func has(_ name: StaticString) -> Bool {
        let length = name.utf8CodeUnitCount
        for entry in entries where entry.name.count == length {
            if storage.span.extracting(indices(entry.name)).matchesIgnoringCase(name) { return true }
        }
        return false
    }

    /// All fields of that name, in order.
    package func all(_ name: String) -> [String] {
        entries.filter { matches($0.name, name) }.map { text($0.value) }
    }

    /// Whether any field of that name lists `token` (in lower case).
    package func lists(_ name: String, _ token: StaticString) -> Bool {
        entries.contains { matches($0.name, name) && storage.span.extracting(indices($0.value)).listContains(token) }
    }

    package func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        for entry in entries { body(text(entry.name), text(entry.value)) }
    }

    /// Appends `Name: value` lines.
    func write(to buffer: inout ByteBuffer) {
        for entry in entries {
            buffer.append(storage.span.extracting(indices(entry.name)))
            buffer.append(": ")
            buffer.append(storage.span.extracting(indices(entry.value)))
            buffer.append("\r\n")
        }
    }

    private func indices(_ range: Range<UInt32>) -> Range<Int> { Int(range.lowerBound)..<Int(range.upperBound) }

    private func text(_ range: Range<UInt32>) -> String { String(decoding: storage[indices(range)], as: UTF8.self) }

    private func matches(_ range: Range<UInt32>, _ name: String) -> Bool {
        guard range.count == name.utf8.count else { return false }
        var index = Int(range.lowerBound)
        for byte in name.utf8 {
            if ASCII.lowercased(storage[index]) != ASCII.lowercased(byte) { return false }
            index += 1
        }
        return true
    }
}

extension HTTPFields: CustomStringConvertible {
    /// The names alone: values may be credentials.
    package var description: String { "[" + entries.map { text($0.name) }.joined(separator: ", ") + "]" }
}
