package import Platform

/// All settings, composed from what each target declares. Validation, the JSON Schema for clients, the page of the
/// documentation and the plan of a reload are read from here.
package struct ConfigSchema: Sendable {
    package let keys: [SettingKey]
    let root: SchemaNode

    /// Where two parts declare the same path, the one that serves it counts.
    package init(parts: [SchemaPart]) {
        var chosen: [SettingPath: SettingKey] = [:]
        var order: [SettingPath] = []
        for key in parts.flatMap(\.keys) {
            if let other = chosen[key.path] {
                if other.standing == .served { continue }
            } else {
                order.append(key.path)
            }
            chosen[key.path] = key
        }
        keys = order.compactMap { chosen[$0] }
        var root = SchemaNode()
        for key in keys { root.insert(key, key.path.steps[...]) }
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
    var key: SettingKey?
    private(set) var names: [String] = []
    private var children: [String: SchemaNode] = [:]
    /// What holds for keys of the user's own, and for elements; one node or none.
    private(set) var anyKey: [SchemaNode] = []
    private(set) var element: [SchemaNode] = []

    var isLeaf: Bool { names.isEmpty && anyKey.isEmpty && element.isEmpty }

    /// Whether all that is in here is somebody else's.
    var isForeign: Bool { isLeaf && key.map { $0.standing != .served } == true }

    mutating func insert(_ key: SettingKey, _ steps: ArraySlice<SettingPath.Step>) {
        guard let step = steps.first else {
            self.key = key
            return
        }
        switch step {
        case .key(let name):
            if children[name] == nil { names.append(name) }
            children[name, default: SchemaNode()].insert(key, steps.dropFirst())
        case .anyKey: Self.insert(key, steps, into: &anyKey)
        case .element: Self.insert(key, steps, into: &element)
        }
    }

    private static func insert(
        _ key: SettingKey, _ steps: ArraySlice<SettingPath.Step>, into nodes: inout [SchemaNode]
    ) {
        if nodes.isEmpty { nodes.append(SchemaNode()) }
        nodes[0].insert(key, steps.dropFirst())
    }

    /// The node for a key or an element's number.
    func child(_ token: String) -> SchemaNode? {
        if let named = children[token] { return named }
        if let any = anyKey.first { return any }
        return token.utf8.allSatisfy { (48...57).contains($0) } || token == "[]" ? element.first : nil
    }

    func named(_ name: String) -> SchemaNode? { children[name] }
}
