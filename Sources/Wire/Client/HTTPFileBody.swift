package import Platform

extension HTTPRequestBody {
    /// The file's bytes, read in pieces while they are sent; as many as it had when it was opened.
    package static func file(_ file: OpenFile) -> HTTPRequestBody {
        let pieces = HTTPFileBody([.file(file)])
        return .stream(length: file.size) { try await pieces.next() }
    }

    /// Bytes of it, where that is known.
    package var length: Int? {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .stream(let length, _): length
        case .chunked: nil
        }
    }
}

/// Bytes and files, one behind the other, given out piece by piece.
@LoopActor
final class HTTPFileBody {
    enum Part: Sendable {
        case bytes([UInt8])
        case file(OpenFile)

        var size: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(let file): file.size
            }
        }
    }

    private var parts: ArraySlice<Part>
    private var offset = 0

    nonisolated init(_ parts: [Part]) { self.parts = parts[...] }

    func next() async throws(FileError) -> [UInt8]? {
        while let part = parts.first {
            switch part {
            case .bytes(let bytes):
                parts.removeFirst()
                if !bytes.isEmpty { return bytes }
            case .file(let file):
                let start = offset
                let count = min(OpenFile.pieceBytes, file.size - start)
                let piece = try await BlockingPool.shared.run { () throws(FileError) in
                    try file.bytes(from: start, atMost: count)
                }
                offset += piece.count
                if offset == file.size || piece.isEmpty {
                    parts.removeFirst()
                    offset = 0
                }
                if !piece.isEmpty { return piece }
            }
        }
        return nil
    }
}
