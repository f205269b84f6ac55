#if canImport(Darwin)
import Darwin

/// Descriptors held open for the sake of being watched; closing them ends the watch.
final class Watches: Sendable {
    let descriptors: [Int32]
    init(_ descriptors: [Int32] = []) { self.descriptors = descriptors }
    deinit { for one in descriptors { closeDescriptor(one) } }
}

/// The operating system's reports on directories and files: a kqueue of its own, whose descriptor the loop watches.
/// It tells that a directory changed, not which name, so the fingerprint decides.
final class WatchQueue: Sendable {
    private static let attempts = 8
    private static let eventsPerTurn = 64
    private static let fileMark: UInt64 = 1

    private let queue: OwnedDescriptor
    var descriptor: Int32 { queue.number }

    init() throws(SystemError) {
        let number = kqueue()
        guard number >= 0 else { throw .last("kqueue") }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        queue = OwnedDescriptor(number)
    }

    func install(_ path: String, replacing old: Watches) -> WatchInstallation {
        var plan = WatchPlan.survey(path)
        var watches = Watches()
        var isComplete = true
        for _ in 0..<Self.attempts {
            (watches, isComplete) = add(plan)
            let now = WatchPlan.survey(path)
            let isStable = now.places == plan.places && now.file?.number == plan.file?.number
            plan = now
            if isStable { break }
        }
        return WatchInstallation(watches: watches, plan: plan, isComplete: isComplete)
    }

    private func add(_ plan: WatchPlan) -> (Watches, isComplete: Bool) {
        var descriptors: [Int32] = []
        var isComplete = true
        for place in plan.places {
            let added = watch(place.directory, O_EVTONLY | O_DIRECTORY, mark: 0, NOTE_WRITE | NOTE_DELETE | NOTE_RENAME)
            if let added {
                descriptors.append(added)
            } else if place == plan.places.last || place.isFile, errno != ENOENT, errno != ENOTDIR {
                isComplete = false
            }
        }
        let fileNotes = NOTE_WRITE | NOTE_EXTEND | NOTE_ATTRIB | NOTE_DELETE | NOTE_RENAME
        if let path = plan.filePath {
            if let added = watch(path, O_EVTONLY | O_NOFOLLOW, mark: Self.fileMark, fileNotes) {
                descriptors.append(added)
            } else if errno != ENOENT {
                isComplete = false
            }
        }
        return (Watches(descriptors), isComplete)
    }

    private func watch(_ path: String, _ flags: Int32, mark: UInt64, _ notes: Int32) -> Int32? {
        guard let opened = try? OwnedDescriptor.open(path, flags) else { return nil }
        var change = kevent64_s(
            ident: UInt64(opened.number), filter: Int16(EVFILT_VNODE), flags: UInt16(EV_ADD | EV_CLEAR),
            fflags: UInt32(bitPattern: notes), data: 0, udata: mark, ext: (0, 0))
        guard kevent64(descriptor, &change, 1, nil, 0, 0, nil) == 0 else { return nil }
        return opened.release()
    }

    func drain(_ watches: Watches) -> WatchSignal {
        var signal: WatchSignal = []
        var now = timespec()
        withUnsafeTemporaryAllocation(of: kevent64_s.self, capacity: Self.eventsPerTurn) { events in
            let count = kevent64(descriptor, nil, 0, events.baseAddress, Int32(events.count), 0, &now)
            for index in 0..<max(0, Int(count)) {
                signal.insert(events[index].udata == Self.fileMark ? .file : .way)
            }
        }
        return signal
    }
}
#endif
