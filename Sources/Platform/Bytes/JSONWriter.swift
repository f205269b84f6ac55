/// Writes JSON into a buffer of its own, piece by piece or whole values at once. A writer that is kept and emptied with
/// `removeAll` allocates nothing for a frame that fits.
///
/// The caller closes what it opens and gives each key a value. NaN and the infinities become null, as in every
/// browser (ECMA-262, JSON.stringify): one odd measurement must not make a whole frame unsendable.
package struct JSONWriter: ~Copyable {
    /// How the text looks.
    package struct Style: Sendable {
        /// Two spaces a level, one member a line.
        package var isPretty: Bool
        /// Keys in the order of their UTF-8 bytes, for hashing: the order they were given in does not show.
        package var sortsKeys: Bool

        package init(isPretty: Bool = false, sortsKeys: Bool = false) {
            self.isPretty = isPretty
            self.sortsKeys = sortsKeys
        }

        package static let compact = Style()
        package static let pretty = Style(isPretty: true)
        package static let canonical = Style(sortsKeys: true)
    }

    /// What stands before the next piece.
    private enum Place { case start, afterValue, afterKey }

    private var text: JSONBuffer
    private var place = Place.start
    private var depth = 0
    private let style: Style

    package init(style: Style = .compact, capacity: Int = 512) {
        self.style = style
        text = JSONBuffer(capacity: capacity)
    }

    /// What is written so far.
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { text.span }
    }

    package var count: Int { text.count }

    package func append(to target: inout [UInt8]) {
        text.span.withUnsafeBufferPointer { target.append(contentsOf: $0) }
    }

    /// Begins anew, with the buffer it has.
    package mutating func removeAll() {
        text.removeAll()
        depth = 0
        place = .start
    }

    package static func bytes(of value: JSON, style: Style = .compact) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes, style: style)
        return bytes
    }

    package static func append(_ value: JSON, to target: inout [UInt8], style: Style = .compact) {
        var writer = JSONWriter(style: style)
        writer.value(value)
        writer.append(to: &target)
    }
}

extension JSONWriter {
    package mutating func beginObject() { open(ASCII.openBrace) }
    package mutating func endObject() { close(ASCII.closeBrace) }
    package mutating func beginArray() { open(ASCII.openBracket) }
    package mutating func endArray() { close(ASCII.closeBracket) }

    package mutating func key(_ key: String) {
        assert(place != .afterKey && depth > 0)
        separate()
        text.putQuoted(key)
        text.put(ASCII.colon)
        if style.isPretty { text.put(ASCII.space) }
        place = .afterKey
    }

    package mutating func null() { word("null") }
    package mutating func bool(_ value: Bool) { value ? word("true") : word("false") }

    // Not generic: calls from other targets would not be specialized.
    package mutating func int(_ value: Int) { int(Int64(value)) }

    package mutating func int(_ value: Int64) {
        separate()
        text.putNumber(value.magnitude, isNegative: value < 0)
        place = .afterValue
    }

    package mutating func int(_ value: UInt64) {
        separate()
        text.putNumber(value, isNegative: false)
        place = .afterValue
    }

    package mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        verbatim(value.description)
    }

    package mutating func string(_ value: String) {
        separate()
        text.putQuoted(value)
        place = .afterValue
    }

    /// Text that ends where a value comes next, and opens `objects` more than it closes. Each character of it is the
    /// caller's to get right; it saves the work of the parts that are the same in every frame.
    package mutating func written(_ text: StaticString, opening objects: Int = 0) {
        self.text.put(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        depth += objects
        place = .afterKey
    }

    /// One value that is JSON already, such as a payload that is the same for every client.
    package mutating func encoded(_ value: Span<UInt8>) {
        separate()
        value.withUnsafeBufferPointer { text.put($0) }
        place = .afterValue
    }

    package mutating func value(_ value: JSON) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .int(let value): int(value)
        case .double(let value): double(value)
        case .number(let number): verbatim(number.text)
        case .string(let value): string(value)
        case .array(let values):
            beginArray()
            for value in values { self.value(value) }
            endArray()
        case .object(let object): self.object(object)
        }
    }

    private mutating func object(_ object: JSONObject) {
        beginObject()
        if style.sortsKeys {
            for member in object.members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                key(member.key)
                value(member.value)
            }
        } else {
            for member in object.members {
                key(member.key)
                value(member.value)
            }
        }
        endObject()
    }
}

extension JSONWriter {
    private mutating func open(_ bracket: UInt8) {
        separate()
        text.put(bracket)
        depth += 1
        place = .start
    }

    private mutating func close(_ bracket: UInt8) {
        assert(place != .afterKey && depth > 0)
        depth -= 1
        if style.isPretty && place == .afterValue { newLine() }
        text.put(bracket)
        place = .afterValue
    }

    @inline(__always)
    private mutating func separate() {
        if place == .afterValue { text.put(ASCII.comma) }
        if style.isPretty && place != .afterKey && depth > 0 { newLine() }
    }

    @inline(never)
    private mutating func newLine() {
        text.put(ASCII.lineFeed)
        for _ in 0..<depth * 2 { text.put(ASCII.space) }
    }

    private mutating func word(_ word: StaticString) {
        separate()
        text.put(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        place = .afterValue
    }

    /// A number that has its text already.
    private mutating func verbatim(_ number: String) {
        separate()
        number.withBytes { bytes in text.put(bytes) }
        place = .afterValue
    }
}
