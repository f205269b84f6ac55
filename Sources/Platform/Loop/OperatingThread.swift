#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// A thread of the operating system. The product has very few: the loop, the store's writer, the blocking pool.
package struct OperatingThread: Sendable {
    /// Our threads run shallow code; the default of 8 MiB would only cost address space, and musl-like defaults of
    /// 128 KiB would be too small for SQLite.
    static let stackBytes = 1 << 20

    private final class Entry {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    #if canImport(Glibc)
    private let identity: pthread_t
    #else
    private nonisolated(unsafe) let identity: pthread_t
    #endif

    /// Starts a thread. `name` is shown by ps and debuggers, cut to 15 bytes.
    package init(name: String, body: @escaping @Sendable () -> Void) throws(SystemError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        let entry = Unmanaged.passRetained(Entry(name: String(name.utf8.prefix(15)) ?? "", body: body))
        #if canImport(Glibc)
        var identity = pthread_t()
        let result = pthread_create(&identity, &attributes, { OperatingThread.run($0) }, entry.toOpaque())
        #else
        var identity: pthread_t?
        let result = pthread_create(&identity, &attributes, { OperatingThread.run($0) }, entry.toOpaque())
        #endif
        guard result == 0 else {
            entry.release()
            throw SystemError(code: result, call: "pthread_create")
        }
        #if canImport(Glibc)
        self.identity = identity
        #else
        self.identity = identity!
        #endif
    }

    /// Waits for the thread's end. To be called once.
    package func join() { pthread_join(identity, nil) }

    private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let entry = Unmanaged<Entry>.fromOpaque(argument).takeRetainedValue()
        #if canImport(Glibc)
        cl_name_thread(entry.name)
        #else
        pthread_setname_np(entry.name)
        #endif
        Signals.mask(ProcessSignal.allCases, SIG_BLOCK)
        entry.body()
        return nil
    }
}

/// A lock with a condition: what threads wait on. The loop's thread takes it only for moments.
package final class Monitor<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    package init(_ state: sending State) {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
        self.state = state
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    package func withLock<Value, Failure: Error>(
        _ body: (inout sending State) throws(Failure) -> sending Value
    ) throws(Failure) -> sending Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Changes the state and wakes one waiter.
    package func signal(_ body: (inout sending State) -> Void) {
        pthread_mutex_lock(mutex)
        body(&state)
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    /// Changes the state and wakes all waiters.
    package func broadcast(_ body: (inout sending State) -> Void) {
        pthread_mutex_lock(mutex)
        body(&state)
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(condition)
    }

    /// Waits until `take` returns a value.
    package func wait<Value>(for take: (inout sending State) -> sending Value?) -> sending Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let value = take(&state) { return value }
            pthread_cond_wait(condition, mutex)
        }
    }
}
