#if os(Linux)
import CLinux
import Glibc

/// The names of interest in each watched directory, and whether each is the file's own.
struct Watches: Sendable {
    var names: [Int32: [String: Bool]] = [:]
}

/// The operating system's reports on directories: inotify.
final class WatchQueue: Sendable {
    /// How often a plan may be out of date as soon as it is installed. Someone who moves directories about faster than
    /// that will cause further events.
    private static let attempts = 8
    /// Reads in a turn; the rest comes with the next.
    private static let readsPerTurn = 16
    private static let bufferBytes = 4096

    private static let wayMask = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
    /// Renames and creations alone would miss an editor that writes in place.
    private static let fileMask = wayMask | UInt32(IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB)

    private let queue: OwnedDescriptor
    var descriptor: Int32 { queue.number }

    init() throws(SystemError) {
        let number = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard number >= 0 else { throw .last("inotify_init1") }
        queue = OwnedDescriptor(number)
    }

    /// Watches the way to `path` in place of what `old` watched. Blocks.
    func install(_ path: String, replacing old: Watches) -> WatchInstallation {
        var plan = WatchPlan.survey(path)
        var watches = Watches()
        var isComplete = true
        for _ in 0..<Self.attempts {
            (watches, isComplete) = add(plan)
            // A directory moved between look and watch would be watched in vain.
            let now = WatchPlan.survey(path)
            let isStable = now.places == plan.places
            plan = now
            if isStable { break }
        }
        for number in old.names.keys where watches.names[number] == nil { inotify_rm_watch(descriptor, number) }
        return WatchInstallation(watches: watches, plan: plan, isComplete: isComplete)
    }

    private func add(_ plan: WatchPlan) -> (Watches, isComplete: Bool) {
        var watches = Watches()
        var isComplete = true
        let fileDirectories = Set(plan.places.filter(\.isFile).map(\.directory))
        for place in plan.places {
            let mask = fileDirectories.contains(place.directory) ? Self.fileMask : Self.wayMask
            let number = inotify_add_watch(descriptor, place.directory, mask)
            if number >= 0 {
                watches.names[number, default: [:]][place.name] = place.isFile
            } else if place == plan.places.last || place.isFile, errno != ENOENT, errno != ENOTDIR {
                isComplete = false
            }
        }
        return (watches, isComplete)
    }

    /// Takes what was reported and tells what of it matters.
    func drain(_ watches: Watches) -> WatchSignal {
        var signal: WatchSignal = []
        withUnsafeTemporaryAllocation(byteCount: Self.bufferBytes, alignment: 8) { buffer in
            for _ in 0..<Self.readsPerTurn {
                let count = readDescriptor(descriptor, buffer)
                guard count > 0 else { return }
                signal.formUnion(Self.parse(UnsafeRawBufferPointer(rebasing: buffer[..<count]), watches))
            }
        }
        return signal
    }

    /// Events follow each other: number, mask, cookie and length of the name as 32-bit words, then the name padded
    /// with NUL.
    static func parse(_ events: UnsafeRawBufferPointer, _ watches: Watches) -> WatchSignal {
        var signal: WatchSignal = []
        var offset = 0
        while offset + 16 <= events.count {
            let number = events.loadUnaligned(fromByteOffset: offset, as: Int32.self)
            let mask = events.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
            let length = Int(events.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            let end = offset + 16 + length
            guard end <= events.count else { break }
            let name = events[(offset + 16)..<end].prefix { $0 != 0 }
            offset = end
            // Events were lost; among them may have been ours.
            if mask & UInt32(IN_Q_OVERFLOW) != 0 { signal.formUnion([.file, .way]) }
            guard let names = watches.names[number] else { continue }
            if length == 0 {
                signal.insert(.way)
            } else if let isFile = names[String(decoding: name, as: UTF8.self)] {
                signal.insert(isFile ? .file : .way)
            }
        }
        return signal
    }
}
#endif
