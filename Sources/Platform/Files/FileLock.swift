#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the holder of a lock wrote into its file. A hint for people only: the kernel alone knows who holds a lock, and
/// inside containers every process id of an old owner seems to be alive.
package struct LockOwner: Hashable, Sendable {
    package var process: Int32?
    /// When and by what it was started, its version and profile: one line of text each.
    package var details: [String: String]

    package init(process: Int32?, details: [String: String] = [:]) {
        self.process = process
        self.details = details
    }

    /// Our own process.
    package static func current(_ details: [String: String] = [:]) -> LockOwner {
        LockOwner(process: getpid(), details: details)
    }

    /// The process id alone in the first line, as other tools expect it, then "name value" lines.
    var bytes: [UInt8] {
        var text = process.map { "\($0)" } ?? ""
        text += "\n"
        for (name, value) in details.sorted(by: { $0.key < $1.key }) {
            text += name.split(whereSeparator: \.isWhitespace).joined() + " "
            text +=
                value.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: " ") + "\n"
        }
        return Array(text.utf8)
    }

    /// Takes what it can: the file may be empty, half written or anyone's.
    package init(parsing bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0 == "\n" }
        process = lines.first.flatMap { Int32($0) }.flatMap { $0 > 0 ? $0 : nil }
        details = [:]
        for line in lines.dropFirst() {
            guard let space = line.firstIndex(of: " ") else { continue }
            details[String(line[..<space])] = String(line[line.index(after: space)...])
        }
    }
}

/// Exclusive use of something, for as long as this object lives: a lock that the kernel gives back when the process
/// ends, however it ends. The file itself stays, and means nothing while it is not locked.
package final class FileLock: Sendable {
    package enum Outcome: Sendable {
        case acquired(FileLock)
        case heldBy(LockOwner)
    }

    /// How much of a lock file is read for the hint.
    package static let ownerLimit = 4096
    /// How often, and how many microseconds apart, an empty hint is looked at again.
    private static let ownerReads = 10
    private static let ownerPause: UInt32 = 1000
    /// How often the file may be replaced between open and lock before that counts as an error.
    private static let attempts = 100

    package let path: String
    private let descriptor: OwnedDescriptor

    private init(_ descriptor: consuming OwnedDescriptor, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Takes the lock or tells at once who has it. Blocks only as long as the disk does.
    package static func acquire(_ path: String, as owner: LockOwner) throws(FileError) -> Outcome {
        try acquire(path, as: owner) {}
    }

    package static func acquire(_ path: String, as owner: LockOwner) async throws(FileError) -> Outcome {
        try await BlockingPool.shared.run { () throws(FileError) in try acquire(path, as: owner) }
    }

    /// `opened` is called between open and lock, where the file may be replaced under us.
    static func acquire(_ path: String, as owner: LockOwner, opened: () -> Void) throws(FileError) -> Outcome {
        try FileError.on(path, .lock) { () throws(SystemError) in
            for _ in 0..<attempts {
                let file = try OwnedDescriptor.open(
                    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: AtomicFile.privateMode)
                opened()
                guard try lock(file.number) else { return .heldBy(patientOwner(file.number)) }
                // Whoever opens the path now must meet the file that we locked, else both of us would own the lock.
                guard try names(path, file.number) else { continue }
                writeOwner(owner, to: file.number)
                return .acquired(FileLock(file, path))
            }
            throw SystemError(code: EAGAIN, call: "flock")
        }
    }

    /// Whether the path still names the file that is locked. Someone who deletes lock files could otherwise let a
    /// second owner in without the first one noticing. Blocks as long as the disk does.
    package var isInPlace: Bool { (try? Self.names(path, descriptor.number)) ?? false }

    /// Says more of the holder than was known when the lock was taken.
    package func describe(_ owner: LockOwner) { Self.writeOwner(owner, to: descriptor.number) }

    /// Gives the lock up before the object goes.
    package func release() {
        ftruncate(descriptor.number, 0)
        flock(descriptor.number, LOCK_UN)
    }

    private static func lock(_ descriptor: Int32) throws(SystemError) -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return false
            default: throw .last("flock")
            }
        }
        return true
    }

    private static func names(_ path: String, _ descriptor: Int32) throws(SystemError) -> Bool {
        guard let there = try fileStatus(path, followLinks: false) else { return false }
        return there.isSameFile(as: try fileStatus(descriptor))
    }

    /// Without the hint the lock holds as well, so a full disk is no reason to refuse it.
    private static func writeOwner(_ owner: LockOwner, to descriptor: Int32) {
        // Cut behind the new text, not before it: whoever reads meanwhile must not find nothing.
        let bytes = owner.bytes.prefix(ownerLimit)
        _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        ftruncate(descriptor, off_t(bytes.count))
    }

    /// An owner who has the lock since just now has not yet written who he is.
    private static func patientOwner(_ descriptor: Int32) -> LockOwner {
        for _ in 0..<ownerReads {
            let owner = readOwner(descriptor)
            if owner.process != nil { return owner }
            usleep(ownerPause)
        }
        return readOwner(descriptor)
    }

    private static func readOwner(_ descriptor: Int32) -> LockOwner {
        var bytes = [UInt8](repeating: 0, count: ownerLimit)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return LockOwner(parsing: Array(bytes.prefix(max(0, count))))
    }
}
