#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads a file piece by piece, for contents that no memory should hold whole.
package struct FilePieces: ~Copyable {
    package static let pieceBytes = 256 * 1024

    package let path: String
    /// When the file was opened.
    package let size: Int
    package let mode: UInt16
    /// Seconds since 1970.
    package let modified: Int
    private let file: OwnedDescriptor
    private var offset = 0

    /// Wherever links lead. Blocks.
    package init(_ path: String) throws(FileError) {
        try self.init(
            try FileError.on(path, .read) { () throws(SystemError) in
                try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK)
            }, path)
    }

    /// An open file.
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

    /// The next piece, `atMost` bytes long; empty at the end. Blocks.
    package mutating func next(atMost count: Int = pieceBytes) throws(FileError) -> [UInt8] {
        let (number, start) = (file.number, offset)
        let bytes = try FileError.on(path, .read) { () throws(SystemError) in
            try readBytes(number, from: start, count: min(count, Self.pieceBytes))
        }
        offset += bytes.count
        return bytes
    }
}
