/// A property list in Apple's XML form, as far as launchd's files use it.
enum PropertyList: Hashable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([PropertyList])
    case dictionary([String: PropertyList])

    /// A whole file. Keys are sorted, so that the same list is always the same text.
    func document(comment: String) throws(SupervisionError) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
        <!-- \(comment) -->
        <plist version="1.0">

        """ + (try text(indent: "", field: "the property list")) + "</plist>\n"
    }

    private func text(indent: String, field: String) throws(SupervisionError) -> String {
        let inner = indent + "\t"
        switch self {
        case .string(let value): return "\(indent)<string>\(try XMLText.escaped(value, field))</string>\n"
        case .integer(let value): return "\(indent)<integer>\(value)</integer>\n"
        case .boolean(let value): return "\(indent)<\(value ? "true" : "false")/>\n"
        case .array(let values):
            var text = "\(indent)<array>\n"
            for value in values { text += try value.text(indent: inner, field: field) }
            return text + "\(indent)</array>\n"
        case .dictionary(let values):
            var text = "\(indent)<dict>\n"
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                text += "\(inner)<key>\(try XMLText.escaped(key, field))</key>\n"
                text += try value.text(indent: inner, field: key)
            }
            return text + "\(indent)</dict>\n"
        }
    }

    /// Nil for what is no such list, the binary form included.
    static func parse(_ text: String) -> PropertyList? {
        guard let root = XMLElement.parse(text), root.name == "plist", let first = root.children.first else {
            return nil
        }
        return value(first)
    }

    private static func value(_ element: XMLElement) -> PropertyList? {
        switch element.name {
        case "string": return .string(element.text)
        case "integer": return Int(element.text).map { .integer($0) }
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "array":
            let values = element.children.compactMap(value)
            return values.count == element.children.count ? .array(values) : nil
        case "dict":
            var all: [String: PropertyList] = [:]
            for (key, child) in zip(element.children, element.children.dropFirst()) where key.name == "key" {
                // Dates and data, which nothing here asks for, are left out.
                all[key.text] = value(child)
            }
            return .dictionary(all)
        default: return nil
        }
    }

    subscript(key: String) -> PropertyList? {
        if case .dictionary(let all) = self { all[key] } else { nil }
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }

    var strings: [String]? {
        guard case .array(let values) = self else { return nil }
        return values.compactMap(\.string)
    }

    var dictionary: [String: String]? {
        guard case .dictionary(let all) = self else { return nil }
        return all.compactMapValues(\.string)
    }
}
