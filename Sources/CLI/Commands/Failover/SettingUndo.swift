import Platform
import Settings

/// What settings were before they were changed, so that all can be put back as it was.
struct SettingUndo: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        let path: [String]
        /// Nil where nothing was set.
        let old: JSON?
        /// How many of the path's first steps were there already.
        let kept: Int
    }

    private(set) var entries: [Entry] = []

    init() {}

    /// Notes a setting as it is, unless it was noted before: what counts is how it was at first.
    mutating func note(_ pointer: JSONPointer, in config: JSON) {
        guard !entries.contains(where: { $0.path == pointer.tokens }) else { return }
        let kept = (0..<pointer.tokens.count).last { config[JSONPointer(Array(pointer.tokens.prefix($0)))] != nil } ?? 0
        entries.append(Entry(path: pointer.tokens, old: config[pointer], kept: kept))
    }

    /// What puts `now` back. Objects that came with a setting go with it, when nothing else is in them.
    func edits(_ now: JSON) -> [ConfigEdit] {
        var tree = now
        var edits: [ConfigEdit] = []
        for entry in entries.reversed() {
            let pointer = JSONPointer(entry.path)
            if let old = entry.old {
                guard tree[pointer] != old else { continue }
                tree = tree.replacing(entry.path[...], by: old)
                edits.append(.set(pointer, old))
                continue
            }
            guard tree[pointer] != nil else { continue }
            var path = entry.path
            repeat {
                tree = tree.replacing(path[...], by: nil)
                edits.append(.remove(JSONPointer(path)))
                path.removeLast()
            } while path.count > entry.kept && tree[JSONPointer(path)]?.object?.isEmpty == true
        }
        return edits
    }

    // MARK: Kept in a journal

    var json: JSON {
        .array(
            entries.map { entry in
                var json: JSON = ["path": .array(entry.path.map(JSON.string)), "kept": .int(Int64(entry.kept))]
                json["old"] = entry.old
                return json
            })
    }

    init(_ json: JSON?) {
        entries = (json?.array ?? []).compactMap { entry in
            guard let path = entry["path"]?.array?.compactMap(\.string), !path.isEmpty else { return nil }
            return Entry(path: path, old: entry["old"], kept: entry["kept"]?.int ?? 0)
        }
    }
}

extension JSON {
    /// The same with another value at the end of the path, or none.
    fileprivate func replacing(_ path: ArraySlice<String>, by value: JSON?) -> JSON {
        guard let first = path.first else { return value ?? self }
        var copy = self
        if path.count == 1 {
            copy[first] = value
        } else if let inner = self[first] {
            copy[first] = inner.replacing(path.dropFirst(), by: value)
        }
        return copy
    }
}
