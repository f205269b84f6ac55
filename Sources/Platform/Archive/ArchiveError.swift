/// Why an archive is not what it should be.
package enum ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It stops before its end.
    case cut
    case damaged(String)
    /// It has something in it that no archive of ours has, and that could do harm.
    case refused(entry: String, reason: String)

    package var description: String {
        switch self {
        case .cut: "it is cut off: its end is missing"
        case .damaged(let what): "it is damaged: \(what)"
        case .refused(let entry, let reason): "it holds \"\(entry)\", which is refused: \(reason)"
        }
    }
}
