import Platform

/// Reads the configuration file and all that it includes. Blocks; for the blocking pool.
struct ConfigReader {
    static let includeKey = "$include"
    /// Files within files.
    static let depthLimit = 10
    /// A file that is included twice counts twice.
    static let fileLimit = 256
    static let bytesLimit = 4 << 20
    static let pathLimit = 4096

    private let instance: Instance
    /// Directories that included files may lie in: that of the configuration, and those of OPENCLAW_INCLUDE_ROOTS.
    private let roots: [String]
    private var sources: [ConfigSource] = []
    private var problems: [ConfigProblem] = []
    private var count = 0
    /// Texts of included files that are not to be read.
    private let included: [String: [UInt8]]
    /// Every included file that was looked for, those too that could not be read.
    private var wanted: [String] = []

    private init(_ instance: Instance, _ environment: Environment, _ included: [String: [UInt8]]) {
        self.instance = instance
        self.included = included
        let extra = environment["OPENCLAW_INCLUDE_ROOTS"]?.split(separator: ":").map(String.init) ?? []
        roots =
            [Self.directory(of: instance.configPath)]
            + extra.map { instance.expanded($0) }.filter { $0.hasPrefix("/") }.map { PathText.normalized($0) }
    }

    /// What was read.
    struct Reading: Sendable {
        /// Nil when there is no file.
        var bytes: [UInt8]?
        var tree = ConfigTree.empty
        var problems: [ConfigProblem] = []
        /// Included files, those too that could not be read.
        var wanted: [String] = []
    }

    /// `text` stands for the contents of the configuration file, and `included` for those of included files, when they
    /// are not to be read.
    static func read(
        _ instance: Instance, environment: Environment, text: [UInt8]? = nil, included: [String: [UInt8]] = [:]
    ) throws(FileError) -> Reading {
        var reading = Reading()
        do throws(FileError) {
            if let text {
                reading.bytes = text
            } else {
                reading.bytes = try FileReading.read(instance.configPath, limit: bytesLimit)
            }
        } catch {
            guard error.isMissing else { throw error }
        }
        guard let bytes = reading.bytes else { return reading }
        var reader = ConfigReader(instance, environment, included)
        let value = reader.file(instance.configPath, bytes, at: JSONPointer(), within: [])
        reading.problems = reader.problems
        reading.wanted = reader.wanted
        reading.tree = ConfigTree(value: value ?? [:], sources: reader.sources)
        if let value, value.object == nil {
            reading.problems.append(
                ConfigProblem(path: "", "the configuration is \(value.kindName); it must be an object: { … }"))
        }
        return reading
    }

    /// The value of a file with all that it includes; nil after a problem.
    private mutating func file(
        _ path: String, _ bytes: [UInt8], at mount: JSONPointer, within chain: [String]
    ) -> JSON? {
        let document: JSON5Document
        do throws(JSONError) {
            document = try JSON5Document(bytes)
        } catch {
            problems.append(
                ConfigProblem(
                    includedFile: chain.isEmpty ? nil : instance.shown(path), position: error.position, path: "",
                    error.message))
            return nil
        }
        let source = ConfigSource(path: path, document: document, mount: mount)
        sources.append(source)
        return expand(document.value, of: source, at: JSONPointer(), chain: chain + [path])
    }

    /// `value`, which stands at `place` of `source`, with includes in it replaced.
    private mutating func expand(
        _ value: JSON, of source: ConfigSource, at place: JSONPointer, chain: [String]
    ) -> JSON {
        switch value {
        case .array(let values):
            return .array(
                values.enumerated().map {
                    expand($1, of: source, at: place.appending(String($0)), chain: chain)
                })
        case .object(let object):
            var siblings = JSONObject()
            for member in object.members where member.key != Self.includeKey {
                siblings[member.key] = expand(
                    member.value, of: source, at: place.appending(member.key), chain: chain)
            }
            guard let include = object[Self.includeKey] else { return .object(siblings) }
            let key = place.appending(Self.includeKey)
            guard let included = included(include, of: source, at: key, chain: chain) else { return .object(siblings) }
            if siblings.isEmpty { return included }
            guard included.object != nil else {
                report(source, key, "the file holds \(included.kindName); beside other keys it must be an object")
                return .object(siblings)
            }
            return Self.merged(included, .object(siblings))
        default: return value
        }
    }

