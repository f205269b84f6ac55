import Platform

/// Compares a configuration with the schema and finds all that is wrong, not only the first.
struct SchemaValidator {
    /// A problem or a warning, and where.
    struct Finding {
        let pointer: JSONPointer
        /// Whether the key is at fault, and not its value.
        let isKey: Bool
        let message: String
        /// A setting of OpenClaw that is not served here.
        var isUnserved = false
    }

    /// What is read.
    private let value: JSON
    /// The same as its author wrote it: messages show this, never what a variable stood for.
    private let written: JSON
    /// Places whose value is not known yet.
    private let skipped: Set<JSONPointer>
    private(set) var problems: [Finding] = []
    private(set) var warnings: [Finding] = []

    private init(_ value: JSON, _ written: JSON, _ skipped: Set<JSONPointer>) {
        self.value = value
        self.written = written
        self.skipped = skipped
    }

    static func validate(
        _ value: JSON, written: JSON, skipping skipped: Set<JSONPointer>, by schema: ConfigSchema
    ) -> SchemaValidator {
        var validator = SchemaValidator(value, written, skipped)
        validator.check(value, schema.root, JSONPointer())
        return validator
    }

    private mutating func check(_ value: JSON, _ node: SchemaNode, _ pointer: JSONPointer) {
        if skipped.contains(pointer) { return }
        if node.isForeign {
            if node.key?.standing == .foreign {
                warn(
                    pointer, "known to OpenClaw, not served by this program; it is kept and has no effect",
                    isUnserved: true)
            }
            return
        }
        if case .object(let object) = value, node.takesObject {
            members(of: object, node, pointer)
        } else if case .array(let values) = value, let element = node.element.first {
            for (position, value) in values.enumerated() {
                check(value, element, pointer.appending(String(position)))
            }
        } else if let key = node.key {
            if let message = problem(value, key.type, key, pointer) { fail(pointer, message) }
        } else {
            fail(pointer, "\(shown(pointer, nil)) is not allowed; \(node.element.isEmpty ? "an object" : "a list")")
        }
    }

    private mutating func members(of object: JSONObject, _ node: SchemaNode, _ pointer: JSONPointer) {
        if node.isLeaf, let key = node.key {
            if let message = problem(.object(object), key.type, key, pointer) { fail(pointer, message) }
            return
        }
        for member in object.members {
            let place = pointer.appending(member.key)
            if let child = node.child(member.key) {
                check(member.value, child, place)
                continue
            }
            let nearest = NearestName.nearest(to: member.key, among: node.names.filter { object[$0] == nil })
            let guess = nearest.map { "; did you mean \"\($0)\"?" } ?? ""
            if pointer.tokens.isEmpty {
                warnings.append(
                    Finding(
                        pointer: place, isKey: true,
                        message: "no such section\(guess.isEmpty ? ";" : "\(guess)") it is kept and has no effect"))
            } else {
                problems.append(Finding(pointer: place, isKey: true, message: "no such setting\(guess)"))
            }
        }
    }

    private mutating func fail(_ pointer: JSONPointer, _ message: String) {
        problems.append(Finding(pointer: pointer, isKey: false, message: message))
    }

    private mutating func warn(_ pointer: JSONPointer, _ message: String, isUnserved: Bool = false) {
        warnings.append(Finding(pointer: pointer, isKey: true, message: message, isUnserved: isUnserved))
    }

    /// The message for a value that its type does not take. Elements that are wrong are reported at their own places.
    private mutating func problem(
        _ value: JSON, _ type: SettingType, _ key: SettingKey, _ pointer: JSONPointer
    ) -> String? {
        switch (type, value) {
        case (.list(let inner), .array(let values)):
            for (position, value) in values.enumerated() {
                let place = pointer.appending(String(position))
                if skipped.contains(place) { continue }
                if let message = problem(value, inner, key, place) { fail(place, message) }
            }
            return nil
        case (.map(let inner), .object(let object)):
            for member in object.members {
                let place = pointer.appending(member.key)
                if skipped.contains(place) { continue }
                if let message = problem(member.value, inner, key, place) { fail(place, message) }
            }
            return nil
        case (.secret, .object):
            do throws(SecretRefError) {
                _ = try SecretRef(value)
                return nil
            } catch .source where pointer.separablePart != nil {
                // The part that needs it stays off; the rest works.
                return nil
            } catch {
                return error.description
            }
        default:
            if type.takes(value) { return nil }
            return "\(shown(pointer, key)) is not allowed; \(type.allowed)\(guess(value, type))"
        }
    }

    private func guess(_ value: JSON, _ type: SettingType) -> String {
        guard case .oneOf(let words) = type, case .string(let text) = value,
            let nearest = NearestName.nearest(to: text, among: words)
        else { return "" }
        return " (did you mean \"\(nearest)\"?)"
    }

    /// A value as a message shows it: short, and never a secret.
    private func shown(_ pointer: JSONPointer, _ key: SettingKey?) -> String {
        let value = written[pointer] ?? value[pointer] ?? .null
        if key?.isSensitive == true { return value.string == nil ? "\(value.kindName) here" : "the value" }
        switch value {
        case .object, .array: return value.kindName
        case .string(let text) where text.utf8.count > Self.longestShown:
            return JSON.string(text.prefix(Self.longestShown / 4) + "…").description
        default: return value.description
        }
    }

    private static let longestShown = 60
}

extension SchemaNode {
    fileprivate var takesObject: Bool {
        switch key?.type {
        case .object?, .any?: true
        case .either(let types)?: types.contains(.object) && !isLeaf
        default: !isLeaf && element.isEmpty
        }
    }
}

extension SettingType {
    /// Whether a value that stands alone is one of this type.
    fileprivate func takes(_ value: JSON) -> Bool {
        switch (self, value) {
        case (.any, _), (.string, .string), (.boolean, .bool), (.object, .object), (.secret, .string): true
        case (.text(let format), .string(let text)): format.accepts(text)
        case (.oneOf(let words), .string(let text)): words.contains { Array($0.utf8) == Array(text.utf8) }
        case (.duration, .string(let text)): SettingDuration.parse(text) != nil
        case (.integer(let range), _): value.int.map(range.contains) == true
        case (.number(let range), _): value.double.map(range.contains) == true
        case (.list(let inner), .array(let values)): values.allSatisfy(inner.takes)
        case (.map(let inner), .object(let object)): object.members.allSatisfy { inner.takes($0.value) }
        case (.secret, .object): (try? SecretRef(value)) != nil
        case (.either(let types), _): types.contains { $0.takes(value) }
        default: false
        }
    }
}
