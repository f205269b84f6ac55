#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What must be watched to hear of any change of what a path leads to: each directory on the way, for the one name in
/// it that the path takes. With links the way goes through the link's directory and its target's.
struct WatchPlan: Sendable {
    struct Place: Hashable, Sendable {
        var directory: String
        var name: String
        /// The directory itself, since another may take its name.
        var device: UInt64
        var number: UInt64
        /// Whether the name is the file or a link in its place, and not a directory on the way.
        var isFile: Bool
    }

    /// The state of the file, so far as the operating system shows a change of it.
    struct Fingerprint: Hashable, Sendable {
        var device: UInt64
        var number: UInt64
        var size: Int64
        var mode: UInt32
        var modified: Int64
        var changed: Int64
    }

    var places: [Place] = []
    /// Nil when the way ends before the file.
    var file: Fingerprint?
    var filePath: String?

    /// Follows `path` from the root. What cannot be seen counts as missing. Blocks.
    static func survey(_ path: String) -> WatchPlan {
        var plan = WatchPlan()
        var directory = "/"
        var pending: [String] = path.split(separator: "/").reversed().map(String.init)
        var hops = 0
        while let name = pending.popLast() {
            if name == "." { continue }
            if name == ".." {
                // No links are left in `directory`, so what the text says is what the kernel would do.
                directory = PathLocation(directory).directory
                continue
            }
            guard let place = try? fileStatus(directory, followLinks: true) else { return plan }
            plan.places.append(
                Place(
                    directory: directory, name: name, device: UInt64(truncatingIfNeeded: place.st_dev),
                    number: UInt64(place.st_ino), isFile: pending.isEmpty))
            let full = directory == "/" ? "/" + name : directory + "/" + name
            guard let status = try? fileStatus(full, followLinks: false) else { return plan }
            if status.kind == S_IFLNK {
                hops += 1
                guard hops <= linkLimit, let target = try? linkTarget(full) else { return plan }
                if target.hasPrefix("/") { directory = "/" }
                pending.append(contentsOf: target.split(separator: "/").reversed().map(String.init))
            } else if pending.isEmpty {
                plan.file = Fingerprint(status)
                plan.filePath = full
            } else {
                directory = full
            }
        }
        return plan
    }
}

extension WatchPlan.Fingerprint {
    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(status.st_ino)
        size = Int64(status.st_size)
        mode = UInt32(status.st_mode)
        #if canImport(Darwin)
        let (modification, change) = (status.st_mtimespec, status.st_ctimespec)
        #else
        let (modification, change) = (status.st_mtim, status.st_ctim)
        #endif
        modified = Int64(modification.tv_sec) &* 1_000_000_000 &+ Int64(modification.tv_nsec)
        changed = Int64(change.tv_sec) &* 1_000_000_000 &+ Int64(change.tv_nsec)
    }
}

/// What the operating system reported since the last look.
struct WatchSignal: OptionSet, Sendable {
    let rawValue: UInt8
    /// The file's name or contents were touched.
    static let file = WatchSignal(rawValue: 1)
    /// The way to it may have changed; the file need not have.
    static let way = WatchSignal(rawValue: 2)
}

/// The outcome of putting a plan under watch.
struct WatchInstallation: Sendable {
    var watches: Watches
    var plan: WatchPlan
    /// False when the operating system would not watch the file's directory: then only looking from time to time helps.
    var isComplete: Bool
}
