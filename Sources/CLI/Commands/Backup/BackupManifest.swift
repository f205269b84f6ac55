import Platform

/// What an archive holds and where it came from: the last entry of every backup, so that an archive which has it was
/// written to its end.
struct BackupManifest: Sendable, Equatable {
    static let name = "manifest.json"
    static let format = "openclaw-backup"
    static let formatVersion = 1
    static let bytesLimit = 64 << 20

    /// A file or directory of the gateway's, and the first part of the names that it has in the archive.
    struct Root: Sendable, Equatable {
        enum Kind: String, Sendable { case state, config, include, workspace }

        let name: String
        let kind: Kind
        /// Where it was.
        let path: String
        /// Whether it is a file: then its entry is `<name>/<the file's name>`.
        var isFile: Bool { kind == .config || kind == .include }
    }

    /// A file as it was archived.
    struct Content: Sendable, Equatable {
        let path: String
        let size: Int
        let sha256: String
    }

    /// Something that is not in the archive, and why.
    struct Omission: Sendable, Equatable {
        let path: String
        let reason: String
    }

    var version: String
    var profile: String
    var createdAt: String
    var home: String
    /// Where agents work that name no place.
    var workspace: String
    var roots: [Root] = []
    var contents: [Content] = []
    var omissions: [Omission] = []

    var bytes: Int { contents.reduce(0) { $0 + $1.size } }

    var json: JSON {
        [
            "format": .string(Self.format), "formatVersion": JSON(Self.formatVersion), "version": .string(version),
            "profile": .string(profile), "createdAt": .string(createdAt), "home": .string(home),
            "workspace": .string(workspace),
            "roots": .array(
                roots.map {
                    ["name": .string($0.name), "kind": .string($0.kind.rawValue), "path": .string($0.path)]
                }),
            "files": .array(
                contents.map { ["path": .string($0.path), "size": JSON($0.size), "sha256": .string($0.sha256)] }),
            "leftOut": .array(omissions.map(\.json)),
        ]
    }

    init(version: String, profile: String, createdAt: String, home: String, workspace: String) {
        self.version = version
        self.profile = profile
        self.createdAt = createdAt
        self.home = home
        self.workspace = workspace
    }

    init(_ bytes: [UInt8]) throws(BackupError) {
        guard let json = try? JSONParser.parse(bytes.span), json["format"]?.string == Self.format else {
            throw .archive(.damaged("\(Self.name) is not that of a backup"))
        }
        guard json["formatVersion"]?.int == Self.formatVersion else {
            throw .newer(json["version"]?.string ?? "another version")
        }
        func text(_ key: String) throws(BackupError) -> String {
            guard let text = json[key]?.string else { throw .archive(.damaged("\(Self.name) has no \(key)")) }
            return text
        }
        self.init(
            version: try text("version"), profile: try text("profile"), createdAt: try text("createdAt"),
            home: try text("home"), workspace: try text("workspace"))
        for entry in json["roots"]?.array ?? [] {
            guard let name = entry["name"]?.string, let kind = Root.Kind(rawValue: entry["kind"]?.string ?? ""),
                let path = entry["path"]?.string, path.hasPrefix("/"), PathText.normalized(path) == path,
                (try? StrictID(name)) != nil
            else { throw .archive(.damaged("\(Self.name) has a root that is not well formed")) }
            roots.append(Root(name: name, kind: kind, path: path))
        }
        for entry in json["files"]?.array ?? [] {
            guard let path = entry["path"]?.string, let size = entry["size"]?.int,
                let hash = entry["sha256"]?.string
            else { throw .archive(.damaged("\(Self.name) has a file that is not well formed")) }
            contents.append(Content(path: path, size: size, sha256: hash))
        }
        for entry in json["leftOut"]?.array ?? [] {
            omissions.append(
                Omission(path: entry["path"]?.string ?? "", reason: entry["reason"]?.string ?? ""))
        }
    }
}

extension BackupManifest.Omission {
    var json: JSON { ["path": .string(path), "reason": .string(reason)] }
}
