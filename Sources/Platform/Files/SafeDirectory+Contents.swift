#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A regular file in a directory.
package struct ListedFile: Hashable, Sendable {
    package let name: String
    package let size: Int
}

extension SafeDirectory {
    /// The regular files in a directory beneath this one; none when it is not there. Links are no files. Blocks.
    package func files(in directory: SafePath) throws(FileError) -> [ListedFile] {
        let opened: OwnedDescriptor
        do throws(FileError) {
            opened = try resolve(directory.parts, O_RDONLY | O_DIRECTORY, .refused, .list, shown(directory))
        } catch {
            if error.isMissing { return [] }
            throw error
        }
        let number = opened.number
        return try FileError.on(shown(directory), .list) { () throws(SystemError) in
            var files: [ListedFile] = []
            for name in try directoryNames(try OwnedDescriptor.open(".", at: number, O_RDONLY | O_DIRECTORY)) {
                guard let status = try fileStatus(name, at: number, followLinks: false), status.kind == S_IFREG else {
                    continue
                }
                files.append(ListedFile(name: name, size: Int(status.st_size)))
            }
            return files
        }
    }

    /// Gives a file another name in the directory it is in, durably. A file of that name is replaced. Blocks.
    package func rename(_ file: SafePath, to name: String) throws(FileError) {
        let parent = try parent(of: file, .move)
        try FileError.on(shown(file), .move) { () throws(SystemError) in
            guard renameat(parent.number, file.parts[file.parts.count - 1], parent.number, name) == 0 else {
                throw .last("rename")
            }
            try AtomicFile.synchronizeDirectory(parent.number)
        }
    }

    /// Gives a file a second name in the directory it is in, durably. Blocks.
    package func link(_ file: SafePath, to name: String) throws(FileError) {
        let parent = try parent(of: file, .move)
        try FileError.on(shown(file), .move) { () throws(SystemError) in
            guard linkat(parent.number, file.parts[file.parts.count - 1], parent.number, name, 0) == 0 else {
                throw .last("link")
            }
            try AtomicFile.synchronizeDirectory(parent.number)
        }
    }
}
