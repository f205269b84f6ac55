extension Shape {
    /// How the documentation writes it: `{key, limit? 1..1000, tags? [string]}`.
    package var signature: String {
        switch self {
        case .any: "any"
        case .string, .text: "string"
        case .integer(let range): Self.span(range)
        case .number: "number"
        case .boolean: "boolean"
        case .word(let words): words.joined(separator: "\\|")
        case .list(let shape, _): "[\(shape.signature)]"
        case .map(let shape): "{name: \(shape.signature)}"
        case .object(let fields, let isOpen):
            "{" + (fields.map(\.signature) + (isOpen ? ["…"] : [])).joined(separator: ", ") + "}"
        case .nullable(let shape): "\(shape.signature)\\|null"
        }
    }

    private static func span(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (.min, .max), (0, .max): "integer"
        case (let low, .max): "\(low).."
        case (.min, let high): "..\(high)"
        case (let low, let high): "\(low)..\(high)"
        }
    }
}

extension Shape.Field {
    var signature: String {
        let mark = isRequired ? name : "\(name)?"
        return switch shape {
        case .string, .text: mark
        default: "\(mark) \(shape.signature)"
        }
    }
}
