import Platform

/// What the editor should make of a value: done on the tree, without any text.
enum Tree {
    /// Nil where the editor must refuse.
    static func setting(_ value: JSON?, _ tokens: ArraySlice<String>, to new: JSON) -> JSON? {
        guard let token = tokens.first else { return new }
        switch value {
        case nil, .object?:
            var object = value?.object ?? JSONObject()
            guard let member = setting(object[token], tokens.dropFirst(), to: new) else { return nil }
            object[token] = member
            return .object(object)
        case .array(var values)?:
            guard let position = token == "-" ? values.count : number(token), position <= values.count else {
                return nil
            }
            let old = position < values.count ? values[position] : nil
            guard let element = setting(old, tokens.dropFirst(), to: new) else { return nil }
            values.replaceSubrange(position..<min(position + 1, values.count), with: [element])
            return .array(values)
        default: return nil
        }
    }

    /// Nil where there is nothing to remove.
    static func removing(_ value: JSON, _ tokens: ArraySlice<String>) -> JSON? {
        guard let token = tokens.first, let old = value[JSONPointer([token])] else { return nil }
        let isLast = tokens.count == 1
        let new = isLast ? nil : removing(old, tokens.dropFirst())
        guard isLast || new != nil else { return nil }
        switch value {
        case .object(var object):
            object[token] = new
            return .object(object)
        case .array(var values):
            guard let position = number(token) else { return nil }
            values.replaceSubrange(position...position, with: new.map { [$0] } ?? [])
            return .array(values)
        default: return nil
        }
    }

    private static func number(_ token: String) -> Int? {
        guard let number = Int(token), number >= 0, String(number) == token else { return nil }
        return number
    }
}