    private mutating func included(
        _ include: JSON, of source: ConfigSource, at key: JSONPointer, chain: [String]
    ) -> JSON? {
        let names = include.string.map { [$0] } ?? include.array?.compactMap(\.string) ?? []
        guard !names.isEmpty, names.count == (include.array?.count ?? 1) else {
            report(source, key, "\(include.kindName) is not allowed; the path of a file, or a list of such paths")
            return nil
        }
        // The last file of a list counts most, so its places are looked up first.
        let outer = sources
        var collected: [ConfigSource] = []
        var merged: JSON?
        for name in names {
            sources = []
            if let value = includedFile(name, of: source, at: key, chain: chain) {
                merged = merged.map { Self.merged($0, value) } ?? value
            }
            collected = sources + collected
        }
        sources = outer + collected
        return merged
    }

    private mutating func includedFile(
        _ name: String, of source: ConfigSource, at key: JSONPointer, chain: [String]
    ) -> JSON? {
        let named = instance.expanded(name)
        let path = PathText.normalized(named.hasPrefix("/") ? named : Self.directory(of: source.path) + "/" + named)
        if name.isEmpty || name.utf8.contains(0) || path.utf8.count >= Self.pathLimit {
            report(source, key, "a path must not be empty, nor longer than \(Self.pathLimit) bytes")
            return nil
        }
        if let first = chain.firstIndex(of: path) {
            let circle = (chain[first...] + [path]).map { instance.shown($0) }.joined(separator: " → ")
            report(source, key, "the files include each other in a circle: \(circle)")
            return nil
        }
        guard chain.count <= Self.depthLimit else {
            report(source, key, "files are included more than \(Self.depthLimit) levels deep")
            return nil
        }
        count += 1
        guard count <= Self.fileLimit else {
            if count == Self.fileLimit + 1 { report(source, key, "more than \(Self.fileLimit) files are included") }
            return nil
        }
        guard let root = roots.first(where: { path.hasPrefix($0 == "/" ? "/" : $0 + "/") }) else {
            report(
                source, key,
                "\(instance.shown(path)) is outside of \(instance.shown(roots[0])), where included files may lie",
                advice: ["set OPENCLAW_INCLUDE_ROOTS to the directories that others may lie in, with : between them"])
            return nil
        }
        do throws(FileError) {
            if !wanted.contains(path) { wanted.append(path) }
            let inside = try SafePath(String(path.dropFirst(root == "/" ? 1 : root.count + 1)))
            var bytes = included[path] ?? []
            if included[path] == nil {
                bytes = try SafeDirectory(root).read(inside, limit: Self.bytesLimit, links: .within)
            }
            let mount = JSONPointer(source.mount.tokens + key.tokens.dropLast())
            return file(path, bytes, at: mount, within: chain)
        } catch {
            report(source, key, "\(error)")
            return nil
        }
    }

    private mutating func report(
        _ source: ConfigSource, _ place: JSONPointer, _ message: String, advice: [String] = []
    ) {
        problems.append(
            ConfigProblem(
                includedFile: source.path == instance.configPath ? nil : instance.shown(source.path),
                position: source.document.location(of: place)?.value,
                path: JSONPointer(source.mount.tokens + place.tokens).setting(in: source.document.value), message,
                advice: advice))
    }

    /// Objects become one, lists are joined, of all else the later one counts.
    static func merged(_ first: JSON, _ second: JSON) -> JSON {
        switch (first, second) {
        case (.object(var object), .object(let later)):
            for member in later.members {
                object[member.key] = object[member.key].map { merged($0, member.value) } ?? member.value
            }
            return .object(object)
        case (.array(let values), .array(let later)): return .array(values + later)
        default: return second
        }
    }

    static func directory(of path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let directory = parts.joined(separator: "/")
        return directory.isEmpty ? "/" : directory
    }
}
