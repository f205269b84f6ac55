package import Platform

/// Why the configuration was not written. The file is then as it was.
package enum ConfigWriteError: Error, Sendable, CustomStringConvertible {
    /// There is a file, and the writer did not say which state of it the change is for.
    case baseHashRequired
    case changedMeanwhile
    /// Another writer is at work for longer than one takes.
    case busy(LockOwner)
    case unreadable(ConfigRefusal)
    /// The new text is no configuration; it was kept at `kept`.
    case invalid(ConfigRefusal, kept: String?)
    case cannotEdit(String)
    case dropsMode(kept: String?)
    case losesTooMuch(from: Int, to: Int, kept: String?)
    /// Lists would lose elements, and the change does not say that this is meant.
    case shrinksLists([String])
    /// The value of a setting comes from an included file, which is not written.
    case included(setting: String, file: String)
    case file(FileError)

    package var description: String {
        switch self {
        case .baseHashRequired: "config base hash required; re-run config.get and retry"
        case .changedMeanwhile: "config changed since last load; re-run config.get and retry"
        case .busy(let owner):
            "another program writes the configuration\(owner.process.map { " (pid \($0))" } ?? ""); try again"
        case .unreadable(let refusal): "the configuration cannot be changed as it is: \(refusal)"
        case .invalid(let refusal, let kept): "invalid config: \(refusal)\(Self.note(kept))"
        case .cannotEdit(let reason): reason
        case .dropsMode(let kept):
            "gateway.mode would be lost, and the gateway would not start again; keep it, or ask for a change that "
                + "may lose settings\(Self.note(kept))"
        case .losesTooMuch(let from, let to, let kept):
            "the file would shrink from \(from) to \(to) bytes, less than half; ask for a change that may lose "
                + "settings\(Self.note(kept))"
        case .shrinksLists(let lists):
            "the patch would remove elements of \(lists.joined(separator: ", ")); to mean it, name "
                + "\(lists.count == 1 ? "this list" : "these lists") in replacePaths"
        case .included(let setting, let file): "\(setting) is set in \(file); change it there"
        case .file(let error): "\(error)"
        }
    }

    /// What protocol.md section 7 calls `issues`.
    package var issues: [ConfigProblem] {
        switch self {
        case .invalid(let refusal, _), .unreadable(let refusal): refusal.problems
        default: []
        }
    }

    private static func note(_ kept: String?) -> String { kept.map { "\n  what was refused: \($0)" } ?? "" }
}
