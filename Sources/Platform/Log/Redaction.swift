/// Takes secrets out of text before it leaves the process: every registered one by its value, in any of the forms it
/// may have taken, and what looks like one.
package struct Redaction: Sendable {
    /// A registered secret is at least so many bytes. Hiding every occurrence of something shorter would blank out
    /// ordinary words and numbers; patterns and names of fields still hide it where it is called a secret.
    package static let minimumLength = SecretIndex.window
    /// How far beyond what is shown of a text the patterns look for the end of a secret.
    static let patternReach = 512

    private var secrets: [[UInt8]: (kind: RedactedKind?, count: Int)] = [:]
    private var index = SecretIndex()

    package init() {}

    package init(_ secrets: some Sequence<String>) { register(all: secrets) }

    /// Hides all of these; those that are too short to be hidden are left out. Thousands one by one would take seconds.
    package mutating func register(all secrets: some Sequence<String>) {
        for key in secrets.lazy.map(Self.trimmed) where key.count >= Self.minimumLength {
            self.secrets[key, default: (nil, 0)].count += 1
        }
        rebuild()
    }

    /// Hides `secret` from now on; registered twice, it is hidden until it is unregistered twice. White space around it
    /// is not part of it. Returns false for one that is too short to be hidden.
    @discardableResult
    package mutating func register(_ secret: String, kind: RedactedKind? = nil) -> Bool {
        let key = Self.trimmed(secret)
        guard key.count >= Self.minimumLength else { return false }
        let known = secrets[key]
        secrets[key] = (known?.kind ?? kind, (known?.count ?? 0) + 1)
        if known == nil { rebuild() }
        return true
    }

    package mutating func unregister(_ secret: String) {
        let key = Self.trimmed(secret)
        guard let known = secrets[key] else { return }
        secrets[key] = known.count > 1 ? (known.kind, known.count - 1) : nil
        if known.count == 1 { rebuild() }
    }

    private mutating func rebuild() { index = SecretIndex(secrets.map { ($0.key, $0.value.kind) }) }

    private static func trimmed(_ secret: String) -> [UInt8] {
        let bytes = Array(secret.utf8)
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return Array(bytes[first...last])
    }

    /// What stands for a secret of which only the name of its field is known.
    static let mark = Array("[redacted]".utf8)

    /// Whether a field of this name holds a secret, whatever it looks like.
    static func isSecretName(_ name: StaticString) -> Bool { SecretPatterns.isSecretName(name) }

    /// `text` without secrets.
    package func redact(_ text: [UInt8]) -> [UInt8] {
        var parts = [text]
        redact(&parts, limits: [text.count])
        return parts[0]
    }

    package func redact(_ text: String) -> String {
        String(decoding: redact(Array(text.utf8)), as: UTF8.self)
    }

    /// The parts of one record without secrets, each at most so long, not counting the marks. A secret that goes on
    /// from one part into the next is found too; one that the cut goes through is hidden as a whole.
    ///
    /// Returns how many bytes were cut off each part.
    @discardableResult
    func redact(_ parts: inout [[UInt8]], limits: [Int]) -> [Int] {
        let reach = max(Self.patternReach, index.longest)
        var starts: [Int] = []
        var joined: [UInt8] = []
        for (part, limit) in zip(parts, limits) {
            starts.append(joined.count)
            joined += part.prefix(min(part.count, limit + reach))
        }
        starts.append(joined.count)
        var found: [Redacted] = []
        joined.withUnsafeBytes { text in
            index.find(in: text, &found)
            for (start, end) in zip(starts, starts.dropFirst()) {
                SecretPatterns.find(in: UnsafeRawBufferPointer(rebasing: text[start..<end]), base: start, &found)
            }
        }
        let marks = Redacted.merged(found)
        var cut: [Int] = []
        for number in parts.indices {
            let start = starts[number]
            let limit = min(parts[number].count, limits[number])
            let shown = start..<(start + Self.wholeCharacters(joined[start..<starts[number + 1]], limit))
            cut.append(parts[number].count - shown.count)
            if let replaced = Self.replaced(joined, shown, marks) {
                parts[number] = replaced
            } else if shown.count < parts[number].count {
                parts[number].removeSubrange(shown.count...)
            }
        }
        return cut
    }

    /// Nil when nothing is hidden there.
    private static func replaced(_ bytes: [UInt8], _ shown: Range<Int>, _ marks: [Redacted]) -> [UInt8]? {
        var result: [UInt8] = []
        var next = shown.lowerBound
        var isChanged = false
        for mark in marks where mark.range.overlaps(shown) {
            isChanged = true
            if mark.range.lowerBound > next { result += bytes[next..<mark.range.lowerBound] }
            mark.appendMark(to: &result)
            next = mark.range.upperBound
        }
        guard isChanged else { return nil }
        if next < shown.upperBound { result += bytes[next..<shown.upperBound] }
        return result
    }

    /// How many of the first `limit` bytes are whole characters.
    private static func wholeCharacters(_ bytes: ArraySlice<UInt8>, _ limit: Int) -> Int {
        guard limit < bytes.count else { return limit }
        var end = limit
        while end > 0, bytes[bytes.startIndex + end] & 0xc0 == 0x80 { end -= 1 }
        return end
    }
}
