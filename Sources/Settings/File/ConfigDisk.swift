import Platform

/// What a writer of the configuration does to files, so that tests can look at the disk after each step and let each
/// fail. All of it blocks.
struct ConfigDisk: Sendable {
    /// Returns false, and leaves the file as it is, when `condition` does not hold at the end.
    var write:
        @Sendable (
            _ bytes: [UInt8], _ path: String, _ permission: AtomicFile.Permission, _ condition: () -> Bool
        ) throws(FileError) -> Bool
    var remove: @Sendable (_ path: String) throws(FileError) -> Void

    static let real = ConfigDisk(
        write: { (bytes, path, permission, condition) throws(FileError) in
            try AtomicFile.write(bytes, to: path, permission: permission, onlyIf: condition)
        },
        remove: { (path) throws(FileError) in
            let directory = try SafeDirectory(ConfigReader.directory(of: path))
            try directory.remove(SafePath(String(path.dropFirst(directory.path == "/" ? 1 : directory.path.count + 1))))
        })
}

/// Dated files beside the configuration: backups of what was replaced, and what was refused.
struct DatedRing: Sendable {
    static let backups = DatedRing(label: "bak", limit: 10)
    static let rejected = DatedRing(label: "rejected", limit: 5)
    static let replaced = DatedRing(label: "before-restore", limit: 5)

    let label: String
    /// Older ones than so many are removed.
    let limit: Int

    /// Writes the newest and removes the oldest. Returns where it was written. Blocks.
    func add(_ bytes: [UInt8], beside path: String, at time: WallTime, _ disk: ConfigDisk) throws(FileError) -> String {
        // Later than the newest there is, even where the clock was set back or two come in one millisecond.
        let newest = ((try? entries(beside: path)) ?? []).last.flatMap { Self.time($0.suffix(Self.stampLength)) }
        let time = newest.map { max(time, WallTime(nanoseconds: $0.nanoseconds + 1_000_000)) } ?? time
        let place = "\(path).\(label).\(Self.stamp(time))"
        _ = try disk.write(bytes, place, .mode(AtomicFile.privateMode)) { true }
        // That an old one stays is no reason to fail.
        for old in ((try? entries(beside: path)) ?? []).dropLast(limit) { try? disk.remove(old) }
        return place
    }

    /// Oldest first: the names sort as the times do. Files that others named, `openclaw.json.bak.1` among them, are not
    /// ours to count or to remove.
    func entries(beside path: String) throws(FileError) -> [String] {
        let directory = ConfigReader.directory(of: path)
        let prefix = path.split(separator: "/").last.map { "\($0).\(label)." } ?? ""
        return try FileFacts.names(in: directory).filter {
            $0.hasPrefix(prefix) && Self.time($0.dropFirst(prefix.count)) != nil
        }.sorted()
            .map { directory == "/" ? "/" + $0 : directory + "/" + $0 }
    }

    /// `20261102T031245.123Z`: no colon, which not every file system takes.
    private static func stamp(_ time: WallTime) -> String {
        CalendarDate(time).text().filter { $0 != "-" && $0 != ":" }
    }

    private static let stampLength = "20261102T031245.123Z".utf8.count

    /// Nil for a name that nobody here gave.
    private static func time(_ stamp: Substring) -> WallTime? {
        let digits = stamp.utf8.filter { (48...57).contains($0) }.map { Int($0) - 48 }
        guard stamp.utf8.count == stampLength, digits.count == stampLength - 3 else { return nil }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        let date = CalendarDate(
            year: number(0..<4), month: number(4..<6), day: number(6..<8), hour: number(8..<10),
            minute: number(10..<12), second: number(12..<14), millisecond: number(14..<17))
        return date.isValid ? date.time() : nil
    }
}
