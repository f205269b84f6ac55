/// Why the store refused. Each text says what happened, where, and what to do next.
package enum StoreError: Error, Hashable, Sendable {
    /// No space for the write; nothing of it was stored.
    case full(path: String)
    /// The disk failed, or became read-only.
    case disk(path: String, reason: String)
    /// The file does not hold what was written to it.
    case damaged(path: String, reason: String)
    /// The store was written by a newer version than this one. Exit 78.
    case newer(path: String, version: Int, known: Int)
    /// A database of another program.
    case foreign(path: String)
    case cannotOpen(path: String, reason: String)
    case migrationFailed(number: Int, name: String, reason: String)
    /// Another process held the store for longer than the store waits.
    case busy(path: String)
    /// More is waiting than the store lets wait.
    case queueFull(limit: Int)
    case closed
    /// A uniqueness, check or reference rule of the schema was broken.
    case constraint(String)
    /// A statement that the engine does not accept: a mistake in the program.
    case statement(String)
    /// A column does not hold what the program expects there.
    case unexpectedValue(column: Int, found: String, wanted: String)
    /// The unit of work undid itself.
    case rejected(String)
}

extension StoreError {
    /// Whether the disk is to blame, so that the same write may succeed later.
    var isTrouble: Bool {
        switch self {
        case .full, .disk, .busy, .cannotOpen: true
        default: false
        }
    }

    var isDamage: Bool {
        if case .damaged = self { true } else { false }
    }
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .full(let path):
            "the disk that holds \(path) is full, so this write was not stored. Nothing stored before is lost. "
                + "Free space there (see df -h \(directory(of: path))); the store goes on by itself."
        case .disk(let path, let reason):
            "the disk that holds \(path) failed: \(reason). This was not stored; nothing stored before is touched. "
                + "Look at the kernel's log (dmesg) and at the mount; the store goes on by itself when writes work again."
        case .damaged(let path, let reason):
            "the store \(path) is damaged: \(reason). It is moved aside, not deleted, and a new one takes its place."
        case .newer(let path, let version, let known):
            "the store \(path) has version \(version), and this program knows versions up to \(known). Run the newer "
                + "program again, or put back the copy \(path).before-v… that it kept when it changed the store."
        case .foreign(let path):
            "\(path) is a database of another program. Move it away, or choose another state directory."
        case .cannotOpen(let path, let reason):
            "cannot open the store \(path): \(reason). Its directory must exist, belong to this user, and "
                + "lie on a local disk."
        case .migrationFailed(let number, let name, let reason):
            "migration \(number) (\(name)) of the store failed: \(reason). The store is as it was before."
        case .busy(let path):
            "another process holds the store \(path). End it (see fuser \(path)) and try again."
        case .queueFull(let limit):
            "the store is behind: \(limit) operations are waiting already, and this one was not accepted. Try again later."
        case .closed:
            "the store is closed: the program is stopping."
        case .constraint(let reason):
            "the store refused a value: \(reason)."
        case .statement(let reason):
            "the store does not accept a statement: \(reason). This is a mistake in the program; please report it."
        case .unexpectedValue(let column, let found, let wanted):
            "column \(column) of the store's answer holds \(found) where \(wanted) is expected. "
                + "This is a mistake in the program; please report it."
        case .rejected(let reason):
            reason
        }
    }
}
