package import Platform

/// A secret that stands in the configuration itself.
package struct PlaintextSecret: Sendable {
    package let pointer: JSONPointer
    /// The setting, as people write it.
    package let setting: String
    /// As people know it; nil for the configuration file itself.
    package let includedFile: String?
    package let line: Int?
    /// Whether a reference may stand in its place.
    package let takesReference: Bool
    /// The variable that would have it.
    package let variable: String
}

/// A reference that leads to no secret.
package struct UnresolvedSecret: Sendable {
    package let setting: String
    package let ref: String
    package let reason: String
}

extension ConfigSnapshot {
    /// Every secret that is written out in the configuration, in included files too. Never the secret.
    package func plaintextSecrets(in instance: Instance) -> [PlaintextSecret] {
        SecretWalk.secrets(in: config, by: schema).filter { isNamed($0.pointer) }.map { pointer, text in
            let place = tree.problem(pointer, "", in: instance)
            return PlaintextSecret(
                pointer: pointer, setting: pointer.setting(in: config), includedFile: place.includedFile,
                line: place.line, takesReference: takesReference(pointer) && !text.contains("${"),
                variable: SecretVariable.name(for: pointer))
        }
    }

    /// The value that is written at a place, where it is a text.
    package func plaintext(at pointer: JSONPointer) -> String? { config[pointer]?.string }

    /// Variables of `env` are there to be read; those that are called secrets are secrets.
    private func isNamed(_ pointer: JSONPointer) -> Bool {
        guard pointer.tokens.first == "env", let name = pointer.tokens.last else { return true }
        return SecretNames.isSecret(name)
    }

    /// What is read here takes references where the schema says so, and anywhere in channels and model providers.
    package func takesReference(_ pointer: JSONPointer) -> Bool {
        schema.key(at: pointer)?.type == .secret || pointer.separablePart != nil && schema.key(at: pointer) == nil
    }

    /// The references in the configuration, and where they stand.
    package var secretReferences: [(pointer: JSONPointer, ref: SecretRef)] {
        var found: [(JSONPointer, SecretRef)] = []
        Self.collect(config, JSONPointer(), &found)
        return found
    }

    private static func collect(
        _ value: JSON, _ pointer: JSONPointer, _ found: inout [(JSONPointer, SecretRef)]
    ) {
        switch value {
        case .array(let values):
            for (position, value) in values.enumerated() {
                collect(value, pointer.appending(String(position)), &found)
            }
        case .object(let object):
            if SecretRef.looksLikeOne(value) {
                if let ref = try? SecretRef(value) { found.append((pointer, ref)) }
                return
            }
            for member in object.members { collect(member.value, pointer.appending(member.key), &found) }
        default: break
        }
    }
}

/// Names of variables for secrets.
enum SecretVariable {
    private static let general = ["channels", "models", "providers", "accounts", "entries", "list", "config", "env"]
    static let lengthLimit = 64

    /// `models.providers.openai.apiKey` is OPENAI_API_KEY.
    static func name(for pointer: JSONPointer) -> String {
        if pointer.tokens.first == "env" { return pointer.tokens.last ?? "SECRET" }
        var words: [String] = []
        for token in pointer.tokens where !general.contains(token) { words.append(word(token)) }
        let name = (words.first == "GATEWAY" ? ["OPENCLAW"] : []) + words.filter { !$0.isEmpty }
        let text = String(name.joined(separator: "_").prefix(lengthLimit))
        guard let first = text.utf8.first, (65...90).contains(first) else { return "SECRET_" + text }
        return text
    }

    /// `botToken` is BOT_TOKEN.
    private static func word(_ token: String) -> String {
        var text = ""
        var before: UInt8 = 0
        for byte in token.utf8 {
            let isUpper = (65...90).contains(byte)
            let isPlain = isUpper || (97...122).contains(byte) || (48...57).contains(byte)
            if isUpper, (97...122).contains(before) || (48...57).contains(before) { text += "_" }
            text += isPlain ? String(UnicodeScalar(byte)).uppercased() : text.hasSuffix("_") ? "" : "_"
            before = byte
        }
        return text
    }
}

/// Looks whether references lead to secrets, and says why not; never what they lead to.
@LoopActor
package struct SecretTrial {
    private let resolver: SecretResolver

    /// `secrets` is the section of the configuration that describes providers.
    package init(
        secrets: JSON?, _ snapshot: ConfigSnapshot, _ instance: Instance, runner: any ProcessRunner
    ) {
        resolver = SecretResolver(
            secrets: secrets, environment: snapshot.environment, instance: instance, runner: runner)
    }

    /// Those of `refs` that lead to no secret.
    package func failures(of refs: Set<SecretRef>) async -> [SecretRef: String] {
        await resolver.resolve(refs).compactMapValues { answer in
            if case .failure(let failure) = answer { "\(failure)" } else { nil }
        }
    }
}
