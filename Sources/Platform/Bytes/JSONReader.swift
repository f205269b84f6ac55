/// The members of an object, to be read one by one.
package struct JSONReader: Sendable {
    package let object: JSONObject
    private let way: JSONField.Way

    init(_ object: JSONObject, _ way: JSONField.Way) {
        self.object = object
        self.way = way
    }

    /// Of an object without members, standing alone.
    package static let empty = JSONReader(JSONObject(), JSONField.Way(nil, .root))

    package func field(_ key: String) -> JSONField { JSONField(object[key], way, .key(key)) }

    /// Every member, for objects whose keys are names of the user's own.
    package var fields: [(key: String, field: JSONField)] {
        object.members.map { ($0.key, JSONField($0.value, way, .key($0.key))) }
    }

    /// Refuses the first key that is none of `known`, and names the one that was probably meant.
    package func allowOnly(_ known: [String]) throws(JSONDecodingError) {
        for member in object.members where !known.contains(where: { $0.hasSameBytes(as: member.key) }) {
            let suggestion = NearestName.nearest(to: member.key, among: known.filter { object[$0] == nil })
            throw JSONDecodingError(.unknownKey(suggestion: suggestion), at: field(member.key).pointer)
        }
    }
}
