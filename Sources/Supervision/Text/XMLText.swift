/// XML as property lists and scheduled tasks hold it, written.
enum XMLText {
    /// The text between two tags. What is neither a letter nor plain white space is written by its number, so that no
    /// reader folds it. Throws for characters that XML 1.0 has no way to write (section 2.2).
    static func escaped(_ text: String, _ field: String) throws(SupervisionError) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            case _ where scalar.value < 32 || scalar.value == 0xfffe || scalar.value == 0xffff:
                throw .unwritable(field: field, reason: "XML has no way to write character \(scalar.value) in it")
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// What a reference between `&` and `;` stands for; nil for entities that a document would have to define.
    static func character(_ reference: String) -> String? {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard reference.hasPrefix("#") else { return nil }
            let isHex = reference.hasPrefix("#x")
            let number = UInt32(reference.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10)
            return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
        }
    }
}
