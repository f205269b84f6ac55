import Platform

/// A row that stands in the store from the first commit of a session until its clean close: whoever finds it while
/// opening follows a process that was killed or lost power. It travels with the file, so a copy of a store in use
/// tells too; it becomes durable with the first write, so opening costs no fsync; and a session that wrote nothing
/// leaves nothing to check.
enum OpenMarker {
    static let key = "store.open"

    static func isSet(in session: any StoreSession) throws(StoreError) -> Bool {
        try session.fact(key) != nil
    }

    static func set(in session: any StoreSession) throws(StoreError) {
        let now = WallTime.system()
        try session.setFact(key, json: "{\"since\":\(now.milliseconds)}", at: now)
    }

    static func clear(in session: any StoreSession) throws(StoreError) {
        _ = try session.run("DELETE FROM facts WHERE key = ?", [.text(key)]) { _ in true }
    }
}
