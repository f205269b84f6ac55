package import Platform

/// Why a session is not as it was.
package enum SessionChange: String, Sendable {
    case create, patch, reset, delete, compact, cleanup
    /// A run or a command changed it.
    case update
}

/// Hears of every session what happens to it, once it is stored.
@LoopActor
package protocol SessionListener: AnyObject, Sendable {
    func session(_ record: SessionRecord, changed: SessionChange)
    func session(_ record: SessionRecord, appended: NumberedEntry)
}
