import Platform

/// One file of a configuration: the main one, or one that it includes.
struct ConfigSource: Sendable {
    let path: String
    let document: JSON5Document
    /// Where its value stands in the whole.
    let mount: JSONPointer
}

/// A configuration put together from its files, as their authors wrote it.
struct ConfigTree: Sendable {
    var value: JSON
    /// Those that count most come first.
    var sources: [ConfigSource]

    static let empty = ConfigTree(value: [:], sources: [])

    /// The file and place of the value at `pointer`, or of what it would stand in.
    func place(of pointer: JSONPointer, key: Bool) -> (source: ConfigSource, position: JSONPosition)? {
        var pointer = pointer
        var key = key
        while true {
            for source in sources where pointer.starts(with: source.mount) {
                let inside = JSONPointer(Array(pointer.tokens.dropFirst(source.mount.tokens.count)))
                guard let location = source.document.location(of: inside) else { continue }
                return (source, key ? location.key ?? location.value : location.value)
            }
            guard !pointer.tokens.isEmpty else { return nil }
            pointer.tokens.removeLast()
            key = false
        }
    }

    /// The included file that says something of the setting.
    func includedSource(of pointer: JSONPointer) -> ConfigSource? {
        sources.dropFirst().first { source in
            pointer.starts(with: source.mount)
                && source.document.location(
                    of: JSONPointer(Array(pointer.tokens.dropFirst(source.mount.tokens.count)))) != nil
        }
    }

    /// A problem at a setting, with its place.
    func problem(
        _ pointer: JSONPointer, key: Bool = false, _ message: String, in instance: Instance, advice: [String] = []
    ) -> ConfigProblem {
        let place = place(of: pointer, key: key)
        let isIncluded = place.map { $0.source.path != instance.configPath } ?? false
        return ConfigProblem(
            includedFile: isIncluded ? place.map { instance.shown($0.source.path) } : nil, position: place?.position,
            path: pointer.setting(in: value), message, advice: advice)
    }
}
