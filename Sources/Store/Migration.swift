/// One step of the schema, as data. Each target contributes its own; together they are numbered 1, 2, 3 … without a
/// gap, so that none can be skipped, and a released one never changes.
package struct Migration: Sendable {
    package let number: Int
    /// For the log and for the error when it fails.
    package let name: String
    package let statements: [StaticString]

    package init(_ number: Int, _ name: String, _ statements: [StaticString]) {
        self.number = number
        self.name = name
        self.statements = statements
    }
}

/// Every step from an empty file to the schema this program knows, in order: the store's own, then what the targets
/// contribute.
package struct Schema: Sendable {
    package let migrations: [Migration]

    /// The version that a store has when every step was taken.
    package var version: Int { migrations.count }

    /// Traps when a number is missing or taken twice: that is a mistake made while composing the program.
    package init(_ contributed: [Migration] = []) {
        migrations = (Migration.store + contributed).sorted { $0.number < $1.number }
        for (index, migration) in migrations.enumerated() {
            precondition(
                migration.number == index + 1,
                "migration \(migration.number) (\(migration.name)) stands where number \(index + 1) belongs")
        }
    }
}

extension Migration {
    /// What the store itself needs.
    static let store: [Migration] = [
        Migration(
            1, "facts",
            [
                """
                CREATE TABLE facts (
                    key TEXT NOT NULL PRIMARY KEY,
                    value TEXT NOT NULL CHECK (json_valid(value)),
                    updated_at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID
                """
            ])
    ]
}
