import Platform
import Settings

/// Something about secrets that its owner should change. Never holds a secret.
struct SecretFinding: Sendable {
    /// The words of OpenClaw, which scripts know.
    enum Code: String, Sendable {
        case plaintext = "PLAINTEXT_FOUND"
        case unresolved = "REF_UNRESOLVED"
        case open = "FILE_OPEN_TO_OTHERS"
        case residue = "LEGACY_RESIDUE"

        /// As a person reads it.
        var label: String {
            switch self {
            case .plaintext: "Written out"
            case .unresolved: "Not to be had"
            case .open: "Open to others"
            case .residue: "Written out, of an older install"
            }
        }
    }

    let code: Code
    /// The file, with the line where it is known.
    let place: String
    /// The setting or the key in the file; empty where the file as a whole is meant.
    let setting: String
    let message: String
    /// What may stand in its place.
    var proposal: JSON?
    /// A command that helps.
    var next: String?

    var json: JSON {
        var json: JSON = [
            "code": .string(code.rawValue), "file": .string(place), "path": .string(setting),
            "message": .string(message),
        ]
        json["proposal"] = proposal
        json["next"] = next.map(JSON.string)
        return json
    }
}

/// The file that `secrets apply` moves secrets to, and how the configuration names it.
struct SecretsFile: Sendable {
    static let provider = "openclaw"
    static let name = "secrets.json"

    let path: String
    /// As the configuration has it.
    let shown: String

    init(_ instance: Instance) {
        path = instance.stateDirectory + "/" + Self.name
        shown = instance.shown(path)
    }

    /// All secrets of the file lie side by side, each under the path of its setting.
    static func ref(_ setting: String) -> JSON {
        [
            "source": "file", "provider": .string(provider),
            "id": .string(JSONPointer([setting]).pointerText),
        ]
    }

    var providerEntry: JSON { ["source": "file", "path": .string(shown), "mode": "json"] }
}

extension JSONPointer {
    /// As RFC 6901 writes it.
    var pointerText: String {
        tokens.map { token in
            "/" + token.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
        }.joined()
    }
}
