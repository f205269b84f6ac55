import Platform
import Store
import Wire

/// Packs the roots of a plan into one archive: tar, then gzip, piece by piece. Blocks; for the blocking pool.
struct BackupWriter {
    private static let level = 6
    private static let memoryLevel = 8
    /// What is gathered before it is written out.
    private static let chunkBytes = 256 * 1024

    private let file: NewFile
    private let staging: StagingDirectory
    private let now: WallTime
    private let deflater = Deflater(.gzip, level: level, memoryLevel: memoryLevel)
    private var compressed: [UInt8] = []
    private var manifest: BackupManifest
    private var copies = 0

    /// Writes the archive to `path`, where nothing may be, and returns what is in it.
    static func write(
        _ plan: BackupPlan, _ manifest: BackupManifest, to path: String, at now: WallTime
    ) throws(BackupError) -> BackupManifest {
        var writer = try BackupWriter(manifest, path, now)
        defer { writer.staging.remove() }
        do throws(BackupError) {
            for root in plan.roots {
                if root.isFile { try writer.addFile(root) } else { try writer.addTree(root) }
            }
            return try writer.finish()
        } catch {
            writer.file.abandon()
            throw error
        }
    }

    private init(_ manifest: BackupManifest, _ path: String, _ now: WallTime) throws(BackupError) {
        self.manifest = manifest
        self.now = now
        file = try BackupError.wrap { () throws(FileError) in try NewFile(path) }
        let place = path + ".databases-" + String(UInt64.random(in: .min ... .max), radix: 16)
        staging = try BackupError.wrap { () throws(FileError) in try StagingDirectory(place) }
    }

    // MARK: What is packed

    /// A configuration file may be a link to where its owner keeps it.
    private mutating func addFile(_ root: BackupManifest.Root) throws(BackupError) {
        manifest.roots.append(root)
        let name = String(root.path.split(separator: "/").last ?? "file")
        let path = try BackupError.wrap { () throws(FileError) in try SafePath(root.name + "/" + name) }
        try add(path, try BackupError.wrap { () throws(FileError) in try FilePieces(root.path) })
    }

    private mutating func addTree(_ root: BackupManifest.Root) throws(BackupError) {
        manifest.roots.append(root)
        let directory = try BackupError.wrap { () throws(FileError) in try SafeDirectory(root.path) }
        try add(nil, of: root, directory)
    }

    /// A directory beneath the root with all that is in it; links are left out, wherever they lead.
    private mutating func add(
        _ place: SafePath?, of root: BackupManifest.Root, _ directory: SafeDirectory
    ) throws(BackupError) {
        let entries: [SafeDirectory.Entry]
        do throws(FileError) {
            entries = try directory.entries(in: place)
        } catch {
            // What was removed meanwhile is not there.
            if error.isMissing, place != nil { return }
            throw .file(error)
        }
        if root.kind != .state || place != nil { try addDirectory(place, root) }
        for entry in entries {
            let isState = root.kind == .state
            if isState, place == nil, BackupState.isLeftAlone(entry.name) { continue }
            if isState, BackupState.isSidecar(entry.name) { continue }
            if entry.name.hasPrefix(".openclaw-tmp-") { continue }
            let shown = root.path + "/" + (place.map { "\($0)/" } ?? "") + entry.name
            let inner: SafePath
            do throws(FileError) {
                inner = try SafePath((place.map { "\($0)/" } ?? "") + entry.name)
                // The name that it gets in the archive has to be one too.
                _ = try SafePath("\(root.name)/\(inner)")
            } catch {
                leaveOut(shown, "its name cannot be put back safely")
                continue
            }
            switch entry.kind {
            case .directory: try add(inner, of: root, directory)
            case .file: try add(inner, shown, of: root, directory)
            case .link: leaveOut(shown, "it is a link")
            case .other: leaveOut(shown, "it is neither a file nor a directory")
            }
        }
    }

