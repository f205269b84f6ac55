#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// A directory held open, beneath which paths from outside may be opened without ever leaving it: whatever is renamed
/// or linked meanwhile, the kernel resolves each part from here.
package final class SafeDirectory: Sendable {
    /// What happens to symbolic links below the directory. The directory's own path may lead through links.
    package enum Links: Sendable {
        case refused
        /// Followed while they stay within; absolute ones never do.
        case within
    }

    /// The kernel does it in one call where it can (Linux 5.6); else the path is walked part by part.
    enum Method: CaseIterable, Sendable { case kernel, walk }

    /// How often the kernel may answer that a rename came between, before the path is walked instead.
    private static let kernelAttempts = 16

    package let path: String
    private let descriptor: OwnedDescriptor
    private let method: Method

    package convenience init(_ path: String) throws(FileError) {
        try self.init(path, Self.kernelResolves ? .kernel : .walk)
    }

    init(_ path: String, _ method: Method) throws(FileError) {
        self.path = path
        self.method = method
        descriptor = try FileError.on(path, .open) { () throws(SystemError) in
            try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY)
        }
    }

    /// A regular file, open for reading, for content that is streamed. Blocks.
    package func open(_ file: SafePath, links: Links = .refused) throws(FileError) -> OwnedDescriptor {
        let descriptor = try open(file, O_RDONLY | O_NONBLOCK, links, .read)
        let number = descriptor.number
        let status = try FileError.on(shown(file), .read) { () throws(SystemError) in try fileStatus(number) }
        guard status.kind == S_IFREG else { throw .notRegular(path: shown(file)) }
        return descriptor
    }

    /// Blocks.
    package func read(_ file: SafePath, limit: Int, links: Links = .refused) throws(FileError) -> [UInt8] {
        try FileReading.read(try open(file, links: links), path: shown(file), limit: limit)
    }

    /// Replaces a file as `AtomicFile` does. The directory that it is in must exist. Blocks.
    package func write(
        _ bytes: [UInt8], to file: SafePath, permission: AtomicFile.Permission = .mode(AtomicFile.privateMode)
    ) throws(FileError) {
        let parent = try parent(of: file, .write)
        try AtomicFile.replace(
            file.parts[file.parts.count - 1], in: parent.number, with: bytes, permission: permission,
            path: shown(file))
    }

    /// Removes a file, or the link that is in its place. Blocks.
    package func remove(_ file: SafePath) throws(FileError) {
        let parent = try parent(of: file, .remove).release()
        defer { closeDescriptor(parent) }
        try FileError.on(shown(file), .remove) { () throws(SystemError) in
            guard unlinkat(parent, file.parts[file.parts.count - 1], 0) == 0 else { throw .last("unlink") }
        }
    }

    func shown(_ file: SafePath) -> String { path + "/" + file.description }

    func parent(of file: SafePath, _ action: FileAction) throws(FileError) -> OwnedDescriptor {
        try resolve(Array(file.parts.dropLast()), O_RDONLY | O_DIRECTORY, .refused, action, shown(file))
    }

    private func open(
        _ file: SafePath, _ flags: Int32, _ links: Links, _ action: FileAction
    ) throws(FileError) -> OwnedDescriptor {
        try resolve(file.parts, flags, links, action, shown(file))
    }

    func resolve(
        _ parts: [String], _ flags: Int32, _ links: Links, _ action: FileAction, _ shown: String
    ) throws(FileError) -> OwnedDescriptor {
        do throws(SystemError) {
            if method == .kernel, let opened = try openInKernel(parts, flags, links) { return OwnedDescriptor(opened) }
            return try walk(parts, flags, links)
        } catch {
            switch error.code {
            case EXDEV, ELOOP: throw .refused(path: shown, .link)
            default: throw .system(error, action, path: shown)
            }
        }
    }

    #if os(Linux)
    /// Old kernels do not have the call; old container runtimes forbid what they do not know.
    static let kernelResolves: Bool = {
        let probe = cl_openat2(
            AT_FDCWD, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, UInt32(CL_RESOLVE_BENEATH))
        if probe >= 0 { closeDescriptor(probe) }
        return probe >= 0 || ![ENOSYS, EPERM, EINVAL].contains(errno)
    }()

    /// Nil when renames came between too often.
    private func openInKernel(_ parts: [String], _ flags: Int32, _ links: Links) throws(SystemError) -> Int32? {
        var resolve = UInt32(CL_RESOLVE_BENEATH | CL_RESOLVE_NO_MAGICLINKS)
        if links == .refused { resolve |= UInt32(CL_RESOLVE_NO_SYMLINKS) }
        let path = parts.isEmpty ? "." : parts.joined(separator: "/")
        for _ in 0..<Self.kernelAttempts {
            let opened = cl_openat2(descriptor.number, path, flags | O_CLOEXEC | O_NOCTTY, 0, resolve)
            if opened >= 0 { return opened }
            if errno != EINTR, errno != EAGAIN { throw .last("openat2") }
        }
        return nil
    }
    #else
    static let kernelResolves = false

    private func openInKernel(_ parts: [String], _ flags: Int32, _ links: Links) throws(SystemError) -> Int32? { nil }
    #endif

    private func walk(_ parts: [String], _ flags: Int32, _ links: Links) throws(SystemError) -> OwnedDescriptor {
        // Directories open on the way down. ".." in a link goes back on it and so never above the root.
        var trail: [Int32] = []
        defer { for one in trail { closeDescriptor(one) } }
        var pending = Array(parts.reversed())
        var hops = 0
        while let part = pending.popLast() {
            let here = trail.last ?? descriptor.number
            if part == "." { continue }
            if part == ".." {
                guard let left = trail.popLast() else { throw SystemError(code: EXDEV, call: "openat") }
                closeDescriptor(left)
                continue
            }
            let isLast = pending.isEmpty
            do throws(SystemError) {
                let opened = try OwnedDescriptor.open(
                    part, at: here, (isLast ? flags : O_RDONLY | O_DIRECTORY) | O_NOFOLLOW)
                if isLast { return opened }
                trail.append(opened.release())
            } catch {
                // A link is ELOOP or, where a directory was wanted, ENOTDIR.
                guard error.code == ELOOP || error.code == ENOTDIR, let target = try linkTarget(part, at: here) else {
                    throw error
                }
                hops += 1
                guard links == .within, hops <= linkLimit else { throw SystemError(code: ELOOP, call: "openat") }
                guard !target.hasPrefix("/") else { throw SystemError(code: EXDEV, call: "openat") }
                pending.append(contentsOf: target.split(separator: "/").reversed().map(String.init))
            }
        }
        return try OwnedDescriptor.open(".", at: trail.last ?? descriptor.number, flags)
    }
}
