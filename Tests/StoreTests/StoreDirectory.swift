import Platform
import Store
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// All tests of the store run one after another: they count descriptors, mount file systems and hold up threads.
@Suite(.serialized) struct StoreTests {}

/// A directory for one test, with what a test does to files behind the store's back.
final class StoreDirectory: Sendable {
    let path: String
    var store: String { path + "/state/openclaw.sqlite" }

    init() {
        var template = Array("/tmp/openclaw-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("mkdtemp: \(SystemError.last("mkdtemp"))") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        let state = path + "/state"
        for name in Self.names(in: state) { unlink(state + "/" + name) }
        rmdir(state)
        for name in Self.names(in: path) { unlink(path + "/" + name) }
        rmdir(path)
    }

    /// The names beside the store, sorted.
    var names: [String] { Self.names(in: path + "/state") }

    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let offset = MemoryLayout.offset(of: \dirent.d_name) ?? 0
            let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let name = String(cString: start)
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func bytes(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count <= 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    func write(_ bytes: [UInt8], to path: String, at offset: Int = 0) {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let written = pwrite(descriptor, bytes, bytes.count, off_t(offset))
        if written != bytes.count { fatalError("\(SystemError.last("pwrite"))") }
    }

    func cut(_ path: String, to size: Int) {
        if truncate(path, off_t(size)) != 0 { fatalError("\(SystemError.last("truncate"))") }
    }

    func mode(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_mode & 0o777) : -1
    }

    /// What a kill -9 would leave of the store as it is now, as a store in another directory.
    func imageOfKilledStore() -> StoreDirectory {
        let image = StoreDirectory()
        mkdir(image.path + "/state", 0o700)
        for suffix in ["", "-wal"] { image.write(bytes(store + suffix), to: image.store + suffix) }
        return image
    }

    /// Descriptors that this process holds in the directory.
    var descriptors: Int {
        Self.names(in: "/proc/self/fd").count { name in
            var target = [UInt8](repeating: 0, count: 4096)
            let count = target.withUnsafeMutableBytes { target in
                readlink("/proc/self/fd/" + name, target.bindMemory(to: CChar.self).baseAddress!, target.count)
            }
            return count > 0 && String(decoding: target[..<count], as: UTF8.self).hasPrefix(path)
        }
    }
}

/// Holds the writer thread inside a unit until the test opens it.
final class Gate: Sendable {
    private let state = Monitor((entered: false, isOpen: false))

    var hasEntered: Bool { state.withLock { $0.entered } }

    func open() { state.broadcast { $0.isOpen = true } }

    func pass() {
        state.withLock { $0.entered = true }
        state.wait { $0.isOpen ? () : nil }
    }
}
