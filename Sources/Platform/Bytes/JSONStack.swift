/// What a parser has read of the containers that are still open, innermost last. One growing block for all of them, so
/// that each finished container is allocated once, at its exact size.
struct JSONStack<Element>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>?
    private var capacity = 0
    private(set) var count = 0

    init() { base = nil }

    deinit {
        base?.deinitialize(count: count)
        base?.deallocate()
    }

    @inline(__always)
    mutating func push(_ element: consuming Element) {
        if count == capacity { grow() }
        (base! + count).initialize(to: element)
        count += 1
    }

    subscript(position: Int) -> Element {
        @inline(__always) get {
            precondition(position >= 0 && position < count)
            return base![position]
        }
        @inline(__always) set {
            precondition(position >= 0 && position < count)
            base![position] = newValue
        }
    }

    /// Takes the elements from `start` on off the stack.
    @inline(__always)
    mutating func pop(from start: Int) -> [Element] {
        precondition(start >= 0 && start <= count)
        let taken = count - start
        guard taken > 0 else { return [] }
        let first = base! + start
        count = start
        var elements: [Element] = []
        elements.reserveCapacity(taken)
        for position in 0..<taken { elements.append((first + position).move()) }
        return elements
    }

    @inline(__always)
    mutating func drop(to start: Int) {
        precondition(start >= 0 && start <= count)
        guard start < count else { return }
        (base! + start).deinitialize(count: count - start)
        count = start
    }

    @inline(never)
    private mutating func grow() {
        let larger = max(16, capacity * 2)
        let block = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        if let base {
            block.moveInitialize(from: base, count: count)
            base.deallocate()
        }
        base = block
        capacity = larger
    }
}
