import CSQLite

/// A prepared statement and, while it runs, the row it stands on.
final class SQLiteStatement: RowSource {
    let handle: OpaquePointer
    fileprivate(set) var isBusy = true
    fileprivate var lastUse = 0

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { sqlite3_finalize(handle) }

    /// Parameters are numbered from 1. Returns the engine's code.
    func bind(_ value: StoreValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let value): return sqlite3_bind_int64(handle, index, value)
        case .double(let value): return sqlite3_bind_double(handle, index, value)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    // An empty string may have no address, which the engine would read as null.
                    csqlite_bind_text(handle, index, $0.baseAddress ?? empty, UInt64($0.count))
                }
            }
        case .blob(let bytes):
            if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBytes {
                csqlite_bind_blob(handle, index, $0.baseAddress, UInt64($0.count))
            }
        }
    }

    var columns: Int { Int(sqlite3_column_count(handle)) }

    func value(_ column: Int) -> StoreValue {
        let index = Int32(column)
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT: return .double(sqlite3_column_double(handle, index))
        case SQLITE_TEXT:
            let start = sqlite3_column_text(handle, index)
            let count = Int(sqlite3_column_bytes(handle, index))
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(handle, index)
            let count = Int(sqlite3_column_bytes(handle, index))
            return .blob([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }
}

private nonisolated(unsafe) let empty: UnsafePointer<CChar> = {
    let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    byte.pointee = 0
    return UnsafePointer(byte)
}()

/// Prepared statements by the address of their text, since statements are literals. The least recently used one goes
/// when there are too many.
package struct StatementCache {
    /// A statement takes a few kilobytes.
    package static let limit = 64

    private struct Key: Hashable {
        let start: UnsafePointer<UInt8>
        let length: Int
    }

    private var statements: [Key: SQLiteStatement] = [:]
    private var uses = 0

    var count: Int { statements.count }

    /// An idle statement for `sql`: the kept one, or what `prepare` makes. One that runs already is left alone: a
    /// closure that reads rows may run the same text again.
    mutating func take(
        _ sql: StaticString, prepare: () throws(StoreError) -> OpaquePointer
    ) throws(StoreError) -> SQLiteStatement {
        let key = Key(start: sql.utf8Start, length: sql.utf8CodeUnitCount)
        uses += 1
        if let known = statements[key], !known.isBusy {
            known.isBusy = true
            known.lastUse = uses
            return known
        }
        let statement = SQLiteStatement(try prepare())
        statement.lastUse = uses
        guard statements[key] == nil else { return statement }
        if statements.count >= Self.limit,
            let oldest = statements.filter({ !$0.value.isBusy }).min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            statements[oldest.key] = nil
        }
        if statements.count < Self.limit { statements[key] = statement }
        return statement
    }

    func giveBack(_ statement: SQLiteStatement) {
        sqlite3_reset(statement.handle)
        sqlite3_clear_bindings(statement.handle)
        statement.isBusy = false
    }

    mutating func removeAll() { statements = [:] }
}
