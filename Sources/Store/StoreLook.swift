/// A look at a store's file by whoever does not have it open. Nothing is written. All of it blocks.
package enum StoreLook {
    package enum Soundness: Sendable {
        case sound
        case damaged(String)
        /// Nothing can be said of it: another process holds it, or it may not be read.
        case unknown(String)
    }

    package static func soundness(of path: String, _ schema: Schema) -> Soundness {
        do throws(StoreError) {
            let damage = try SQLiteEngine(path: path, schema: schema).findDamage(StopFlag())
            return damage.first.map { .damaged($0) } ?? .sound
        } catch .damaged(_, let reason) {
            return .damaged(reason)
        } catch {
            return .unknown("\(error)")
        }
    }

    /// Every row of the answer, through `read`.
    package static func rows<Value>(
        in path: String, _ sql: StaticString, read: (borrowing Row) throws(StoreError) -> Value
    ) throws(StoreError) -> [Value] {
        let connection = try SQLiteConnection(path, .reader)
        defer { connection.close(clean: false) }
        try connection.configure(SQLiteConnection.readerPragmas)
        return try connection.rows(sql, [], read: read)
    }
}
