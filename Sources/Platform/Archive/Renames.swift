#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Renames that belong together: after a failure those that were made are taken back, and after a kill the journal
/// says which they were. All of it blocks.
package struct Renames {
    private static let journalLimit = 16 << 20

    private let journal: String
    private var done: [(from: String, to: String)] = []

    /// `journal` is a file that is there as long as not all is done.
    package init(journal: String) { self.journal = journal }

    /// Nothing may be at `target`. It stands in the journal before it is made.
    package mutating func rename(_ path: String, to target: String) throws(FileError) {
        try FileError.on(path, .move) { () throws(SystemError) in
            guard try fileStatus(target, followLinks: false) == nil else {
                throw SystemError(code: EEXIST, call: "rename")
            }
        }
        let pairs = done + [(path, target)]
        try AtomicFile.write(
            JSONWriter.bytes(of: .array(pairs.map { .array([.string($0.from), .string($0.to)]) })), to: journal)
        try FileError.on(path, .move) { () throws(SystemError) in
            guard Self.move(path, target) == 0 else { throw .last("rename") }
        }
        done = pairs
    }

    /// All that was to be done is done.
    package mutating func finish() throws(FileError) {
        done = []
        try FileRemoval.remove(journal)
    }

    /// The last first. One that fails is left.
    package mutating func undo() {
        for (from, to) in done.reversed() { _ = Self.move(to, from) }
        done = []
        try? FileRemoval.remove(journal)
    }

    /// Takes back what a killed process had done; returns whether there was anything. What has come into its old place
    /// meanwhile is not replaced.
    package static func takeBack(journal: String) throws(FileError) -> Bool {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try FileReading.read(journal, limit: journalLimit) } catch {
            if error.isMissing { return false }
            throw error
        }
        for pair in ((try? JSONParser.parse(bytes.span))?.array ?? []).reversed() {
            guard let pair = pair.array, pair.count == 2, let from = pair[0].string, let to = pair[1].string,
                (try? fileStatus(to, followLinks: false)) ?? nil != nil,
                try FileFacts.of(from, followLinks: false) == nil
            else { continue }
            try FileError.on(to, .move) { () throws(SystemError) in
                guard move(to, from) == 0 else { throw .last("rename") }
            }
        }
        try FileRemoval.remove(journal)
        return true
    }

    /// Returns once all that any directory of this machine was told is on the disk: names within a new tree too, for
    /// which there would else be one call per directory.
    package static func settle() { sync() }

    private static func move(_ path: String, _ target: String) -> Int32 {
        #if canImport(Glibc)
        Glibc.rename(path, target)
        #else
        Darwin.rename(path, target)
        #endif
    }
}
