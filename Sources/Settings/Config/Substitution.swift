import Platform

/// Puts the values of variables in the place of `${NAME}` in every text of a configuration. `$${NAME}` stands for the
/// text `${NAME}`.
struct Substitution {
    /// A variable that has no value, and the setting that names it.
    struct Missing: Hashable {
        let pointer: JSONPointer
        let name: String
    }

    private let environment: LayeredEnvironment
    private(set) var missing: [Missing] = []
    /// Values that were put in, by the variable's name.
    private(set) var used: [String: String] = [:]

    init(_ environment: LayeredEnvironment) { self.environment = environment }

    /// What stands under `env` is taken as it is: it defines variables.
    mutating func apply(to configuration: JSON) -> JSON {
        guard case .object(let object) = configuration else { return configuration }
        return .object(
            JSONObject(
                object.members.map { member in
                    let isLiteral = member.key == "env" || member.key == "$schema"
                    return (member.key, isLiteral ? member.value : value(member.value, JSONPointer([member.key])))
                }))
    }

    private mutating func value(_ value: JSON, _ pointer: JSONPointer) -> JSON {
        switch value {
        case .string(let text): text.utf8.contains(UInt8(ascii: "$")) ? .string(replaced(text, pointer)) : value
        case .array(let values):
            .array(values.enumerated().map { self.value($1, pointer.appending(String($0))) })
        case .object(let object):
            .object(JSONObject(object.members.map { ($0.key, self.value($0.value, pointer.appending($0.key))) }))
        default: value
        }
    }

    private mutating func replaced(_ text: String, _ pointer: JSONPointer) -> String {
        var result = ""
        var rest = text[...]
        while let place = rest.range(ofFirst: "${") {
            let inside = rest[place.upperBound...]
            guard let end = inside.firstIndex(of: "}"), Self.isName(inside[..<end]) else {
                result += rest[..<place.upperBound]
                rest = inside
                continue
            }
            let name = String(inside[..<end])
            if rest[..<place.lowerBound].last == "$" {
                result += rest[..<place.lowerBound].dropLast() + "${\(name)}"
            } else if let value = environment[name] {
                used[name] = value
                result += rest[..<place.lowerBound] + value
            } else {
                missing.append(Missing(pointer: pointer, name: name))
                result += rest[..<place.lowerBound] + "${\(name)}"
            }
            rest = inside[inside.index(after: end)...]
        }
        return result + rest
    }

    private static func isName(_ text: Substring) -> Bool {
        DotEnvFile.isName(text) && !text.utf8.contains { (97...122).contains($0) }
    }
}
