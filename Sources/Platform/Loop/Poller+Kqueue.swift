#if canImport(Darwin)
import Darwin

/// The operating system's event queue: kqueue, level-triggered.
struct Poller {
    static let batch = 256

    private let queue: Int32
    private let events: UnsafeMutablePointer<kevent64_s>

    init?() {
        queue = kqueue()
        if queue < 0 { return nil }
        _ = fcntl(queue, F_SETFD, FD_CLOEXEC)
        events = .allocate(capacity: Self.batch)
    }

    mutating func set(descriptor: Int32, interest: Readiness, token: UInt64, isNew: Bool) -> Int32 {
        var changes = (
            change(descriptor, EVFILT_READ, interest.contains(.read), token),
            change(descriptor, EVFILT_WRITE, interest.contains(.write), token)
        )
        let result = withUnsafeMutableBytes(of: &changes) { raw in
            kevent64(queue, raw.bindMemory(to: kevent64_s.self).baseAddress, 2, nil, 0, 0, nil)
        }
        return result < 0 ? errno : 0
    }

    /// Both filters are always present and merely disabled, so that a change never meets a missing one.
    private func change(_ descriptor: Int32, _ filter: Int32, _ wanted: Bool, _ token: UInt64) -> kevent64_s {
        kevent64_s(
            ident: UInt64(descriptor), filter: Int16(filter),
            flags: UInt16(EV_ADD) | UInt16(wanted ? EV_ENABLE : EV_DISABLE),
            fflags: 0, data: 0, udata: token, ext: (0, 0))
    }

    mutating func remove(descriptor: Int32) {
        var changes = (
            kevent64_s(
                ident: UInt64(descriptor), filter: Int16(EVFILT_READ), flags: UInt16(EV_DELETE), fflags: 0, data: 0,
                udata: 0, ext: (0, 0)),
            kevent64_s(
                ident: UInt64(descriptor), filter: Int16(EVFILT_WRITE), flags: UInt16(EV_DELETE), fflags: 0, data: 0,
                udata: 0, ext: (0, 0))
        )
        withUnsafeMutableBytes(of: &changes) { raw in
            _ = kevent64(queue, raw.bindMemory(to: kevent64_s.self).baseAddress, 2, nil, 0, 0, nil)
        }
    }

    mutating func wait(timeout: Duration?) -> Int {
        guard let timeout else { return max(0, Int(kevent64(queue, nil, 0, events, Int32(Self.batch), 0, nil))) }
        let nanoseconds = timeout.inNanoseconds
        var spec = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        return max(0, Int(kevent64(queue, nil, 0, events, Int32(Self.batch), 0, &spec)))
    }

    func event(at index: Int) -> (token: UInt64, readiness: Readiness) {
        let event = events[index]
        var readiness: Readiness = Int32(event.filter) == EVFILT_WRITE ? .write : .read
        if event.flags & UInt16(EV_EOF) != 0 { readiness.formUnion([.read, .hangUp]) }
        return (event.udata, readiness)
    }
}

/// Wakes the loop from another thread: a pipe, since kqueue has no eventfd.
struct Waker: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init?() {
        var ends: (Int32, Int32) = (0, 0)
        let result = withUnsafeMutableBytes(of: &ends) { pipe($0.bindMemory(to: Int32.self).baseAddress) }
        if result < 0 { return nil }
        for end in [ends.0, ends.1] {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (readEnd, writeEnd) = ends
    }

    func wake() {
        var one: UInt8 = 1
        _ = write(writeEnd, &one, 1)
    }

    func drain() {
        var sink: (UInt64, UInt64) = (0, 0)
        while read(readEnd, &sink, 16) > 0 {}
    }
}
#endif
