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

    package var description: String {
        switch self {
        case .unknown(let key): "no session \"\(key)\""
        case .badKey(let key): "\"\(key)\" is no session key; one looks like agent:main:main"
        case .blocked: "send blocked by session policy"
        case .notStored(let reason): "the session could not be stored: \(reason)"
        case .unreadable(let path, let reason): "the transcript \(path) cannot be read: \(reason)"
        }
    }
}
