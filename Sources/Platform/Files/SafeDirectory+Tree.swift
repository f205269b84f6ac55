#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension SafeDirectory {
    /// Something in a directory.
    package struct Entry: Hashable, Sendable {
        package enum Kind: Sendable { case file, directory, link, other }

        package let name: String
        package let kind: Kind
        package let size: Int
        package let modifiedNanoseconds: Int64
    }

    /// Makes the directories that a file is to lie in. None of them may be a link. Blocks.
    package func makeParents(of file: SafePath) throws(FileError) {
        let shown = shown(file)
        for depth in file.parts.indices.dropLast() {
            let parent = try resolve(Array(file.parts[..<depth]), O_RDONLY | O_DIRECTORY, .refused, .create, shown)
            let number = parent.number
            try FileError.on(shown, .create) { () throws(SystemError) in
                guard mkdirat(number, file.parts[depth], PrivateDirectory.mode) == 0 else {
                    if errno == EEXIST { return }
                    throw .last("mkdir")
                }
                try AtomicFile.synchronizeDirectory(number)
            }
        }
    }

    /// What lies in a directory, sorted by name; nil for the directory itself. Blocks.
    package func entries(in directory: SafePath? = nil) throws(FileError) -> [Entry] {
        let shown = directory.map { self.shown($0) } ?? path
        let opened = try resolve(directory?.parts ?? [], O_RDONLY | O_DIRECTORY, .refused, .list, shown)
        let number = opened.number
        return try FileError.on(shown, .list) { () throws(SystemError) in
            var entries: [Entry] = []
            for name in try Self.names(number).sorted() {
                // What was removed meanwhile is not there.
                guard let status = try fileStatus(name, at: number, followLinks: false) else { continue }
                entries.append(Entry(name, status))
            }
            return entries
        }
    }

    /// What is at the path, itself not followed where it is a link; nil when nothing is there. Blocks.
    package func entry(_ file: SafePath) throws(FileError) -> Entry? {
        let shown = shown(file)
        do throws(FileError) {
            let parent = try resolve(Array(file.parts.dropLast()), O_RDONLY | O_DIRECTORY, .refused, .read, shown)
            let (number, name) = (parent.number, file.parts[file.parts.count - 1])
            return try FileError.on(shown, .read) { () throws(SystemError) in
                try fileStatus(name, at: number, followLinks: false).map { Entry(name, $0) }
            }
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    private static func names(_ directory: Int32) throws(SystemError) -> [String] {
        // The stream closes its descriptor, which is therefore another than ours.
        let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw .last("open") }
        guard let stream = fdopendir(copy) else {
            closeDescriptor(copy)
            throw .last("fdopendir")
        }
        defer { closedir(stream) }
        return namesOf(stream)
    }
}

extension SafeDirectory.Entry {
    fileprivate init(_ name: String, _ status: stat) {
        self.name = name
        kind =
            switch status.kind {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        size = Int(status.st_size)
        #if canImport(Glibc)
        let time = status.st_mtim
        #else
        let time = status.st_mtimespec
        #endif
        modifiedNanoseconds = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
