/// A few threads for calls that block: name resolution, file reads and writes, waiting for child processes. They are
/// started when first needed, and work beyond them queues.
package final class BlockingPool: Sendable {
    package static let shared = BlockingPool()

    /// Enough that one hanging name server does not hold up file work; more would only cost memory.
    static let threadLimit = 4

    private struct Work: Sendable {
        var jobs: [@Sendable () -> Void] = []
        var head = 0
        var threads = 0
        var idle = 0

        mutating func take() -> (@Sendable () -> Void)? {
            guard head < jobs.count else { return nil }
            let job = jobs[head]
            head += 1
            if head == jobs.count {
                jobs.removeAll(keepingCapacity: jobs.capacity <= 64)
                head = 0
            }
            return job
        }
    }

    private let work = Monitor(Work())

    /// Runs `body` on a thread of the pool and resumes the caller where it was.
    package func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            submit {
                do throws(Failure) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Queues `job` without waiting for it.
    package func submit(_ job: @escaping @Sendable () -> Void) {
        var start = false
        work.signal { work in
            work.jobs.append(job)
            let waiting = work.jobs.count - work.head
            if waiting > work.idle, work.threads < Self.threadLimit {
                work.threads += 1
                start = true
            }
        }
        guard start else { return }
        do {
            _ = try OperatingThread(name: "blocking") { [work] in Self.serve(work) }
        } catch {
            let left = work.withLock { work in
                work.threads -= 1
                return work.threads
            }
            // With another thread alive the job is merely late; with none it would never run.
            if left == 0 { fatalError("no thread for blocking work: \(error)") }
        }
    }

    private static func serve(_ work: Monitor<Work>) {
        work.withLock { $0.idle += 1 }
        while true {
            let job = work.wait { work -> (@Sendable () -> Void)? in
                guard let job = work.take() else { return nil }
                work.idle -= 1
                return job
            }
            job()
            work.withLock { $0.idle += 1 }
        }
    }
}
