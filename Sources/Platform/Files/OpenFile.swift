#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A regular file held open, to be read in pieces by who waits in between: it stays the same one whatever its name comes
/// to mean meanwhile.
package final class OpenFile: Sendable {
    package static let pieceBytes = 256 * 1024

    package let path: String
    /// When it was opened.
    package let size: Int
    package let mode: UInt16
    /// Seconds since 1970.
    package let modified: Int
    private let file: OwnedDescriptor

    /// Wherever links lead. Blocks.
    package convenience init(_ path: String) throws(FileError) {
        try self.init(
            try FileError.on(path, .read) { () throws(SystemError) in
                // Without O_NONBLOCK the open of a named pipe would wait for a writer.
                try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK)
            }, path)
    }

    /// A file beneath a directory, by a path that does not leave it. Blocks.
    package convenience init(_ file: SafePath, in directory: SafeDirectory) throws(FileError) {
        try self.init(try directory.open(file), directory.shown(file))
    }

    /// One that is open already.
    package init(_ file: consuming OwnedDescriptor, _ path: String) throws(FileError) {
        let number = file.number
        let status = try FileError.on(path, .read) { () throws(SystemError) in try fileStatus(number) }
        guard status.kind == S_IFREG else { throw .notRegular(path: path) }
        self.path = path
        self.file = file
        size = Int(status.st_size)
        mode = UInt16(status.st_mode & 0o7777)
        #if canImport(Glibc)
        modified = status.st_mtim.tv_sec
        #else
        modified = status.st_mtimespec.tv_sec
        #endif
    }

    /// Up to `count` bytes from `offset` on; none at the end. Blocks.
    package func bytes(from offset: Int, atMost count: Int = pieceBytes) throws(FileError) -> [UInt8] {
        let number = file.number
        return try FileError.on(path, .read) { () throws(SystemError) in
            try readBytes(number, from: offset, count: count)
        }
    }

    /// Its contents as a file of that path, which must not be there. Blocks.
    package func copy(to path: String) throws(FileError) {
        let copy = try NewFile(path)
        var offset = 0
        while offset < size {
            let piece = try bytes(from: offset, atMost: min(Self.pieceBytes, size - offset))
            if piece.isEmpty { break }
            try copy.append(piece)
            offset += piece.count
        }
        try copy.finish()
    }
}
