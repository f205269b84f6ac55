package import Platform

/// A setting that two configurations give different values, fit to be shown: secrets are masked on both sides.
package struct ConfigDifference: Hashable, Sendable {
    /// As people write it.
    package let path: String
    /// Nil where it is not set.
    package let old: String?
    package let new: String?
    package let reload: SettingKey.Reload

    /// From `old` to `new`, key by key, as their authors wrote them.
    package static func between(_ old: ConfigSnapshot, _ new: ConfigSnapshot) -> [ConfigDifference] {
        between(old.config, new.config, by: new.schema, hiding: old.secrets.union(new.secrets))
    }

    /// The same for a file that is JSON5 and cannot be used; nil when it is not even that.
    package static func between(_ old: ConfigSnapshot, spoiled text: [UInt8]) -> [ConfigDifference]? {
        guard let new = try? JSON5Document(text).value else { return nil }
        return between(old.parsed, new, by: old.schema, hiding: old.secrets)
    }

    private static func between(
        _ old: JSON, _ new: JSON, by schema: ConfigSchema, hiding secrets: Set<String>
    ) -> [ConfigDifference] {
        let redaction = Redaction(secrets)
        let shownOld = SecretWalk.redacted(old, by: schema, redaction)
        let shownNew = SecretWalk.redacted(new, by: schema, redaction)
        return ReloadPlan(from: old, to: new, schema: schema).changes.map { change in
            ConfigDifference(
                path: change.path, old: shownOld[change.place].map(text), new: shownNew[change.place].map(text),
                reload: change.reload)
        }
    }

    private static func text(_ value: JSON) -> String { shown(value).description }

    private static func shown(_ value: JSON) -> JSON {
        switch value {
        case .string(SecretWalk.mark): "(hidden)"
        case .array(let values): .array(values.map(shown))
        case .object(let object): .object(JSONObject(object.members.map { ($0.key, shown($0.value)) }))
        default: value
        }
    }

    package var json: JSON {
        var json: JSON = ["path": .string(path), "reload": .string(reload.rawValue)]
        json["old"] = old.map { .string($0) }
        json["new"] = new.map { .string($0) }
        return json
    }
}
