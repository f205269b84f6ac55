import Platform

/// Puts the secrets back that a client was not shown and sent back as marks.
enum RedactedSecrets {
    /// Nil when nothing is marked. A mark whose secret cannot be told is an error: it must not become the secret.
    static func restored(_ document: JSON5Document, from old: JSON?) throws(ConfigWriteError) -> JSON5Document? {
        var marks: [JSONPointer] = []
        find(document.value, JSONPointer(), &marks)
        guard !marks.isEmpty else { return nil }
        var secrets: [JSONPointer: JSON] = [:]
        for pointer in marks {
            guard let secret = old?[pointer], secret.string != nil || secret.isNumber,
                secret != .string(SecretWalk.mark),
                listsAreAlike(document.value, old, along: pointer)
            else {
                throw .cannotEdit(
                    "\(pointer.setting(in: document.value)): \(SecretWalk.mark) stands for a secret that is not in the "
                        + "file at this place; give the secret itself")
            }
            secrets[pointer] = secret
        }
        var document = document
        do throws(JSON5EditError) { try document.replaceScalars(secrets) } catch { throw .cannotEdit("\(error)") }
        return document
    }

    private static func find(_ value: JSON, _ pointer: JSONPointer, _ found: inout [JSONPointer]) {
        switch value {
        case .string(let text): if text == SecretWalk.mark { found.append(pointer) }
        case .array(let values):
            for (position, value) in values.enumerated() { find(value, pointer.appending(String(position)), &found) }
        case .object(let object):
            for member in object.members { find(member.value, pointer.appending(member.key), &found) }
        default: break
        }
    }

    /// In a list that grew or shrank, an element's number does not say which one it was.
    private static func listsAreAlike(_ new: JSON, _ old: JSON?, along pointer: JSONPointer) -> Bool {
        var (new, old): (JSON?, JSON?) = (new, old)
        for token in pointer.tokens {
            if let list = new?.array, list.count != old?.array?.count { return false }
            let step = JSONPointer([token])
            (new, old) = (new?[step], old?[step])
        }
        return true
    }
}

extension JSON {
    var isNumber: Bool {
        switch self {
        case .int, .double, .number: true
        default: false
        }
    }
}
