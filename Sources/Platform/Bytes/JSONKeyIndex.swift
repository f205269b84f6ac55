/// Where each key of a large object stands. Hashed with the process's own seed, so that nobody can choose keys that
/// collide.
struct JSONKeyIndex: Sendable {
    private var positions: [Key: Int]

    init(_ members: [JSONObject.Member]) {
        positions = Dictionary(minimumCapacity: members.count + 1)
        for (position, member) in members.enumerated() { insert(member.key, at: position) }
    }

    init() { positions = [:] }

    subscript(key: String) -> Int? { positions[Key(text: key)] }

    mutating func insert(_ key: String, at position: Int) { positions[Key(text: key)] = position }

    /// A string hashed and compared by its bytes: Swift's own equality takes the two spellings of an accented letter
    /// for the same key.
    private struct Key: Hashable {
        let text: String

        static func == (a: Key, b: Key) -> Bool { a.text.hasSameBytes(as: b.text) }

        func hash(into hasher: inout Hasher) {
            text.withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }
}
