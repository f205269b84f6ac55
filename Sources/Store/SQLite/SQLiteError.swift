import CSQLite
import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension SQLiteConnection {
    /// The one place where the engine's codes become the store's errors.
    static func error(_ handle: OpaquePointer, _ code: Int32, path: String, sql: StaticString?) -> StoreError {
        let message = sqlite3_errmsg(handle).map { String(cString: $0) } ?? "code \(code)"
        let statement = sql.map { "\(message), in: \($0)" } ?? message
        // The low byte is the kind; the rest says where it came from.
        switch code & 0xff {
        case SQLITE_FULL: return .full(path: path)
        case SQLITE_IOERR:
            let cause = sqlite3_system_errno(handle)
            if cause == ENOSPC || cause == EDQUOT { return .full(path: path) }
            let reason = cause == 0 ? message : "\(message): \(SystemError(code: cause, call: "").reason)"
            return .disk(path: path, reason: "\(reason) (code \(code))")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: return .disk(path: path, reason: "\(message) (code \(code))")
        // A virtual table whose own content is wrong says nothing about the file.
        case SQLITE_CORRUPT where code != csqlite_corrupt_vtab, SQLITE_NOTADB:
            return .damaged(path: path, reason: message)
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: return .busy(path: path)
        case SQLITE_CANTOPEN:
            let cause = sqlite3_system_errno(handle)
            if cause == ENOSPC || cause == EDQUOT { return .full(path: path) }
            let reason = cause == 0 ? message : SystemError(code: cause, call: "").reason
            return .cannotOpen(path: path, reason: reason)
        case SQLITE_NOMEM: return .cannotOpen(path: path, reason: "out of memory")
        case SQLITE_INTERRUPT: return .closed
        case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG: return .constraint(message)
        default: return .statement(statement)
        }
    }
}
