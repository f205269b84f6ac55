package import Platform

/// What a value must look like, as data: methods' parameters and results. It checks, and it says itself in the words
/// of the protocol's documentation.
package indirect enum Shape: Sendable {
    case any
    case string
    /// A string of at least one character.
    case text
    case integer(ClosedRange<Int>)
    case number
    case boolean
    case word([String])
    case list(Shape, ClosedRange<Int>)
    /// An object whose keys are names of the user's own.
    case map(Shape)
    case object([Field], isOpen: Bool)
    case nullable(Shape)

    /// A member of an object.
    package struct Field: Sendable {
        package let name: String
        package let shape: Shape
        package let isRequired: Bool
    }

    package static let integer = Shape.integer(.min ... .max)
    /// Milliseconds, counts and the like.
    package static let natural = Shape.integer(0 ... .max)

    package static func list(_ shape: Shape) -> Shape { .list(shape, 0 ... .max) }
    /// Closed: other members are refused.
    package static func object(_ fields: Field...) -> Shape { .object(fields, isOpen: false) }
    package static func open(_ fields: Field...) -> Shape { .object(fields, isOpen: true) }
    package static let empty = Shape.object([], isOpen: false)
}

extension Shape.Field {
    package static func required(_ name: String, _ shape: Shape) -> Self {
        Self(name: name, shape: shape, isRequired: true)
    }

    package static func optional(_ name: String, _ shape: Shape) -> Self {
        Self(name: name, shape: shape, isRequired: false)
    }
}

extension Shape {
    /// How many problems are listed at most: one wrong frame must not make a long answer.
    package static let problemLimit = 8

    /// What is wrong with `value`, each with its place, such as `at /limit: must be an integer from 1 to 1000`.
    package func problems(_ value: JSON) -> [String] {
        var found: [String] = []
        check(value, at: "", &found)
        return found
    }

    private func check(_ value: JSON, at place: String, _ found: inout [String]) {
        guard found.count < Self.problemLimit else { return }
        switch (self, value) {
        case (.any, _), (.string, .string), (.boolean, .bool), (.nullable, .null), (.number, .int), (.number, .double),
            (.number, .number):
            return
        case (.nullable(let shape), _):
            let wrong = "\(Self.say(place)): must be \(shape.name)"
            shape.check(value, at: place, &found)
            if found.last == wrong { found[found.count - 1] = "\(Self.say(place)): must be \(name)" }
        case (.text, .string(let text)) where !text.isEmpty: return
        case (.integer(let range), _) where value.int.map(range.contains) == true: return
        case (.word(let words), .string(let text)) where words.contains { $0.hasSameBytes(as: text) }: return
        case (.list(let shape, let count), .array(let values)) where count.contains(values.count):
            for (index, value) in values.enumerated() { shape.check(value, at: "\(place)/\(index)", &found) }
        case (.map(let shape), .object(let object)):
            for member in object.members { shape.check(member.value, at: "\(place)/\(member.key)", &found) }
        case (.object(let fields, let isOpen), .object(let object)):
            check(object, fields, isOpen, at: place, &found)
        default: found.append("\(Self.say(place)): must be \(name)")
        }
    }

    private func check(
        _ object: JSONObject, _ fields: [Field], _ isOpen: Bool, at place: String, _ found: inout [String]
    ) {
        var seen = 0
        for field in fields {
            if let value = object[field.name] {
                seen += 1
                field.shape.check(value, at: "\(place)/\(field.name)", &found)
            } else if field.isRequired {
                found.append("\(Self.say(place)): must have required property '\(field.name)'")
            }
        }
        guard !isOpen, seen < object.count else { return }
        for member in object.members where !fields.contains(where: { $0.name.hasSameBytes(as: member.key) }) {
            let meant = NearestName.nearest(to: member.key, among: fields.map(\.name).filter { object[$0] == nil })
            found.append(
                "\(Self.say(place)): unexpected property '\(member.key)'"
                    + (meant.map { "; did you mean '\($0)'?" } ?? ""))
        }
    }

    private static func say(_ place: String) -> String { "at \(place.isEmpty ? "root" : place)" }

    /// Ends the sentence "must be …".
    var name: String {
        switch self {
        case .any: "given"
        case .string: "string"
        case .text: "a string that is not empty"
        case .integer(.min ... .max): "integer"
        case .integer(let range): "an integer \(Self.limits(range))"
        case .number: "number"
        case .boolean: "boolean"
        case .word(let words): "one of \(words.joined(separator: ", "))"
        case .list(_, 0 ... .max): "array"
        case .list(_, let count): "an array with a count \(Self.limits(count))"
        case .map, .object: "object"
        case .nullable(let shape): "\(shape.name) or null"
        }
    }

    private static func limits(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (let low, .max): "of at least \(low)"
        case (.min, let high): "of at most \(high)"
        case (let low, let high): "from \(low) to \(high)"
        }
    }
}
