/// A JSON value that keeps what its text said: an integer is never rounded through a double, an object keeps the order
/// of its keys, and strings are compared by their bytes (RFC 8259 section 8.3), not by Unicode equivalence.
package enum JSON: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Never infinite or NaN when it comes from a parser; `JSONWriter` turns those into null.
    case double(Double)
    /// A number that `Int64` or `Double` would not give back as it was written.
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON {
    package init(_ value: UInt64) {
        self = Int64(exactly: value).map(JSON.int) ?? .number(JSONNumber(value))
    }

    package init(_ value: Int) { self = .int(Int64(value)) }

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The number as an integer, if it is one: `3` and `3.0` are the same number (RFC 8259 section 6).
    package var int: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    package var uint64: UInt64? {
        switch self {
        case .int(let value): UInt64(exactly: value)
        case .double(let value): UInt64(exactly: value)
        case .number(let number): number.uint64
        default: nil
        }
    }

    /// The nearest double, if the number is within its range.
    package var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .number(let number): number.double
        default: nil
        }
    }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var array: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// What a person calls this kind of value, with its article.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .double, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The member of an object; nil for an absent key and for a value that is no object. Assigning to a value that is
    /// no object makes it one; assigning nil removes the key.
    package subscript(key: String) -> JSON? {
        get {
            if case .object(let object) = self { object[key] } else { nil }
        }
        set {
            var object = JSONObject()
            if case .object(let current) = self { object = current }
            self = .null  // so that `object` holds the only reference and is changed in place
            object[key] = newValue
            self = .object(object)
        }
    }

    package subscript(position: Int) -> JSON? {
        if case .array(let values) = self, values.indices.contains(position) { values[position] } else { nil }
    }
}

extension JSON: Equatable {
    /// Objects are equal whatever the order of their keys; `1` and `1.0` are different values.
    package static func == (a: JSON, b: JSON) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
}

extension JSON: CustomStringConvertible {
    package var description: String { String(decoding: JSONWriter.bytes(of: self), as: UTF8.self) }
}
