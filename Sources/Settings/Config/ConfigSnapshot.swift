package import Platform

/// A part of the configuration that stays off because a value it needs cannot be had, while the rest works.
package struct ConfigDegradation: Hashable, Sendable {
    /// `channels.telegram`, `models.providers.openai`.
    package let part: String
    package let reason: String
}

/// One configuration, read and checked. It never changes; a reload makes a new one.
package struct ConfigSnapshot: Sendable {
    package let path: String
    package let exists: Bool
    /// The file's text.
    package let raw: String
    /// SHA-256 of the file's bytes in hexadecimal digits; nil without a file.
    package let hash: String?
    /// The file's own value, without what it includes.
    package let parsed: JSON
    /// With what is included, as the authors wrote it.
    package let config: JSON
    /// With the values of variables and secrets. What could not be had is not in it.
    package internal(set) var resolved: JSON
    /// Every file that was read, the configuration file first.
    package let files: [String]
    package let warnings: [ConfigProblem]
    package let degraded: [ConfigDegradation]
    /// Every value that must not be shown, for redaction.
    package let secrets: Set<String>
    package let environment: LayeredEnvironment
    package let schema: ConfigSchema
    let tree: ConfigTree

    /// `config` without secrets.
    package var redacted: JSON { SecretWalk.redacted(config, by: schema, redaction) }
    /// `parsed` without secrets.
    package var redactedParsed: JSON { SecretWalk.redacted(parsed, by: schema, redaction) }

    /// The file's text with a mark in the place of each secret, in its comments too; all else of it stays.
    package var redactedRaw: String {
        guard var document = try? JSON5Document(raw) else { return "" }
        let redaction = redaction
        let hidden = SecretWalk.hidden(in: document.value, by: schema, redaction)
        // What cannot be marked is not shown at all.
        let marks = Dictionary(uniqueKeysWithValues: hidden.map { ($0, JSON.string(SecretWalk.mark)) })
        guard (try? document.replaceScalars(marks)) != nil else { return "" }
        return String(decoding: CommentText.replaced(in: document.bytes) { redaction.redact($0) }, as: UTF8.self)
    }

    /// A text that a client made of `redactedRaw`, with the comments as they are in the file.
    func withComments(_ text: [UInt8]) -> [UInt8] {
        let redaction = redaction
        return CommentText.restored(text, from: Array(raw.utf8)) { redaction.redact($0) }
    }

    private var redaction: Redaction { Redaction(secrets) }

    package func isDegraded(_ part: String) -> Bool { degraded.contains { $0.part == part } }

    /// A problem at a setting, with its place in the file.
    package func problem(
        _ setting: String, _ message: String, advice: [String] = [], in instance: Instance
    ) -> ConfigProblem {
        let pointer = JSONPointer(setting: setting) ?? JSONPointer()
        if config[pointer] != nil { return tree.problem(pointer, message, in: instance, advice: advice) }
        return ConfigProblem(path: setting, message, advice: advice)
    }
}

/// Reading by the setting's path. What is not given has the value that the schema says.
extension ConfigSnapshot {
    package func json(_ setting: String) -> JSON? {
        guard let pointer = JSONPointer(setting: setting) else { return nil }
        return json(pointer)
    }

    package func json(_ pointer: JSONPointer) -> JSON? { resolved[pointer] ?? schema.standard(at: pointer) }

    /// Only what the file says.
    package func given(_ setting: String) -> JSON? { JSONPointer(setting: setting).flatMap { resolved[$0] } }

    package func string(_ setting: String) -> String? { json(setting)?.string }
    package func integer(_ setting: String) -> Int? { json(setting)?.int }
    package func number(_ setting: String) -> Double? { json(setting)?.double }
    package func bool(_ setting: String) -> Bool? { json(setting)?.bool }
    package func list(_ setting: String) -> [JSON]? { json(setting)?.array }
    package func strings(_ setting: String) -> [String]? { list(setting)?.compactMap(\.string) }
    package func duration(_ setting: String) -> Duration? { string(setting).flatMap(SettingDuration.parse) }
    package func members(_ setting: String) -> [JSONObject.Member] { json(setting)?.object?.members ?? [] }
}

extension ConfigSnapshot {
    /// `base` with all that `overrides` says otherwise.
    package static func merged(_ base: JSON, _ overrides: JSON) -> JSON { ConfigReader.merged(base, overrides) }
}
