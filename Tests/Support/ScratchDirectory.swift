#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A directory for one test, removed with all that is in it when the test lets it go.
package final class ScratchDirectory: Sendable {
    package let path: String

    package init() {
        var template = Array("/tmp/openclaw-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { fatalError("no directory for the test: \(errno)") }
        path = String(cString: made)
    }

    deinit { Self.remove(path) }

    package func path(_ name: String) -> String { path + "/" + name }

    package func write(_ text: String, to name: String) {
        let file = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        precondition(file >= 0, "cannot write \(name): \(errno)")
        defer { close(file) }
        var text = text
        let count = text.withUTF8 { Self.writeAll(file, UnsafeRawBufferPointer($0)) }
        precondition(count == text.utf8.count)
    }

    /// Nil when there is no such file.
    package func read(_ name: String) -> String? {
        let file = open(path(name), O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Self.readSome(file, &chunk)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    package func makeDirectory(_ name: String) { precondition(mkdir(path(name), 0o755) == 0, "mkdir: \(errno)") }

    package func link(_ name: String, to target: String) {
        precondition(symlink(target, path(name)) == 0, "symlink: \(errno)")
    }

    package func move(_ name: String, to other: String) {
        precondition(rename(path(name), path(other)) == 0, "rename: \(errno)")
    }

    package func delete(_ name: String) { Self.remove(path(name)) }

    /// Permission bits.
    package func mode(_ name: String) -> UInt16 {
        var status = stat()
        precondition(lstat(path(name), &status) == 0)
        return UInt16(status.st_mode & 0o7777)
    }

    package func isLink(_ name: String) -> Bool {
        var status = stat()
        return lstat(path(name), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    package func names(in directory: String = ".") -> [String] { Self.names(path(directory)).sorted() }

    private static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in names(path) { remove(path + "/" + name) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    private static func writeAll(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(file, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(file, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func readSome(_ file: Int32, _ bytes: inout [UInt8]) -> Int {
        #if canImport(Glibc)
        Glibc.read(file, &bytes, bytes.count)
        #else
        Darwin.read(file, &bytes, bytes.count)
        #endif
    }
}
