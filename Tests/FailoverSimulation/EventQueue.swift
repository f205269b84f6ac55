import Failover

/// What happens, to whom, and when.
struct Event {
    enum Kind: UInt8 {
        case request, answer, refusal, deadline
        case witness, step, link, owned, command, lease, leaseAnswer
        case fault, faultEnd, start, starting, resume, alarm
    }

    var time: Milliseconds
    var order: UInt32 = 0
    let kind: Kind
    /// To whom.
    let node: UInt8
    /// From whom, or of whom.
    var peer: UInt8 = 0
    var flag: UInt8 = 0
    /// Which start of the node it is meant for.
    var boot: UInt32 = 0
    var number: UInt32 = 0
    var value: Int64 = 0
    var epoch: UInt64 = 0

    /// Of a command: the wish of a node below, instead of one that a fault brings.
    static let standAside: Int64 = -1

    func precedes(_ other: Event) -> Bool {
        time != other.time ? time < other.time : order < other.order
    }
}

/// A heap of events; those of one moment in the order in which they came.
struct EventQueue {
    private var heap: [Event] = []
    private var lastOrder: UInt32 = 0

    init() { heap.reserveCapacity(256) }

    var next: Milliseconds { heap.first?.time ?? .max }

    mutating func clear() {
        heap.removeAll(keepingCapacity: true)
        lastOrder = 0
    }

    mutating func push(_ event: Event) {
        var event = event
        lastOrder += 1
        event.order = lastOrder
        var hole = heap.count
        heap.append(event)
        while hole > 0 {
            let above = (hole - 1) / 2
            guard event.precedes(heap[above]) else { break }
            heap[hole] = heap[above]
            hole = above
        }
        heap[hole] = event
    }

    mutating func pop() -> Event? {
        guard let first = heap.first else { return nil }
        let event = heap.removeLast()
        let count = heap.count
        guard count > 0 else { return first }
        var hole = 0
        while true {
            var below = 2 * hole + 1
            guard below < count else { break }
            if below + 1 < count, heap[below + 1].precedes(heap[below]) { below += 1 }
            guard heap[below].precedes(event) else { break }
            heap[hole] = heap[below]
            hole = below
        }
        heap[hole] = event
        return first
    }
}
