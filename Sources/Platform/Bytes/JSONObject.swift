/// The members of a JSON object in the order they were written. Few keys are found by looking through them; from
/// `indexThreshold` on an index is kept, so that ten thousand keys cost no more each than ten.
package struct JSONObject: Sendable {
    package struct Member: Sendable {
        package let key: String
        package var value: JSON

        package init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// More members than this have an index.
    static let indexThreshold = 16

    package private(set) var members: [Member]
    private var index: JSONKeyIndex?

    package init() {
        members = []
        index = nil
    }

    /// Of several members with one key the last one counts, at the place of the first.
    package init(_ pairs: some Sequence<(String, JSON)>) {
        self.init()
        for (key, value) in pairs { self[key] = value }
    }

    /// For a parser that has made sure that no key occurs twice, and has the index if there must be one.
    init(distinct members: [Member], index: JSONKeyIndex?) {
        self.members = members
        self.index = index
    }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }
    package var keys: [String] { members.map(\.key) }

    package subscript(key: String) -> JSON? {
        get {
            guard let position = position(of: key) else { return nil }
            return members[position].value
        }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let position = position(of: key) {
                members[position].value = newValue
            } else {
                append(Member(key: key, value: newValue))
            }
        }
    }

    @discardableResult
    package mutating func removeValue(forKey key: String) -> JSON? {
        guard let position = position(of: key) else { return nil }
        let removed = members.remove(at: position)
        if index != nil { index = JSONKeyIndex(members) }
        return removed.value
    }

    private func position(of key: String) -> Int? {
        if let index { return index[key] }
        return members.firstIndex { $0.key.hasSameBytes(as: key) }
    }

    private mutating func append(_ member: Member) {
        if index != nil {
            index?.insert(member.key, at: members.count)
        } else if members.count == Self.indexThreshold {
            index = JSONKeyIndex(members)
            index?.insert(member.key, at: members.count)
        }
        members.append(member)
    }
}

extension JSONObject: Equatable {
    package static func == (a: JSONObject, b: JSONObject) -> Bool {
        guard a.count == b.count else { return false }
        for (position, member) in a.members.enumerated() {
            // Most often both were written in the same order.
            let twin = b.members[position]
            if twin.key.hasSameBytes(as: member.key) {
                guard twin.value == member.value else { return false }
            } else {
                guard let other = b[member.key], other == member.value else { return false }
            }
        }
        return true
    }
}
