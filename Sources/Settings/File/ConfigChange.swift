package import Platform

/// What is to become of the configuration file.
package enum ConfigChange: Sendable {
    /// A whole new text.
    case raw(String)
    /// Single settings; comments and layout stay.
    case edits([ConfigEdit])
    /// A merge patch (RFC 7396), as JSON5 text: null removes, objects merge, all else replaces. `replacing` are the lists
    /// that may lose elements by it, as `agents.list[].skills`.
    case patch(String, replacing: [String] = [])
}

/// One setting, set or removed.
package enum ConfigEdit: Sendable {
    case set(JSONPointer, JSON)
    case remove(JSONPointer)

    var pointer: JSONPointer {
        switch self {
        case .set(let pointer, _), .remove(let pointer): pointer
        }
    }

    var value: JSON? {
        if case .set(_, let value) = self { value } else { nil }
    }
}

/// What a change may do that is nearly always a slip.
package struct ConfigAllowance: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let droppingMode = ConfigAllowance(rawValue: 1)
    package static let shrinking = ConfigAllowance(rawValue: 2)
}

extension ConfigChange {
    /// The text that the change makes of `old`.
    func applied(to old: JSON5Document?) throws(ConfigWriteError) -> JSON5Document {
        switch self {
        case .raw(let text): return try Self.document(text, "the configuration")
        case .edits(let edits): return try Self.edited(try Self.orEmpty(old), edits)
        case .patch(let text, let replacing):
            let patch = try Self.document(text, "the patch").value
            guard case .object(let members) = patch else {
                throw .cannotEdit("the patch is \(patch.kindName); it must be an object")
            }
            return try ConfigPatch.apply(members, replacing: replacing, to: try Self.orEmpty(old))
        }
    }

    /// Deeper texts are not read.
    static let depthLimit = 100

    private static func edited(
        _ document: JSON5Document, _ edits: [ConfigEdit]
    ) throws(ConfigWriteError) -> JSON5Document {
        var document = document
        if let deep = edits.map(\.pointer.tokens.count).max(), deep > depthLimit {
            throw .cannotEdit("the path of the setting has \(deep) parts; at most \(depthLimit)")
        }
        do throws(JSON5EditError) {
            for edit in edits {
                switch edit {
                case .set(let pointer, let value): try document.set(pointer, to: value)
                case .remove(let pointer): try document.remove(pointer)
                }
            }
        } catch {
            throw .cannotEdit("\(error)")
        }
        return document
    }

    private static func orEmpty(_ document: JSON5Document?) throws(ConfigWriteError) -> JSON5Document {
        if let document { return document }
        return try self.document("{\n}\n", "")
    }

    private static func document(_ text: String, _ what: String) throws(ConfigWriteError) -> JSON5Document {
        do throws(JSONError) { return try JSON5Document(text) } catch {
            throw .cannotEdit("\(what) is not JSON5: \(error)")
        }
    }
}
