package import Platform

/// The schema as clients read it: JSON Schema and hints for forms (protocol.md section 7, config.schema).
extension ConfigSchema {
    package var jsonSchema: JSON {
        var schema = Self.schema(of: root)
        schema["$schema"] = "http://json-schema.org/draft-07/schema#"
        schema["properties"]?["$schema"] = ["type": "string"]
        return schema
    }

    /// By path, with `*` and `[]` for what is the user's own.
    package var uiHints: JSON {
        var hints = JSONObject()
        for (position, key) in keys.enumerated() {
            hints[key.path.description] = Self.hint(key, order: position)
        }
        return .object(hints)
    }

    /// One place of the schema and what is directly below it; nil for a path that nobody declares. `*` and `[]` may
    /// stand in `path`.
    package func lookup(_ path: String) -> JSON? {
        guard let pointer = JSONPointer(setting: path), let node = node(at: pointer) else {
            return nil
        }
        let children =
            node.names.compactMap { name in node.named(name).map { (name, $0) } }
            + node.anyKey.map { ("*", $0) } + node.element.map { ("[]", $0) }
        var answer: JSON = [
            "path": .string(path), "schema": Self.shallow(Self.schema(of: node)),
            "children": .array(children.map { Self.child($0, $1, of: path) }),
        ]
        if let key = governingKey(at: pointer) {
            answer["hint"] = Self.hint(key, order: nil)
            answer["hintPath"] = .string(key.path.description)
            answer["reloadKind"] = .string(key.reload.rawValue)
        }
        return answer
    }

    private static func child(_ name: String, _ node: SchemaNode, of path: String) -> JSON {
        let way = path.isEmpty ? name : name == "[]" ? path + name : "\(path).\(name)"
        var child: JSON = [
            "key": .string(name), "path": .string(way), "required": false, "hasChildren": .bool(!node.isLeaf),
        ]
        if let type = schema(of: node)["type"] { child["type"] = type }
        if let key = node.key {
            child["hint"] = hint(key, order: nil)
            child["hintPath"] = .string(key.path.description)
            child["reloadKind"] = .string(key.reload.rawValue)
        }
        return child
    }

    private static func hint(_ key: SettingKey, order: Int?) -> JSON {
        var hint: JSON = ["label": .string(key.label), "help": .string(key.doc)]
        if case .key(let section)? = key.path.steps.first { hint["group"] = .string(section) }
        if let order { hint["order"] = JSON(order) }
        if key.isSensitive { hint["sensitive"] = true }
        if key.standing != .served { hint["advanced"] = true }
        if let unit = key.unit { hint["placeholder"] = .string(unit) }
        return hint
    }

    /// Without what is below: only the node's own shape.
    private static func shallow(_ schema: JSON) -> JSON {
        var schema = schema
        schema["properties"] = nil
        schema["items"] = nil
        if schema["additionalProperties"]?.object != nil { schema["additionalProperties"] = true }
        return schema
    }

    private static func schema(of node: SchemaNode) -> JSON {
        var schema: JSON = node.key.map { self.schema(of: $0.type) } ?? [:]
        if !node.isLeaf {
            var shape = JSON.object(JSONObject())
            if let element = node.element.first {
                shape["type"] = "array"
                shape["items"] = self.schema(of: element)
            } else {
                shape["type"] = "object"
                shape["properties"] = .object(
                    JSONObject(node.names.compactMap { name in node.named(name).map { (name, self.schema(of: $0)) } }))
                // At the top level unknown sections are kept; below it they are errors.
                shape["additionalProperties"] = node.anyKey.first.map { self.schema(of: $0) } ?? false
            }
            if case .either(let types)? = node.key?.type {
                schema = ["anyOf": .array(types.filter { $0 != .object }.map { self.schema(of: $0) } + [shape])]
            } else {
                schema = shape
            }
        }
        if let key = node.key {
            schema["title"] = .string(key.label)
            schema["description"] = .string(key.doc)
            if let standard = key.standard { schema["default"] = standard }
        }
        return schema
    }

    private static func schema(of type: SettingType) -> JSON {
        switch type {
        case .string, .text: ["type": "string"]
        case .integer(let range):
            ["type": "integer", "minimum": JSON(range.lowerBound), "maximum": JSON(range.upperBound)]
        case .number(let range):
            ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)]
        case .boolean: ["type": "boolean"]
        case .oneOf(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
        case .list(let inner): ["type": "array", "items": schema(of: inner)]
        case .map(let inner): ["type": "object", "additionalProperties": schema(of: inner)]
        case .object: ["type": "object"]
        case .duration: ["type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"]
        case .secret: ["anyOf": [["type": "string"], SecretRef.jsonSchema]]
        case .either(let types): ["anyOf": .array(types.map { schema(of: $0) })]
        case .any: [:]
        }
    }
}

extension SettingKey {
    /// The last name of the path in words: `maxAttempts` is "Max attempts".
    package var label: String {
        var name = ""
        for case .key(let key) in path.steps { name = key }
        var words = ""
        for letter in name {
            if letter.isUppercase, let last = words.last, last.isLowercase { words += " " }
            words += words.isEmpty ? letter.uppercased() : letter.isUppercase ? letter.lowercased() : String(letter)
        }
        return words
    }
}
