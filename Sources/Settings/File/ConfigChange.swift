package import Platform

/// What is to become of the configuration file.
package enum ConfigChange: Sendable {
    /// A whole new text.
    case raw(String)
    /// Single settings; comments and layout stay.
    case edits([ConfigEdit])
    /// A merge patch (RFC 7396), as JSON5 text: null removes, objects merge, all else replaces.
    case patch(String)
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
        case .patch(let text):
            let patch = try Self.document(text, "the patch").value
            guard case .object(let members) = patch else {
                throw .cannotEdit("the patch is \(patch.kindName); it must be an object")
            }
            var document = try Self.orEmpty(old)
            do throws(JSON5EditError) {
                try Self.merge(members, into: &document, at: JSONPointer())
            } catch {
                throw .cannotEdit("\(error)")
            }
            return document
        }
    }

    private static func edited(
        _ document: JSON5Document, _ edits: [ConfigEdit]
    ) throws(ConfigWriteError) -> JSON5Document {
        var document = document
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

    /// RFC 7396 section 2, on the text.
    private static func merge(
        _ patch: JSONObject, into document: inout JSON5Document, at pointer: JSONPointer
    ) throws(JSON5EditError) {
        for member in patch.members {
            let place = pointer.appending(member.key)
            switch member.value {
            case .null: try document.remove(place)
            case .object(let inner) where document.value[place]?.object != nil:
                try merge(inner, into: &document, at: place)
            default: try document.set(place, to: withoutNulls(member.value))
            }
        }
    }

    /// What a patch adds has no members that are to be removed.
    private static func withoutNulls(_ value: JSON) -> JSON {
        guard case .object(let object) = value else { return value }
        return .object(
            JSONObject(object.members.filter { !$0.value.isNull }.map { ($0.key, withoutNulls($0.value)) }))
    }
}
