import Platform
import Settings

/// What the primary tells the standby, over ssh's standard input: its settings, and the secrets that belong to them.
struct PairBundle: Sendable {
    static let version = 1
    static let sizeLimit = 1 << 20

    /// Which pair: made once by the primary.
    var pair: String
    /// Settings and their values, none of them secret.
    var settings: [(path: String, value: JSON)] = []
    /// Settings whose values are secret.
    var secrets: [String: String] = [:]
    /// Where the workspace is cloned from; nil where none is copied.
    var workspace: String?
    /// The branch for which the standby is to make a repository beneath its state directory, when there is no other.
    var hostedBranch: String?

    init(pair: String) { self.pair = pair }

    var json: JSON {
        var json: JSON = [
            "version": .int(Int64(Self.version)), "pair": .string(pair),
            "settings": .array(settings.map { ["path": .string($0.path), "value": $0.value] }),
            "secrets": .object(JSONObject(secrets.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ]
        json["workspace"] = workspace.map(JSON.string)
        json["hostedBranch"] = hostedBranch.map(JSON.string)
        return json
    }

    /// Reads what `json` made. Nothing of it is believed that is not named here.
    init(_ json: JSON) throws(CommandFailure) {
        guard json["version"]?.int == Self.version, let pair = json["pair"]?.string, !pair.isEmpty else {
            throw CommandFailure(
                .usage, "usage", "standard input holds no description of a pair that this version understands",
                details: ["failover pair on the primary sends it; both nodes need the same program"])
        }
        self.init(pair: pair)
        for entry in json["settings"]?.array ?? [] {
            guard let path = entry["path"]?.string, JSONPointer(setting: path) != nil, let value = entry["value"] else {
                throw CommandFailure(.usage, "usage", "a setting of the pair's description cannot be read")
            }
            settings.append((path, value))
        }
        for member in json["secrets"]?.object?.members ?? [] {
            guard JSONPointer(setting: member.key) != nil, let value = member.value.string else {
                throw CommandFailure(.usage, "usage", "a secret of the pair's description cannot be read")
            }
            secrets[member.key] = value
        }
        workspace = json["workspace"]?.string
        hostedBranch = json["hostedBranch"]?.string
    }
}
