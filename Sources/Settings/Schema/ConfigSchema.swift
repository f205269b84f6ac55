package import Platform

/// All settings, composed from what each target declares. Validation, the JSON Schema for clients, the page of the
/// documentation and the plan of a reload are read from here.
package struct ConfigSchema: Sendable {
    package let keys: [SettingKey]
    let root: SchemaNode

    /// Where two parts declare the same path, the one that serves it counts.
    package init(parts: [SchemaPart]) {
        var keys: [SettingKey] = []
        var root = SchemaNode()
        for part in parts {
            for key in part.keys { root.insert(key, key.path.steps[...], &keys) }
        }
        self.keys = keys
        self.root = root
    }

    /// What is declared for the setting at `pointer`, exactly.
    package func key(at pointer: JSONPointer) -> SettingKey? { node(at: pointer)?.key }

    /// What is declared for the setting at `pointer`, or for the nearest one that it is a part of.
    package func governingKey(at pointer: JSONPointer) -> SettingKey? {
        var node = root
        var found: SettingKey?
        for token in pointer.tokens {
            guard let next = node.child(token) else { break }
            node = next
            if let key = node.key, key.type != .object || node.isLeaf { found = key }
        }
        return found
    }

    /// The setting that was probably meant, where a path leads to none and another is near. Others' settings are kept under
    /// any name, so that a slip of the pen is not refused everywhere.
    package func meant(by pointer: JSONPointer) -> String? {
        var node = root
        for (place, token) in pointer.tokens.enumerated() {
            // A place for whatever name is no sign that this one was meant.
            if let next = node.child(token), node.named(token) != nil || !next.isForeign {
                node = next
                continue
            }
            guard let near = NearestName.nearest(to: token, among: node.names) else { return nil }
            return (pointer.tokens.prefix(place) + [near] + pointer.tokens.dropFirst(place + 1)).joined(separator: ".")
        }
        return nil
    }

    func node(at pointer: JSONPointer) -> SchemaNode? {
        var node = root
        for token in pointer.tokens {
            guard let next = node.child(token) else { return nil }
            node = next
        }
        return node
    }

    /// The value that holds when none is given.
    package func standard(at pointer: JSONPointer) -> JSON? { key(at: pointer)?.standard }
}

/// A place in the tree of settings.
struct SchemaNode: Sendable {
    private(set) var key: SettingKey?
    /// Its number in the list of all.
    private var number: Int?
    private(set) var names: [String] = []
    /// The nodes of those names, in the same order. What is looked for is mostly what came last, so that no table is needed.
    private var children: [SchemaNode] = []
    /// What holds for keys of the user's own, and for elements; one node or none.
    private(set) var anyKey: [SchemaNode] = []
    private(set) var element: [SchemaNode] = []

    var isLeaf: Bool { names.isEmpty && anyKey.isEmpty && element.isEmpty }

    /// Whether all that is in here is somebody else's.
    var isForeign: Bool { isLeaf && key.map { $0.standing != .served } == true }

    /// What a change anywhere in here takes at most.
    var reload: SettingKey.Reload {
        let marks = (children + anyKey + element).map(\.reload) + [key?.reload ?? .none]
        return marks.contains(.restart) ? .restart : marks.contains(.hot) ? .hot : .none
    }

    /// Puts the key in its place and at the end of `list`; where one is already, that one gives way unless it is served.
    mutating func insert(_ key: SettingKey, _ steps: ArraySlice<SettingPath.Step>, _ list: inout [SettingKey]) {
        switch steps.first {
        case nil: settle(key, &list)
        case .key(let name):
            let place = place(of: name) ?? names.count
            if place == names.count {
                names.append(name)
                children.append(SchemaNode())
            }
            children[place].insert(key, steps.dropFirst(), &list)
        case .anyKey: Self.insert(key, steps, into: &anyKey, &list)
        case .element: Self.insert(key, steps, into: &element, &list)
        }
    }

    private mutating func settle(_ key: SettingKey, _ list: inout [SettingKey]) {
        if let number {
            guard list[number].standing != .served else { return }
            list[number] = key
        } else {
            number = list.count
            list.append(key)
        }
        self.key = key
    }

    private static func insert(
        _ key: SettingKey, _ steps: ArraySlice<SettingPath.Step>, into nodes: inout [SchemaNode],
        _ list: inout [SettingKey]
    ) {
        if nodes.isEmpty { nodes.append(SchemaNode()) }
        nodes[0].insert(key, steps.dropFirst(), &list)
    }

    /// The node for a key or an element's number.
    func child(_ token: String) -> SchemaNode? {
        if let named = named(token) { return named }
        if let any = anyKey.first { return any }
        return token.utf8.allSatisfy { (48...57).contains($0) } || token == "[]" ? element.first : nil
    }

    func named(_ name: String) -> SchemaNode? { place(of: name).map { children[$0] } }

    private func place(of name: String) -> Int? { names.lastIndex { $0.hasSameBytes(as: name) } }
}
