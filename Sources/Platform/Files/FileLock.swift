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

    /// Whether a process has this number now, be it this owner's or another's.
    var isThere: Bool { process.map { kill($0, 0) == 0 || errno == EPERM } ?? false }

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
    /// How often the file may be replaced between open and lock before that counts as an error.
    private static let attempts = 100
    /// How often a holder is given the time to say who it is: between its lock and its first word lies a moment, in
    /// which the file is empty or names an owner that is long gone.
    static let patience = 100

    package let path: String
    private let descriptor: OwnedDescriptor

    private init(_ descriptor: consuming OwnedDescriptor, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// The lock that the program before us in this process held on this file, if the descriptor is that; else it is
    /// closed.
    package static func adopt(_ descriptor: Int32, _ path: String, as owner: LockOwner) -> FileLock? {
        let file = OwnedDescriptor(descriptor)
        _ = fcntl(file.number, F_SETFD, FD_CLOEXEC)
        guard (try? names(path, file.number)) == true, (try? lock(file.number)) == true else { return nil }
        writeOwner(owner, to: file.number)
        return FileLock(file, path)
    }

    /// A descriptor that holds the lock beyond this object, for the program that takes our place. Nil when there are
    /// no descriptors left.
    package func handOver() -> Int32? {
        let copy = fcntl(descriptor.number, F_DUPFD_CLOEXEC, 3)
        return copy >= 0 ? copy : nil
    }

    /// Takes the lock or tells at once who has it. Blocks only as long as the disk does.
    package static func acquire(_ path: String, as owner: LockOwner) throws(FileError) -> Outcome {
        try acquire(path, as: owner, opened: {})
    }

    package static func acquire(_ path: String, as owner: LockOwner) async throws(FileError) -> Outcome {
        try await BlockingPool.shared.run { () throws(FileError) in try acquire(path, as: owner) }
    }

    /// `opened` is called between open and lock, where the file may be replaced under us; `pause` while a holder has
    /// not said yet who it is.
    static func acquire(
        _ path: String, as owner: LockOwner, opened: () -> Void, pause: () -> Void = { _ = poll(nil, 0, 2) }
    ) throws(FileError) -> Outcome {
        try FileError.on(path, .lock) { () throws(SystemError) in
            var waits = 0
            var replaced = 0
            while replaced < attempts {
                let file = try OwnedDescriptor.open(
                    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: AtomicFile.privateMode)
                opened()
                guard try lock(file.number) else {
                    let holder = readOwner(file.number)
                    guard waits < patience, !holder.isThere else { return .heldBy(holder) }
                    waits += 1
                    pause()
                    continue
                }
                // Whoever opens the path now must meet the file that we locked, else both of us would own the lock.
                guard try names(path, file.number) else {
                    replaced += 1
                    continue
                }
                ftruncate(file.number, 0)
                writeOwner(owner, to: file.number)
                return .acquired(FileLock(file, path))
            }
            throw SystemError(code: EAGAIN, call: "flock")
        }
    }

    /// Whether the path still names the file that is locked. Someone who deletes lock files could otherwise let a
    /// second owner in without the first one noticing. Blocks as long as the disk does.
    package var isInPlace: Bool { (try? Self.names(path, descriptor.number)) ?? false }

    package func isStillInPlace() async -> Bool { await BlockingPool.shared.run { self.isInPlace } }

    /// Says more of the holder than was known when the lock was taken.
    package func describe(_ owner: LockOwner) async { await BlockingPool.shared.run { self.write(owner) } }

    func write(_ owner: LockOwner) { Self.writeOwner(owner, to: descriptor.number) }

    /// Gives the lock up before the object goes.
    package func release() {
        ftruncate(descriptor.number, 0)
        flock(descriptor.number, LOCK_UN)
    }

    /// Closing alone would leave it locked while a child that is just being started has the file open as well.
    deinit { flock(descriptor.number, LOCK_UN) }

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

    /// Without the hint the lock holds as well, so a full disk is no reason to refuse it. Never empty in between: who
    /// reads it meanwhile is to find someone.
    private static func writeOwner(_ owner: LockOwner, to descriptor: Int32) {
        let bytes = owner.bytes
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, min($0.count, ownerLimit), 0) }
        ftruncate(descriptor, max(0, written))
    }

    private static func readOwner(_ descriptor: Int32) -> LockOwner {
        var bytes = [UInt8](repeating: 0, count: ownerLimit)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return LockOwner(parsing: Array(bytes.prefix(max(0, count))))
    }
}
