import Models
package import Platform

/// One parameter of a tool, as the model is told it.
package struct ToolParameter: Sendable {
    package let name: String
    package let schema: JSON
    package let isRequired: Bool

    private init(_ name: String, _ schema: JSON, _ doc: String, isRequired: Bool) {
        self.name = name
        var schema = schema
        schema["description"] = .string(doc)
        self.schema = schema
        self.isRequired = isRequired
    }

    package static func required(_ name: String, _ kind: Kind, _ doc: String) -> ToolParameter {
        ToolParameter(name, kind.schema, doc, isRequired: true)
    }

    package static func optional(_ name: String, _ kind: Kind, _ doc: String) -> ToolParameter {
        ToolParameter(name, kind.schema, doc, isRequired: false)
    }

    /// What values it takes.
    package enum Kind: Sendable {
        case text
        case integer(ClosedRange<Int>)
        case flag
        case choice([String])
        case texts
        case map
        case object
        case list

        var schema: JSON {
            switch self {
            case .text: ["type": "string"]
            case .integer(let range):
                ["type": "integer", "minimum": JSON(range.lowerBound), "maximum": JSON(range.upperBound)]
            case .flag: ["type": "boolean"]
            case .choice(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
            case .texts: ["type": "array", "items": ["type": "string"]]
            case .map: ["type": "object", "additionalProperties": ["type": "string"]]
            case .object: ["type": "object"]
            case .list: ["type": "array", "items": [:]]
            }
        }
    }
}

extension ToolDefinition {
    init(_ name: String, _ description: String, _ parameters: ToolParameter...) {
        self.init(name: name, description: description, parameters: Self.schema(parameters))
    }

    private static func schema(_ parameters: [ToolParameter]) -> JSON {
        [
            "type": "object", "properties": .object(JSONObject(parameters.map { ($0.name, $0.schema) })),
            "required": .array(parameters.filter(\.isRequired).map { .string($0.name) }),
        ]
    }
}
