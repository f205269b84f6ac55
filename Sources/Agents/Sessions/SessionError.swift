/// Why a session cannot be used.
package enum SessionError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknown(String)
    case badKey(String)
    /// Its send policy takes no messages.
    case blocked
    /// The disk or the store refused; nothing of what was asked has happened.
    case notStored(String)
    /// The transcript cannot be read; where it lies, and why.
    case unreadable(path: String, reason: String)
    /// The main session of an agent stays.
    case main(String)
    /// One record that is larger than a transcript takes.
    case tooLarge(bytes: Int, limit: Int)
    /// A choice that cannot be made; a sentence that says what can.
    case badChoice(String)

    package var description: String {
        switch self {
        case .unknown(let key): "no session \"\(key)\""
        case .badKey(let key): "\"\(Self.shown(key))\" is no session key; one looks like agent:main:main"
        case .blocked: "send blocked by session policy"
        case .notStored(let reason): "the session could not be stored: \(reason)"
        case .unreadable(let path, let reason): "the transcript \(path) cannot be read: \(reason)"
        case .main(let key): "Cannot delete the main session (\(key))."
        case .tooLarge(let bytes, let limit):
            "a record of \(bytes) bytes is larger than a transcript takes (\(limit)); send it in parts or smaller"
        case .badChoice(let text): text
        }
    }

    /// What comes from outside must not steer the terminal that shows it.
    private static func shown(_ text: String) -> String {
        text.unicodeScalars.map { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) ? "?" : String($0) }.joined()
    }
}
