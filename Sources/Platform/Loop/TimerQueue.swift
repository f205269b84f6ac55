/// Calls its action once when its time has come. Armed again as often as wanted; lost with its last reference only
/// after it fired, since an armed timer is held by its queue.
@LoopActor
package final class LoopTimer {
    fileprivate(set) package var deadline: Instant?
    fileprivate var index = -1
    fileprivate var order: UInt64 = 0
    fileprivate let action: @LoopActor () -> Void
    private unowned let queue: TimerQueue

    package init(_ clock: some Clock, _ action: @escaping @LoopActor () -> Void) {
        queue = clock.timers
        self.action = action
    }

    package var isArmed: Bool { deadline != nil }

    /// Arms the timer, or moves it if it is armed.
    package func arm(at deadline: Instant) {
        self.deadline = deadline
        queue.place(self)
    }

    package func cancel() {
        guard deadline != nil else { return }
        deadline = nil
        queue.remove(self)
    }
}

/// Armed timers, the earliest first: a binary heap whose entries know their place, so that each can be moved or
/// taken out.
@LoopActor
package final class TimerQueue {
    private var heap: [LoopTimer] = []
    private var sequence: UInt64 = 0

    package nonisolated init() {}

    package var next: Instant? { heap.first?.deadline }
    package var count: Int { heap.count }

    /// Fires everything due at `now` in order of deadline, then of arming. Returns how late the first of them was.
    package func fire(at now: Instant) -> Duration? {
        guard let first = next, first <= now else { return nil }
        // A timer that re-arms itself for now waits for the next call: what is armed from here on comes later.
        let horizon = sequence
        while let timer = heap.first, let deadline = timer.deadline, deadline <= now, timer.order <= horizon {
            timer.deadline = nil
            remove(timer)
            timer.action()
        }
        return now - first
    }

    fileprivate func place(_ timer: LoopTimer) {
        sequence += 1
        timer.order = sequence
        if timer.index < 0 {
            timer.index = heap.count
            heap.append(timer)
        }
        siftUp(timer.index)
        siftDown(timer.index)
    }

    fileprivate func remove(_ timer: LoopTimer) {
        let index = timer.index
        guard index >= 0 else { return }
        timer.index = -1
        let last = heap.removeLast()
        guard last !== timer else { return }
        heap[index] = last
        last.index = index
        siftUp(index)
        siftDown(last.index)
    }

    private func precedes(_ a: LoopTimer, _ b: LoopTimer) -> Bool {
        guard let first = a.deadline, let second = b.deadline else { return a.deadline != nil }
        return first == second ? a.order < b.order : first < second
    }

    private func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard precedes(heap[index], heap[parent]) else { return }
            exchange(index, parent)
            index = parent
        }
    }

    private func siftDown(_ start: Int) {
        var index = start
        while true {
            let left = 2 * index + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && precedes(heap[right], heap[left]) ? right : left
            guard precedes(heap[child], heap[index]) else { return }
            exchange(index, child)
            index = child
        }
    }

    private func exchange(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        heap[a].index = a
        heap[b].index = b
    }
}