    private mutating func addDirectory(_ place: SafePath?, _ root: BackupManifest.Root) throws(BackupError) {
        let entry = try BackupError.wrap { () throws(FileError) in
            let facts = try FileFacts.of(place.map { "\(root.path)/\($0)" } ?? root.path, followLinks: false)
            return TarEntry(
                try SafePath(root.name + (place.map { "/\($0)" } ?? "")), .directory, mode: facts?.mode ?? 0o700,
                modified: seconds)
        }
        try put(TarWriter.header(of: entry))
    }

    private mutating func add(
        _ place: SafePath, _ shown: String, of root: BackupManifest.Root, _ directory: SafeDirectory
    ) throws(BackupError) {
        var isDatabase = false
        let name: SafePath
        let source: FilePieces
        do throws(FileError) {
            name = try SafePath("\(root.name)/\(place)")
            if root.kind == .state, place.description.hasSuffix(".sqlite") {
                var head = try FilePieces(try directory.open(place), shown)
                isDatabase = try head.next(atMost: StoreCopy.magic.count) == StoreCopy.magic
            }
            source = try FilePieces(try directory.open(place), shown)
        } catch {
            if error.isMissing { return }
            guard error.code != nil else { return leaveOut(shown, "it is no longer a file") }
            throw .file(error)
        }
        if isDatabase { try addDatabase(name, shown) } else { try add(name, source) }
    }

    /// A database is copied as it is at one moment, whoever writes to it meanwhile.
    private mutating func addDatabase(_ name: SafePath, _ path: String) throws(BackupError) {
        copies += 1
        let copy = "\(staging.path)/\(copies).sqlite"
        do throws(StoreError) { try StoreCopy.make(of: path, at: copy) } catch { throw .store(error) }
        let source = try BackupError.wrap { () throws(FileError) in
            let source = try FilePieces(copy)
            // It goes on being read; a writer that is killed leaves no copy behind.
            try FileRemoval.remove(copy)
            return source
        }
        try add(name, source, mode: AtomicFile.privateMode)
    }

    private mutating func leaveOut(_ path: String, _ reason: String) {
        manifest.omissions.append(BackupManifest.Omission(path: path, reason: reason))
    }

    // MARK: The archive

    /// A file that grows meanwhile is taken as long as it was; one that shrinks is an error.
    private mutating func add(
        _ name: SafePath, _ given: consuming FilePieces, mode: UInt16? = nil
    ) throws(BackupError) {
        var source = given
        let size = source.size
        try put(
            TarWriter.header(
                of: TarEntry(name, .file, size: size, mode: mode ?? source.mode, modified: source.modified)))
        var hash = SHA256()
        var left = size
        while left > 0 {
            let piece: [UInt8]
            do throws(FileError) { piece = try source.next(atMost: left) } catch { throw .file(error) }
            guard !piece.isEmpty else { throw .changed(source.path) }
            hash.update(piece.span)
            left -= piece.count
            try put(piece)
        }
        try put(TarWriter.padding(after: size))
        manifest.contents.append(
            BackupManifest.Content(path: name.description, size: size, sha256: Hex.encode(hash.finish())))
    }

    private mutating func finish() throws(BackupError) -> BackupManifest {
        let bytes = JSONWriter.bytes(of: manifest.json)
        let entry = try BackupError.wrap { () throws(FileError) in
            TarEntry(
                try SafePath(BackupManifest.name), .file, size: bytes.count, mode: AtomicFile.privateMode,
                modified: seconds)
        }
        try put(TarWriter.header(of: entry) + bytes + TarWriter.padding(after: bytes.count) + TarWriter.end)
        deflater.deflate([UInt8]().span, .finish, appendingTo: &compressed)
        do throws(FileError) {
            try file.append(compressed)
            try file.finish()
        } catch {
            throw .file(error)
        }
        return manifest
    }

    private var seconds: Int { Int(now.milliseconds / 1000) }

    private mutating func put(_ bytes: [UInt8]) throws(BackupError) {
        guard !bytes.isEmpty else { return }
        deflater.deflate(bytes.span, .none, appendingTo: &compressed)
        guard compressed.count >= Self.chunkBytes else { return }
        do throws(FileError) { try file.append(compressed) } catch { throw .file(error) }
        compressed.removeAll(keepingCapacity: true)
    }
}
