/// What a read sees: the store as it was when the read began, whatever is written meanwhile.
///
/// Statements are literals. Values go in as parameters, never into the text.
package struct ReadTransaction: ~Copyable {
    let session: any StoreSession

    init(_ session: any StoreSession) { self.session = session }

    /// Every row of the answer, through `read`.
    package borrowing func rows<Value>(
        _ sql: StaticString, _ parameters: any Storable..., read: (borrowing Row) throws(StoreError) -> Value
    ) throws(StoreError) -> [Value] {
        try session.rows(sql, parameters, read: read)
    }

    /// The first row of the answer, through `read`; nil when there is none.
    package borrowing func first<Value>(
        _ sql: StaticString, _ parameters: any Storable..., read: (borrowing Row) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try session.first(sql, parameters, read: read)
    }
}

/// What a write works on. It sees its own changes; others see them after the commit that it shares with whatever was
/// queued beside it. Throwing undoes this unit alone.
package struct WriteTransaction: ~Copyable {
    let session: any StoreSession

    init(_ session: any StoreSession) { self.session = session }

    /// Runs a statement that answers no rows. Returns how many rows it changed.
    @discardableResult
    package borrowing func run(_ sql: StaticString, _ parameters: any Storable...) throws(StoreError) -> Int {
        try session.run(sql, parameters.map(\.stored)) { _ in true }
    }

    /// Every row of the answer, through `read`. `RETURNING` makes a change answer.
    package borrowing func rows<Value>(
        _ sql: StaticString, _ parameters: any Storable..., read: (borrowing Row) throws(StoreError) -> Value
    ) throws(StoreError) -> [Value] {
        try session.rows(sql, parameters, read: read)
    }

    /// The first row of the answer, through `read`; nil when there is none.
    package borrowing func first<Value>(
        _ sql: StaticString, _ parameters: any Storable..., read: (borrowing Row) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        try session.first(sql, parameters, read: read)
    }
}

extension StoreSession {
    func run(_ sql: StaticString) throws(StoreError) {
        _ = try run(sql, []) { _ in true }
    }

    func rows<Value>(
        _ sql: StaticString, _ parameters: [any Storable], read: (borrowing Row) throws(StoreError) -> Value
    ) throws(StoreError) -> [Value] {
        var values: [Value] = []
        _ = try run(sql, parameters.map(\.stored)) { (row) throws(StoreError) in
            values.append(try read(row))
            return true
        }
        return values
    }

    func first<Value>(
        _ sql: StaticString, _ parameters: [any Storable], read: (borrowing Row) throws(StoreError) -> Value
    ) throws(StoreError) -> Value? {
        var value: Value?
        _ = try run(sql, parameters.map(\.stored)) { (row) throws(StoreError) in
            value = try read(row)
            return false
        }
        return value
    }
}
