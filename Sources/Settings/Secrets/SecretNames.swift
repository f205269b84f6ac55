import Platform

/// Tells by the name of a key whether its value is a secret, where no schema says so.
enum SecretNames {
    private static let endings = [
        "token", "password", "passwd", "passphrase", "secret", "apikey", "api_key", "privatekey", "private_key",
        "encryptkey", "accesskey", "access_key", "authtag", "credential", "credentials", "serviceaccount", "pat",
        "signingkey", "signing_key", "secretkey", "secret_key", "aeskey", "aes_key", "cookie", "cookies",
        "authorization", "mnemonic", "connectionstring", "connection_string", "dsn",
    ]
    /// Of lists and objects: a number of that name, as `maxTokens`, is how many there may be.
    private static let plurals = ["tokens", "passwords", "secrets", "apikeys", "api_keys", "privatekeys"]
    /// Names of objects whose values are all hidden, whatever they are called.
    static let hiddenObjects: Set<String> = ["env", "headers"]

    static func areSecrets(_ name: String) -> Bool {
        let name = name.lowercased()
        return plurals.contains { name.hasSuffix($0) }
    }

    /// Whether a word of a command line says that the next one is a secret: `--api-key`.
    static func isFlag(_ word: String?) -> Bool {
        guard let word, word.hasPrefix("-") else { return false }
        return isSecret(String(word.drop { $0 == "-" }.map { $0 == "-" ? "_" : $0 }))
    }

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

    /// Every value in `value` that is to be hidden because of where it stands and how it is called.
    static func secrets(in value: JSON, by schema: ConfigSchema) -> [(pointer: JSONPointer, text: String)] {
        var found: [(JSONPointer, String)] = []
        walk(value, schema.root, JSONPointer(), false) { pointer, text, isHidden in
            if isHidden { found.append((pointer, text)) }
        }
        return found
    }

    /// The places of all that nobody is shown: secrets, what repeats one of those that `redaction` knows, and what
    /// looks like one, as the password in a URL.
    static func hidden(in value: JSON, by schema: ConfigSchema, _ redaction: Redaction) -> Set<JSONPointer> {
        var found: Set<JSONPointer> = []
        walk(value, schema.root, JSONPointer(), false) { pointer, text, isHidden in
            if isHidden || redaction.redact(text) != text { found.insert(pointer) }
        }
        return found
    }

    /// `value` with the mark in the place of each of them.
    static func redacted(_ value: JSON, by schema: ConfigSchema, _ redaction: Redaction) -> JSON {
        let paths = hidden(in: value, by: schema, redaction)
        return paths.isEmpty ? value : marked(value, JSONPointer(), paths)
    }

    /// Numbers are looked at where something is hidden: a password may be one.
    private static func walk(
        _ value: JSON, _ node: SchemaNode?, _ pointer: JSONPointer, _ hidden: Bool,
        _ found: (_ pointer: JSONPointer, _ text: String, _ isHidden: Bool) -> Void
    ) {
        let hidden = hidden || node?.key?.isSensitive == true
        switch value {
        case .string(let text): if !text.isEmpty, !isReference(text) { found(pointer, text, hidden) }
        case .int, .double, .number: if hidden { found(pointer, value.description, true) }
        case .array(let values):
            for (position, value) in values.enumerated() {
                let isNamed = position > 0 && SecretNames.isFlag(values[position - 1].string)
                walk(value, node?.element.first, pointer.appending(String(position)), hidden || isNamed, found)
            }
        case .object(let object):
            // A reference says where the secret is, and is none itself.
            if SecretRef.looksLikeOne(value) { return }
            for member in object.members {
                let child = node?.child(member.key)
                let isScalar = member.value.object == nil && member.value.array == nil
                // Of what is somebody else's nothing is known but its name.
                let isForeign = child?.isForeign == true
                let byName =
                    (child?.key == nil || isForeign) && SecretNames.isSecret(member.key)
                    || (child == nil || isForeign) && !isScalar && SecretNames.areSecrets(member.key)
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
        case .string, .int, .double, .number: paths.contains(pointer) ? .string(mark) : value
        case .array(let values):
            .array(values.enumerated().map { marked($1, pointer.appending(String($0)), paths) })
        case .object(let object):
            .object(JSONObject(object.members.map { ($0.key, marked($0.value, pointer.appending($0.key), paths)) }))
        default: value
        }
    }
}
