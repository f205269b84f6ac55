package import Platform

/// What a reload needs of a snapshot beside its values.
extension ConfigSnapshot {
    /// The files that it was read from, the configuration file first, each once.
    package var texts: [(path: String, bytes: [UInt8])] {
        guard exists else { return [] }
        var seen: Set<String> = []
        return [(path, Array(raw.utf8))]
            + tree.sources.dropFirst().filter { seen.insert($0.path).inserted }.map { ($0.path, $0.document.bytes) }
    }

    /// The same for the same files with the same contents, included ones too; nil without a file.
    package var fingerprint: String? {
        exists ? Self.fingerprint(of: texts) : nil
    }

    package static func fingerprint(of texts: [(path: String, bytes: [UInt8])]) -> String {
        var all: [UInt8] = []
        for text in texts { all += Array(text.path.utf8) + [0] + SHA256.hash(text.bytes) }
        return Hex.encode(SHA256.hash(all))
    }

    /// This one, with the settings at `places` as they are in `other`: what waits for a restart is not seen before it.
    package func keeping(_ places: [JSONPointer], of other: ConfigSnapshot) -> ConfigSnapshot {
        var kept = self
        for place in places {
            kept.resolved = Self.putting(other.resolved[place], at: place.tokens[...], in: kept.resolved) ?? [:]
        }
        return kept
    }

    private static func putting(_ value: JSON?, at place: ArraySlice<String>, in json: JSON?) -> JSON? {
        guard let name = place.first else { return value }
        var object = json?.object ?? JSONObject()
        object[name] = putting(value, at: place.dropFirst(), in: object[name])
        return .object(object)
    }
}
