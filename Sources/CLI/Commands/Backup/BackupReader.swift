import Platform
import Wire

/// Reads an archive from its first byte to its last, piece by piece, and holds what is in it to its manifest. Blocks;
/// for the blocking pool.
struct BackupReader {
    /// What becomes of what is read.
    protocol Receiver {
        mutating func entry(_ entry: TarEntry) throws(BackupError)
        mutating func content(_ bytes: ArraySlice<UInt8>) throws(BackupError)
        mutating func fileEnd() throws(BackupError)
    }

    private static let pieceBytes = 256 * 1024

    /// The manifest of the archive at `path`, once all of it has been compared.
    static func read(_ path: String, into receiver: inout some Receiver) throws(BackupError) -> BackupManifest {
        var reading = Reading()
        try inflate(path) { bytes throws(BackupError) in try reading.take(bytes, &receiver) }
        return try reading.compared()
    }

    /// Reads and compares, and keeps nothing.
    static func verify(_ path: String) throws(BackupError) -> BackupManifest {
        var nobody = Nobody()
        return try read(path, into: &nobody)
    }

    private struct Nobody: Receiver {
        mutating func entry(_ entry: TarEntry) {}
        mutating func content(_ bytes: ArraySlice<UInt8>) {}
        mutating func fileEnd() {}
    }

    private static func inflate(
        _ path: String, _ take: ([UInt8]) throws(BackupError) -> Void
    ) throws(BackupError) {
        var file = try BackupError.wrap { () throws(FileError) in try FilePieces(path) }
        let inflater = Inflater(.gzip)
        var hasEnded = false
        var isFirst = true
        while true {
            let piece: [UInt8]
            do throws(FileError) { piece = try file.next() } catch { throw .file(error) }
            guard !piece.isEmpty else { break }
            guard !hasEnded else { throw .archive(.damaged("something follows its end")) }
            if isFirst, piece.count > 1, piece[0] != 0x1f || piece[1] != 0x8b {
                throw .archive(.damaged("it is no .tar.gz"))
            }
            isFirst = false
            var offset = 0
            loop: while true {
                var bytes: [UInt8] = []
                let progress: Inflater.Progress
                do throws(DeflateError) {
                    progress = try inflater.inflate(
                        piece.span, from: &offset, appendingTo: &bytes, atMost: pieceBytes)
                } catch {
                    throw .archive(.damaged("its compressed data is not what was written"))
                }
                try take(bytes)
                switch progress {
                case .hasMore: continue
                case .needsInput: break loop
                case .ended:
                    hasEnded = true
                    guard offset == piece.count else { throw .archive(.damaged("something follows its end")) }
                    break loop
                }
            }
        }
        guard hasEnded else { throw .archive(.cut) }
    }
}

/// An archive that is being read.
private struct Reading {
    private var tar = TarReader()
    private var current: TarEntry?
    private var hash = SHA256()
    private var hashes: [String: (size: Int, sha256: String)] = [:]
    private var manifestBytes: [UInt8]?
    private var isManifest = false

    mutating func take(_ bytes: [UInt8], _ receiver: inout some BackupReader.Receiver) throws(BackupError) {
        let parts: [TarReader.Part]
        do throws(ArchiveError) { parts = try tar.read(bytes[...]) } catch { throw .archive(error) }
        for part in parts {
            switch part {
            case .entry(let entry):
                guard manifestBytes == nil else { throw .archive(.damaged("an entry follows its manifest")) }
                isManifest = entry.path.description == BackupManifest.name
                current = entry
                hash = SHA256()
                if isManifest {
                    guard entry.kind == .file, entry.size <= BackupManifest.bytesLimit else {
                        throw .archive(.damaged("its manifest is too large"))
                    }
                    manifestBytes = []
                } else {
                    try receiver.entry(entry)
                }
            case .content(let piece):
                if isManifest {
                    manifestBytes? += piece
                } else {
                    hash.update(piece.span)
                    try receiver.content(piece)
                }
            case .fileEnd:
                guard !isManifest, let entry = current else { continue }
                hashes[entry.path.description] = (entry.size, Hex.encode(hash.finish()))
                hash = SHA256()
                try receiver.fileEnd()
            }
        }
    }

    /// Every file that the manifest names is there as it was, and no other.
    func compared() throws(BackupError) -> BackupManifest {
        guard tar.isComplete, let bytes = manifestBytes else { throw .archive(.cut) }
        let manifest = try BackupManifest(bytes)
        for content in manifest.contents {
            guard let found = hashes[content.path] else {
                throw .differs(path: content.path, reason: "is in its manifest and not in the archive")
            }
            guard found == (content.size, content.sha256) else {
                throw .differs(path: content.path, reason: "is not what its manifest says (SHA-256)")
            }
        }
        guard hashes.count == manifest.contents.count else {
            let names = Set(manifest.contents.map(\.path))
            let extra = hashes.keys.sorted().first { !names.contains($0) } ?? ""
            throw .differs(path: extra, reason: "is not in its manifest")
        }
        return manifest
    }
}
