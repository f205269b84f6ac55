package import Platform

/// Where a secret is, in the place of the secret itself: `{source: "env", provider: "default", id: "NAME"}`.
package struct SecretRef: Hashable, Sendable, CustomStringConvertible {
    package enum Source: String, CaseIterable, Sendable { case env, file, exec }

    package let source: Source
    /// Nil means what `secrets.defaults` says, else `default`.
    package let provider: String?
    package let id: String

    /// Whether a value is meant as a reference, well formed or not.
    package static func looksLikeOne(_ value: JSON) -> Bool {
        guard case .object(let object) = value, object["source"]?.string != nil, object["id"] != nil else {
            return false
        }
        return object.keys.allSatisfy { ["source", "provider", "id"].contains($0) }
    }

    package init(_ value: JSON) throws(SecretRefError) {
        guard case .object(let object) = value,
            object.keys.allSatisfy({ ["source", "provider", "id"].contains($0) })
        else { throw .shape }
        guard let source = object["source"]?.string else { throw .shape }
        guard let source = Source(rawValue: source) else { throw .source(source) }
        guard let id = object["id"]?.string, source.accepts(id) else { throw .id(source) }
        self.source = source
        self.id = id
        guard let provider = object["provider"] else {
            self.provider = nil
            return
        }
        guard let name = provider.string, Self.isProviderName(name) else { throw .provider }
        self.provider = name
    }

    package var description: String { "\(source.rawValue):\(provider.map { $0 + ":" } ?? "")\(id)" }

    static let jsonSchema: JSON = [
        "type": "object",
        "properties": [
            "source": ["type": "string", "enum": ["env", "file", "exec"]], "provider": ["type": "string"],
            "id": ["type": "string"],
        ],
        "required": ["source", "id"], "additionalProperties": false,
    ]

    static let nameLimit = 64

    package static func isProviderName(_ name: String) -> Bool {
        let bytes = name.utf8
        guard let first = bytes.first, (97...122).contains(first), bytes.count <= nameLimit else { return false }
        return bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 || $0 == 45 }
    }
}

extension SecretRef.Source {
    static let environmentNameLimit = 128
    static let execIdLimit = 256

    fileprivate func accepts(_ id: String) -> Bool {
        let bytes = id.utf8
        switch self {
        case .env:
            return bytes.count <= Self.environmentNameLimit && bytes.first.map { (65...90).contains($0) } == true
                && bytes.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
        case .file: return id == SecretRef.wholeFile || (id.hasPrefix("/") && JSONPointer(id) != nil)
        case .exec:
            guard let first = bytes.first, Self.isPlain(first), bytes.count <= Self.execIdLimit,
                bytes.allSatisfy({ Self.isPlain($0) || "._:/#-".utf8.contains($0) })
            else { return false }
            return !id.split(separator: "/").contains { $0 == "." || $0 == ".." }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
    }
}

extension SecretRef {
    /// The id that means all that a file holds.
    static let wholeFile = "value"
}

/// What is wrong with a reference to a secret, whatever it leads to.
package enum SecretRefError: Error, Hashable, Sendable, CustomStringConvertible {
    case shape
    case source(String)
    case provider
    case id(SecretRef.Source)

    package var description: String {
        switch self {
        case .shape: "not a reference to a secret; {source: \"env\", \"file\" or \"exec\", provider: …, id: …}"
        case .source(let name):
            "secrets from \(JSON.string(name)) cannot be read by this program; one of env, file, exec"
        case .provider:
            "provider: up to \(SecretRef.nameLimit) lower-case letters, digits, - and _, beginning with a letter"
        case .id(.env): "id: the name of a variable, in capital letters"
        case .id(.file): "id: a way into the file such as /gateway/token, or \"\(SecretRef.wholeFile)\" for all of it"
        case .id(.exec): "id: letters, digits and . _ : / # -, without a . or .. between slashes"
        }
    }
}
