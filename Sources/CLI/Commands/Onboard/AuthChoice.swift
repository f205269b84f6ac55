import Models
import Platform

/// The words of `--auth-choice`, and the flags that give keys: one for each provider that is known.
enum AuthChoice: Equatable {
    case key(provider: String)
    /// A server of a known kind that needs no key.
    case server(provider: String)
    case custom
    case skip

    static var words: [String] {
        ["apiKey"] + WellKnown.providers.map { $0.needsKey ? "\(stem($0.id))-api-key" : $0.id }
            + ["custom-api-key", "skip"]
    }

    init?(_ word: String) {
        switch word {
        case "skip": self = .skip
        case "custom-api-key": self = .custom
        case "apiKey": self = .key(provider: "anthropic")
        default:
            let known = WellKnown.providers.first {
                $0.needsKey ? "\(Self.stem($0.id))-api-key" == word : $0.id == word
            }
            guard let known else { return nil }
            self = known.needsKey ? .key(provider: known.id) : .server(provider: known.id)
        }
    }

    /// Flags that each give one provider's key.
    static var keyFlags: [(provider: String, flag: Flag)] {
        WellKnown.providers.map { known in
            (
                known.id,
                Flag("--\(stem(known.id))-api-key", "<secret>", "the key of \(known.id), as --custom-api-key takes it")
            )
        }
    }

    /// Google's key and Vercel's have other names than their providers.
    private static func stem(_ provider: String) -> String {
        switch provider {
        case "google": "gemini"
        case "vercel-ai-gateway": "ai-gateway"
        default: provider
        }
    }
}
