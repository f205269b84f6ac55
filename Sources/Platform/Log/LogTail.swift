#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The end of a file of the log, or what came since a reader was there last. Whole lines only.
package struct LogTail: Hashable, Sendable {
    package static let defaultLines = 500
    package static let lineLimit = 5000
    package static let defaultBytes = 250_000
    package static let byteLimit = 1_000_000

    /// Without their line feeds.
    package var lines: [String] = []
    /// The offset at which a reader goes on.
    package var cursor = 0
    package var size = 0
    /// Whether there is more before the first line than was asked for.
    package var isTruncated = false
    /// Whether `cursor` was of no use, because the file is another one by now or too much came since: the lines are
    /// the end of the file instead.
    package var isReset = false

    package init() {}

    /// Blocks; for the blocking pool. A file that is not there has no lines.
    package static func read(
        _ path: String, from cursor: Int? = nil, lines limit: Int = defaultLines, bytes maxBytes: Int = defaultBytes
    ) throws(FileError) -> LogTail {
        let file: OwnedDescriptor
        do throws(SystemError) {
            file = try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
        } catch {
            guard error.code == ENOENT else { throw .system(error, .read, path: path) }
            var tail = LogTail()
            tail.isReset = cursor ?? 0 > 0
            return tail
        }
        let number = file.number
        let status = try FileError.on(path, .read) { () throws(SystemError) in try fileStatus(number) }
        guard status.kind == S_IFREG else { throw .notRegular(path: path) }
        return try FileError.on(path, .read) { () throws(SystemError) in
            try read(number, size: Int(status.st_size), from: cursor, limit, maxBytes)
        }
    }

    private static func read(
        _ file: Int32, size: Int, from cursor: Int?, _ limit: Int, _ maxBytes: Int
    ) throws(SystemError) -> LogTail {
        var tail = LogTail()
        tail.size = size
        var start = max(0, size - maxBytes)
        if let cursor {
            // An offset within a line was never given out: it belongs to a file that was put aside.
            var fits = cursor <= size
            if fits, cursor > 0 { fits = try readBytes(file, from: cursor - 1, count: 1).first == lineFeed }
            tail.isReset = !fits || cursor < start
            if !tail.isReset { start = cursor }
        }
        tail.isTruncated = start > 0 && (cursor == nil || tail.isReset)
        // One byte more tells whether `start` begins a line.
        let from = max(0, start - 1)
        var text = try readBytes(file, from: from, count: size - from)[...]
        if start > 0 {
            guard let feed = text.firstIndex(of: lineFeed) else {
                tail.cursor = size
                return tail
            }
            text = text[(feed + 1)...]
        }
        // What has no end yet is read when it has.
        let end = text.lastIndex(of: lineFeed).map { $0 + 1 } ?? text.startIndex
        tail.cursor = from + end
        let lines = text[..<end].split(separator: lineFeed)
        if lines.count > limit { tail.isTruncated = true }
        tail.lines = lines.suffix(limit).map { String(decoding: $0, as: UTF8.self) }
        return tail
    }

    private static let lineFeed: UInt8 = 0x0a
}
