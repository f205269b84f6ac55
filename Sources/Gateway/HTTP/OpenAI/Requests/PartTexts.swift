import Platform

/// Reads contents that can hold text alone: a text, or a list of parts.
enum PartTexts {
    static let partLimit = 10_000

    static func joined(_ field: JSONField) throws(APIError) -> String {
        if let text = field.value?.string { return text }
        guard field.ifNotNull != nil else { return "" }
        var texts: [String] = []
        for element in try elements(field) {
            switch element.value?["type"]?.string {
            case "text", "input_text", "output_text": texts.append(try text(of: element, "text"))
            case "refusal": texts.append(try text(of: element, "refusal"))
            default: throw element.refused("a part that is text")
            }
        }
        return texts.joined(separator: "\n")
    }

    static func elements(_ field: JSONField) throws(APIError) -> [JSONField] {
        guard case .array? = field.value else { throw field.refused("a text or a list of parts") }
        return try checked { () throws(JSONDecodingError) in try field.array(maxCount: partLimit) }
    }

    static func text(of element: JSONField, _ name: String) throws(APIError) -> String {
        try checked { () throws(JSONDecodingError) in try element.object().field(name).string() }
    }
}
