import Platform
import Store

/// Why a backup could not be made, read or put back.
enum BackupError: Error, Sendable {
    case file(FileError)
    case store(StoreError)
    case archive(ArchiveError)
    /// The archive was made by a newer version than this one.
    case newer(String)
    /// A file became shorter while it was read.
    case changed(String)
    /// What was unpacked is not what the manifest says.
    case differs(path: String, reason: String)
    case damagedStore(path: String, reason: String)

    static func wrap<Value: ~Copyable>(
        _ body: () throws(FileError) -> Value
    ) throws(BackupError) -> Value {
        do throws(FileError) { return try body() } catch { throw .file(error) }
    }

    /// `what` names the archive.
    func failure(_ what: String) -> CommandFailure {
        switch self {
        case .file(.system(let error, .read, let path)):
            CommandFailure(.notGood, "not-read", "\(FileError.system(error, .read, path: path))")
        case .file(let error): CommandFailure(.notGood, "not-written", "\(error)")
        case .store(let error): CommandFailure(.notGood, "store", "\(error)")
        case .archive(.cut):
            CommandFailure(
                .notGood, "cut", "\(what.shown) is cut off: its end is missing",
                details: ["nothing was changed; take another copy of the archive"])
        case .archive(.refused(let entry, let reason)):
            CommandFailure(
                .notGood, "refused", "\(what.shown) holds \"\(entry.shown)\", which is refused: \(reason)",
                details: ["no backup of openclaw has such an entry; nothing was changed"])
        case .archive(.damaged(let reason)):
            CommandFailure(
                .notGood, "damaged", "\(what.shown) is damaged: \(reason.shown)", details: ["nothing was changed"])
        case .newer(let version):
            CommandFailure(
                .notGood, "newer", "\(what.shown) was made by a newer openclaw (\(version.shown)); use that one")
        case .changed(let path):
            CommandFailure(
                .tryAgain, "changed-meanwhile", "\(path.shown) became shorter while it was read; try again")
        case .differs(let path, let reason):
            CommandFailure(
                .notGood, "changed", "\(what.shown) was changed: \(path.shown) \(reason)",
                details: ["nothing was changed here; take another copy of the archive"])
        case .damagedStore(let path, let reason):
            CommandFailure(
                .notGood, "store", "the store \(path.shown) in \(what.shown) is damaged: \(reason.shown)",
                details: ["nothing was changed"])
        }
    }
}
