package import Platform

/// A directory for files that came from chats or wait to be sent to them. All names are ours: a sender's word never
/// becomes a part of a path. What is old goes, and the oldest when there is no room.
package struct MediaShelf: Sendable {
    package static let age = Duration.seconds(7 * 24 * 3600)
    /// Bytes of all files together.
    package static let room = 2 << 30
    /// Bytes of a name without its end.
    private static let nameLength = 32

    package let path: String
    /// For how long no file goes for want of room: somebody may be about to use it.
    package let spared: Duration

    package init(_ path: String, spared: Duration) {
        self.path = path
        self.spared = spared
    }

    /// The same words give the same name.
    package static func name(of words: String) -> String {
        String(Hex.encode(SHA256.hash(words)).prefix(nameLength))
    }

    package static func randomName() -> String { Hex.encode(SecureRandom.bytes(nameLength / 2)) }

    package func path(of name: String) -> String { path + "/" + name }

    /// Makes the directory where it is missing, and room for `bytes` more. False when there is none. Blocks.
    package func prepare(for bytes: Int, now: WallTime) throws(FileError) -> Bool {
        try PrivateDirectory.create(path)
        return try tidy(now: now, room: Self.room - bytes)
    }

    /// Removes what is too old, and then what is oldest until no more than `room` bytes are there; false when that
    /// cannot be reached. Only files with names of ours are touched. Blocks.
    func tidy(now: WallTime, room: Int) throws(FileError) -> Bool {
        let directory = try SafeDirectory(path)
        let entries = try directory.entries().filter { $0.kind == .file }
        // What a crashed writer left; one at work has begun just now.
        for entry in entries where AtomicFile.isLeftover(entry.name) {
            guard now.nanoseconds - entry.modifiedNanoseconds > spared.inNanoseconds else { continue }
            try directory.remove(try SafePath(entry.name))
        }
        let files = entries.filter { Self.isName($0.name) }
            .sorted { $0.modifiedNanoseconds < $1.modifiedNanoseconds }
        var total = files.reduce(0) { $0 + $1.size }
        for file in files {
            let age = now.nanoseconds - file.modifiedNanoseconds
            let isOld = age > Self.age.inNanoseconds
            guard isOld || total > room && age > spared.inNanoseconds else { continue }
            try directory.remove(try SafePath(file.name))
            total -= file.size
        }
        return total <= room
    }

    private static func isName(_ name: String) -> Bool {
        let stem = name.utf8.prefix { $0 != UInt8(ascii: ".") }
        return stem.count == nameLength && stem.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

extension MediaType {
    /// Of a file. Blocks.
    package init(of file: OpenFile) throws(FileError) {
        self.init(head: try file.bytes(from: 0, atMost: Self.headBytes))
    }
}
