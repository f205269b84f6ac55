import Platform

/// A configuration on its way to becoming a snapshot: what is known of it, and what has been found wrong.
struct ConfigDraft {
    /// A reference to a secret and the setting that it stands for.
    struct Reference {
        let pointer: JSONPointer
        /// Nil when it is malformed; `malformed` says how.
        let ref: SecretRef?
        let malformed: SecretRefError?
    }

    let tree: ConfigTree
    let instance: Instance
    private(set) var value: JSON
    /// Places whose value is not known.
    private(set) var unknown: Set<JSONPointer> = []
    private(set) var problems: [ConfigProblem] = []
    private(set) var warnings: [ConfigProblem] = []
    private(set) var degraded: [ConfigDegradation] = []
    var secrets: Set<String> = []

    init(tree: ConfigTree, value: JSON, instance: Instance) {
        self.tree = tree
        self.value = value
        self.instance = instance
    }

    mutating func take(missing: [Substitution.Missing], _ demand: ConfigLoader.Demand) {
        for one in missing {
            unknown.insert(one.pointer)
            if demand == .none { continue }
            lack(
                one.pointer,
                "${\(one.name)} is not set in the environment or in \(instance.shown(instance.environmentFilePath))")
            remove(one.pointer)
        }
    }

    mutating func take(_ validator: SchemaValidator) {
        let name = { [tree, instance] (finding: SchemaValidator.Finding) in
            var problem = tree.problem(finding.pointer, key: finding.isKey, finding.message, in: instance)
            problem.isUnserved = finding.isUnserved
            return problem
        }
        problems += validator.problems.map(name)
        warnings += validator.warnings.map(name)
    }

    /// References that something here reads: those that the schema knows, and all of channels and model providers.
    func references(by schema: ConfigSchema) -> [Reference] {
        var found: [Reference] = []
        collect(value, schema.root, JSONPointer(), &found)
        return found
    }

    private func collect(_ value: JSON, _ node: SchemaNode?, _ pointer: JSONPointer, _ found: inout [Reference]) {
        switch value {
        case .array(let values):
            for (position, value) in values.enumerated() {
                collect(value, node?.element.first, pointer.appending(String(position)), &found)
            }
        case .object(let object):
            let isOurs = node?.key?.type == .secret
            if isOurs || (pointer.separablePart != nil && SecretRef.looksLikeOne(value)) {
                do throws(SecretRefError) {
                    found.append(Reference(pointer: pointer, ref: try SecretRef(value), malformed: nil))
                } catch {
                    found.append(Reference(pointer: pointer, ref: nil, malformed: error))
                }
                return
            }
            if node?.isForeign == true, pointer.tokens.first.map({ $0 != "channels" && $0 != "models" }) == true {
                return
            }
            for member in object.members {
                collect(member.value, node?.child(member.key), pointer.appending(member.key), &found)
            }
        default: break
        }
    }

    mutating func take(_ answers: [SecretRef: SecretResolver.Answer], for references: [Reference]) {
        for reference in references {
            switch reference.ref.flatMap({ answers[$0] }) {
            case .success(let secret)?:
                secrets.insert(secret)
                value[setting: reference.pointer] = .string(secret)
            case .failure(let failure)?:
                lack(reference.pointer, "secret \(reference.ref.map { "\($0)" } ?? ""): \(failure)")
                remove(reference.pointer)
            case nil:
                lack(reference.pointer, reference.malformed.map { "\($0)" } ?? "the secret was not found")
                remove(reference.pointer)
            }
        }
    }

    /// What cannot be had turns off the part that needs it, or is a problem of the whole.
    private mutating func lack(_ pointer: JSONPointer, _ message: String) {
        guard let part = pointer.separablePart else {
            problems.append(tree.problem(pointer, message, in: instance))
            return
        }
        // What is switched off anyway lacks nothing.
        if value[part]?["enabled"]?.bool == false { return }
        let place = tree.problem(pointer, message, in: instance)
        degraded.append(ConfigDegradation(part: part.setting(in: tree.value), reason: place.text))
    }

    /// Nobody may take `${NAME}` or a reference for the value itself.
    private mutating func remove(_ pointer: JSONPointer) { value[setting: pointer] = nil }
}

extension JSONPointer {
    /// The channel or model provider that a setting belongs to: it can stay off while all else works.
    var separablePart: JSONPointer? {
        if tokens.count > 2, tokens[0] == "channels", tokens[1] != "defaults" {
            return JSONPointer(Array(tokens.prefix(2)))
        }
        if tokens.count > 3, tokens[0] == "models", tokens[1] == "providers" {
            return JSONPointer(Array(tokens.prefix(3)))
        }
        return nil
    }
}

extension JSON {
    /// The value at a place that exists, or none to remove a member; an element of an array becomes null.
    subscript(setting pointer: JSONPointer) -> JSON? {
        get { self[pointer] }
        set {
            guard let first = pointer.tokens.first else {
                if let newValue { self = newValue }
                return
            }
            let rest = JSONPointer(Array(pointer.tokens.dropFirst()))
            switch self {
            case .object(var object):
                if rest.tokens.isEmpty {
                    object[first] = newValue
                } else if var inner = object[first] {
                    inner[setting: rest] = newValue
                    object[first] = inner
                }
                self = .object(object)
            case .array(var values):
                guard let position = Int(first), values.indices.contains(position) else { return }
                if rest.tokens.isEmpty {
                    values[position] = newValue ?? .null
                } else {
                    values[position][setting: rest] = newValue
                }
                self = .array(values)
            default: return
            }
        }
    }
}
