import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Something that wants to hear when its descriptor can be read or written.
@LoopActor
package protocol PollHandler: AnyObject {
    func pollReady(_ readiness: Readiness)
}

/// Something that collects work during a turn and does it once at the end: a connection flushes all replies in one
/// write.
@LoopActor
package protocol TurnEndHandler: AnyObject {
    func turnEnded()
}

/// The one thread that runs everything: descriptors, timers and Swift's own jobs, in turns.
///
/// A turn: wait for descriptors, hand each to its handler, fire due timers, run queued jobs up to a budget, flush what
/// the turn produced. The loop is both the actor's executor and the tasks' executor, so an `await` within it costs a
/// queue append.
package final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    package static let shared = EventLoop()

    /// Jobs per turn. A chain of tasks that never suspends must not keep descriptors and timers waiting.
    static let jobBudget = 1024

    private let thread = Atomic<UInt>(0)
    // Not Synchronization's Mutex: the thread sanitizer does not know it and reports races that are none.
    private let foreign = Monitor<[UnownedJob]>([])
    private let tasks = Atomic<Int>(0)
    let waker: Waker

    // What follows belongs to the loop's thread.
    private var ready: [UnownedJob] = []
    private var readyHead = 0
    private var foreignBatch: [UnownedJob] = []
    private var turnEnds: [any TurnEndHandler] = []
    private var stopRequested = false
    private var poller: Poller
    private var registrations = PollRegistrations()
    private(set) package var lateness = LoopLateness()
    private var turnStart = Instant.monotonic()
    /// Told of each turn that kept others waiting for too long.
    @LoopActor package var onSlowTurn: (@LoopActor (Duration) -> Void)?

    @LoopActor package let timers = TimerQueue()

    /// One read buffer for all: a connection copies out what it cannot use at once.
    @LoopActor package let readBuffer = ReadBuffer(capacity: ReadBuffer.sharedCapacity)

    private init() {
        guard var poller = Poller(), let waker = Waker() else {
            fatalError("the operating system refused an event queue: \(SystemError.last("epoll_create1"))")
        }
        _ = poller.set(descriptor: waker.readEnd, interest: .read, token: PollRegistrations.wakeToken, isNew: true)
        self.poller = poller
        self.waker = waker
    }

    // MARK: Executor

    package nonisolated func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            ready.append(job)
        } else {
            let first = foreign.withLock { queue in
                queue.append(job)
                return queue.count == 1
            }
            // One wake-up per burst: whoever finds the queue empty rings, the loop takes all at once.
            if first { waker.wake() }
        }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    package func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }
    package func checkIsolated() { precondition(isCurrent, "not on the run loop's thread") }
    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Whether the caller runs on the loop's thread.
    package var isCurrent: Bool { thread.load(ordering: .relaxed) == currentThreadIdentity() }

    /// Tasks started and not yet ended.
    package var liveTasks: Int { tasks.load(ordering: .relaxed) }
    func taskStarted() { tasks.add(1, ordering: .relaxed) }
    func taskEnded() { tasks.subtract(1, ordering: .relaxed) }

    // MARK: Life

    /// Runs turns on the calling thread until `stop`.
    package func run() {
        let (claimed, _) = thread.compareExchange(expected: 0, desired: currentThreadIdentity(), ordering: .relaxed)
        precondition(claimed, "the run loop already has a thread")
        LoopActor.assumeIsolated {
            stopRequested = false
            turnStart = .monotonic()
            while true {
                runJobs()
                flushTurn()
                // After the jobs and before the wait: a stop asked for by the last job must not wait for an event.
                if stopRequested { break }
                turn()
            }
        }
        thread.store(0, ordering: .relaxed)
    }

    /// Runs turns on the calling thread until `body` is done, and returns what it returned: a whole program, or a
    /// command's work.
    package func run<Value: Sendable>(_ body: @escaping @LoopActor @Sendable () async -> Value) -> Value {
        let result = Monitor<Value?>(nil)
        startTask {
            let value = await body()
            result.signal { $0 = value }
            EventLoop.shared.stop()
        }
        run()
        return result.wait { $0 }
    }

    /// Ends `run` after the current turn.
    @LoopActor package func stop() { stopRequested = true }

    @LoopActor private func turn() {
        let hasJobs = readyHead < ready.count
        let timeout = hasJobs ? .zero : timers.next.map { max(.zero, $0 - .monotonic()) }
        let took = Instant.monotonic() - turnStart
        if lateness.turn(took: took) { onSlowTurn?(took) }
        let count = poller.wait(timeout: timeout)
        turnStart = .monotonic()
        for index in 0..<count {
            let (token, readiness) = poller.event(at: index)
            if token == PollRegistrations.wakeToken {
                waker.drain()
            } else {
                // A handler earlier in this batch may have closed this descriptor, and another may have reused its
                // number: the generation in the token tells.
                registrations.handler(for: token)?.pollReady(readiness)
            }
        }
        if let late = timers.fire(at: turnStart) { lateness.timer(late: late) }
    }

    @LoopActor private func runJobs() {
        takeForeignJobs()
        var budget = Self.jobBudget
        while readyHead < ready.count, budget > 0 {
            let job = ready[readyHead]
            readyHead += 1
            budget -= 1
            unsafe job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            if readyHead == ready.count { takeForeignJobs() }
        }
        if readyHead == ready.count {
            ready.removeAll(keepingCapacity: ready.capacity <= Self.jobBudget)
            readyHead = 0
        } else if readyHead >= Self.jobBudget {
            ready.removeFirst(readyHead)
            readyHead = 0
        }
    }

    @LoopActor private func takeForeignJobs() {
        foreign.withLock { swap(&$0, &foreignBatch) }
        if foreignBatch.isEmpty { return }
        ready.append(contentsOf: foreignBatch)
        foreignBatch.removeAll(keepingCapacity: foreignBatch.capacity <= Self.jobBudget)
    }

    /// Calls `turnEnded` once on `handler` when this turn's work is done.
    @LoopActor package func atTurnEnd(_ handler: any TurnEndHandler) { turnEnds.append(handler) }

    @LoopActor private func flushTurn() {
        var index = 0
        while index < turnEnds.count {
            turnEnds[index].turnEnded()
            index += 1
        }
        turnEnds.removeAll(keepingCapacity: turnEnds.capacity <= Self.jobBudget)
    }

    // MARK: Descriptors

    /// Starts, changes or (with an empty interest) pauses the watch of a descriptor.
    @LoopActor package func watch(_ descriptor: Int32, _ interest: Readiness, _ handler: any PollHandler) {
        let (token, previous) = registrations.add(descriptor, handler)
        let result = poller.set(descriptor: descriptor, interest: interest, token: token, isNew: previous == nil)
        precondition(
            result == 0, "cannot watch descriptor \(descriptor): \(SystemError(code: result, call: "epoll_ctl"))")
    }

    /// Ends the watch. To be called before the descriptor is closed.
    @LoopActor package func unwatch(_ descriptor: Int32) {
        if registrations.remove(descriptor) != nil { poller.remove(descriptor: descriptor) }
    }

    /// Descriptors under watch.
    @LoopActor package var watched: Int { registrations.count }
}

extension EventLoop: Clock {
    @LoopActor package var now: Instant { .monotonic() }
    @LoopActor package var wall: WallTime { .system() }
}

/// The calling thread's identity as a number; never 0.
@inline(__always)
func currentThreadIdentity() -> UInt {
    #if os(Linux)
    pthread_self()
    #else
    UInt(bitPattern: pthread_self())
    #endif
}
