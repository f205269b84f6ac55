/// Requests to stop, counted: the first begins the drain, the second cuts it short.
@LoopActor
package final class StopRequests {
    private var count = 0
    private var waiters: [(wanted: Int, continuation: CheckedContinuation<Void, Never>)] = []

    package init() {}

    package var isAsked: Bool { count > 0 }

    package func ask() {
        count += 1
        let ready = waiters.filter { $0.wanted <= count }
        waiters.removeAll { $0.wanted <= count }
        for waiter in ready { waiter.continuation.resume() }
    }

    package func first() async { await wait(for: 1) }
    package func second() async { await wait(for: 2) }

    /// Nobody waits any longer, asked or not.
    package func release() {
        let all = waiters
        waiters = []
        for waiter in all { waiter.continuation.resume() }
    }

    private func wait(for wanted: Int) async {
        guard count < wanted else { return }
        await withCheckedContinuation { waiters.append((wanted, $0)) }
    }
}
