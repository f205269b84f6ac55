/// Where a row's columns come from; valid until the engine takes its next step.
package protocol RowSource: AnyObject {
    var columns: Int { get }
    func value(_ column: Int) -> StoreValue
}

/// One row of an answer, lent to the closure that reads it: `let name: String = try row[0]`.
package struct Row: ~Copyable {
    private let source: any RowSource

    package init(_ source: any RowSource) { self.source = source }

    /// The column as `Value`. A column that may be null is read as an optional.
    package subscript<Value: Storable>(column: Int) -> Value {
        get throws(StoreError) {
            precondition(column >= 0 && column < source.columns, "the statement answers \(source.columns) columns")
            let stored = source.value(column)
            guard let value = Value(stored: stored) else {
                throw .unexpectedValue(column: column, found: stored.kind, wanted: "\(Value.self)")
            }
            return value
        }
    }
}
