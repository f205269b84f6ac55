/// Reads a file piece by piece, for contents that no memory should hold whole.
package struct FilePieces: ~Copyable {
    package static let pieceBytes = OpenFile.pieceBytes

    private let file: OpenFile
    private var offset = 0

    package var path: String { file.path }
    /// When the file was opened.
    package var size: Int { file.size }
    package var mode: UInt16 { file.mode }
    /// Seconds since 1970.
    package var modified: Int { file.modified }

    /// Wherever links lead. Blocks.
    package init(_ path: String) throws(FileError) { file = try OpenFile(path) }

    /// An open file.
    package init(_ file: consuming OwnedDescriptor, _ path: String) throws(FileError) {
        self.file = try OpenFile(file, path)
    }

    /// The next piece, `atMost` bytes long; empty at the end. Blocks.
    package mutating func next(atMost count: Int = pieceBytes) throws(FileError) -> [UInt8] {
        let bytes = try file.bytes(from: offset, atMost: min(count, Self.pieceBytes))
        offset += bytes.count
        return bytes
    }
}
