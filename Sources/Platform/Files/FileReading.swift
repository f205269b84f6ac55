#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads whole files, never more than the caller says it can take.
package enum FileReading {
    private static let chunkBytes = 64 * 1024

    /// Blocks; for the blocking pool. An asynchronous caller gets the overload below.
    package static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
        let file = try FileError.on(path, .read) { () throws(SystemError) in
            // Without O_NONBLOCK the open of a named pipe would wait for a writer.
            try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK)
        }
        return try read(file, path: path, limit: limit)
    }

    /// Whether something is at the path, wherever links lead. Blocks as long as the disk does.
    package static func exists(_ path: String) -> Bool { (try? fileStatus(path, followLinks: true)) ?? nil != nil }

    package static func read(_ path: String, limit: Int) async throws(FileError) -> [UInt8] {
        try await BlockingPool.shared.run { () throws(FileError) in try read(path, limit: limit) }
    }

    /// All that an open regular file holds. The size it had at first is not believed: a file may grow meanwhile, and
    /// those under /proc say 0.
    static func read(_ file: borrowing OwnedDescriptor, path: String, limit: Int) throws(FileError) -> [UInt8] {
        let number = file.number
        let status = try FileError.on(path, .read) { () throws(SystemError) in try fileStatus(number) }
        guard status.kind == S_IFREG else { throw .notRegular(path: path) }
        guard status.st_size <= limit else { throw .tooLarge(path: path, limit: limit) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        let failure = withUnsafeTemporaryAllocation(byteCount: chunkBytes, alignment: 16) { chunk -> SystemError? in
            while bytes.count <= limit {
                let count = readDescriptor(number, chunk)
                if count == 0 { return nil }
                if count > 0 {
                    bytes.append(contentsOf: chunk[..<count])
                } else if errno != EINTR {
                    return .last("read")
                }
            }
            return nil
        }
        if let failure { throw .system(failure, .read, path: path) }
        guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
        return bytes
    }
}
