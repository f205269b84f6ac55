#if os(Linux)
import CLinux
import Glibc

/// The operating system's event queue: epoll, level-triggered.
struct Poller {
    /// Events taken per wait. More would delay timers and jobs behind a burst; the rest comes with the next turn.
    static let batch = 256

    private let queue: Int32
    private let events: UnsafeMutablePointer<epoll_event>

    init?() {
        queue = epoll_create1(Int32(EPOLL_CLOEXEC))
        if queue < 0 { return nil }
        events = .allocate(capacity: Self.batch)
    }

    /// Returns 0 or the error number.
    mutating func set(descriptor: Int32, interest: Readiness, token: UInt64, isNew: Bool) -> Int32 {
        var event = epoll_event()
        // A hang-up is reported even to who wants nothing; without ONESHOT it would be, each turn, for ever.
        event.events = interest.isEmpty ? EPOLLONESHOT.rawValue : 0
        // The half-close comes with reading only: who has paused or has read the end must not hear of it each turn.
        if interest.contains(.read) { event.events |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
        if interest.contains(.write) { event.events |= EPOLLOUT.rawValue }
        event.data.u64 = token
        return epoll_ctl(queue, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event) == 0 ? 0 : errno
    }

    mutating func remove(descriptor: Int32) {
        var event = epoll_event()
        _ = epoll_ctl(queue, EPOLL_CTL_DEL, descriptor, &event)
    }

    /// Waits for events, for ever without a timeout. Returns how many there are.
    mutating func wait(timeout: Duration?) -> Int {
        let count = epoll_wait(queue, events, Int32(Self.batch), timeout?.roundedUpMilliseconds ?? -1)
        return max(0, Int(count))
    }

    func event(at index: Int) -> (token: UInt64, readiness: Readiness) {
        let event = events[index]
        var readiness: Readiness = []
        if event.events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 { readiness.insert(.read) }
        if event.events & EPOLLOUT.rawValue != 0 { readiness.insert(.write) }
        if event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
            readiness.formUnion([.read, .write, .hangUp])
        }
        return (event.data.u64, readiness)
    }
}

/// Wakes the loop from another thread.
struct Waker: Sendable {
    let readEnd: Int32

    init?() {
        readEnd = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        if readEnd < 0 { return nil }
    }

    func wake() {
        var one: UInt64 = 1
        _ = write(readEnd, &one, 8)
    }

    func drain() {
        var value: UInt64 = 0
        _ = read(readEnd, &value, 8)
    }
}
#endif
