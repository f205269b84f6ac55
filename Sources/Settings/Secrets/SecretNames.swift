import Platform

/// Tells by the name of a key whether its value is a secret, where no schema says so.
enum SecretNames {
    private static let endings = [
        "token", "password", "passwd", "passphrase", "secret", "apikey", "api_key", "privatekey", "private_key",
        "encryptkey", "accesskey", "access_key", "authtag", "credential", "credentials", "serviceaccount", "pat",
    ]
    /// Names of objects whose values are all hidden, whatever they are called.
    static let hiddenObjects: Set<String> = ["env", "headers"]

    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return endings.contains { ending in
            // A short ending needs a whole word before it: `path` and `format` are no secrets.
            ending.utf8.count > 3 ? name.hasSuffix(ending) : name == ending || name.hasSuffix("_" + ending)
        }
    }
}

/// A way through a configuration that knows at each text whether it is a secret.
struct SecretWalk {
    /// What stands for a secret that is not shown. Clients send it back unchanged.
    static let mark = "__OPENCLAW_REDACTED__"

    /// The name of a variable alone is no secret.
    private static func isReference(_ text: String) -> Bool {
        text.hasPrefix("${") && text.hasSuffix("}") && DotEnvFile.isName(text.dropFirst(2).dropLast())
    }

    /// Every text in `value` that is to be hidden.
    static func secrets(in value: JSON, by schema: ConfigSchema) -> [(pointer: JSONPointer, text: String)] {
        var found: [(JSONPointer, String)] = []
        walk(value, schema.root, JSONPointer(), false) { found.append(($0, $1)) }
        return found
    }

    /// `value` with the mark in the place of each secret.
    static func redacted(_ value: JSON, by schema: ConfigSchema) -> JSON {
        var paths = Set<JSONPointer>()
        walk(value, schema.root, JSONPointer(), false) { pointer, _ in paths.insert(pointer) }
        return paths.isEmpty ? value : marked(value, JSONPointer(), paths)
    }

    private static func walk(
        _ value: JSON, _ node: SchemaNode?, _ pointer: JSONPointer, _ hidden: Bool,
        _ found: (JSONPointer, String) -> Void
    ) {
        let hidden = hidden || node?.key?.isSensitive == true
        switch value {
        case .string(let text):
            if hidden, !text.isEmpty, !isReference(text) { found(pointer, text) }
        case .array(let values):
            for (position, value) in values.enumerated() {
                walk(value, node?.element.first, pointer.appending(String(position)), hidden, found)
            }
        case .object(let object):
            // A reference says where the secret is, and is none itself.
            if SecretRef.looksLikeOne(value) { return }
            for member in object.members {
                let child = node?.child(member.key)
                let byName = child?.key == nil && (SecretNames.isSecret(member.key))
                let isAllHidden = SecretNames.hiddenObjects.contains(member.key) && member.value.object != nil
                walk(
                    member.value, child, pointer.appending(member.key),
                    hidden || byName || (isAllHidden && child?.isLeaf != false), found)
            }
        default: break
        }
    }

    private static func marked(_ value: JSON, _ pointer: JSONPointer, _ paths: Set<JSONPointer>) -> JSON {
        switch value {
        case .string: paths.contains(pointer) ? .string(mark) : value
        case .array(let values):
            .array(values.enumerated().map { marked($1, pointer.appending(String($0)), paths) })
        case .object(let object):
            .object(JSONObject(object.members.map { ($0.key, marked($0.value, pointer.appending($0.key), paths)) }))
        default: value
        }
    }
}
