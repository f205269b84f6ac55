import Platform

/// Notices when something beneath a directory changes, for as long as somebody wants to know.
@LoopActor
final class CanvasWatch {
    nonisolated static let interval = Duration.seconds(1)
    /// Files and directories that are looked at.
    nonisolated static let entryLimit = 2000
    nonisolated static let depthLimit = 8

    private let clock: any Clock
    private var listeners: [Int: (root: String, seen: [UInt8]?, told: @LoopActor () -> Void)] = [:]
    private var next = 0
    private var isLooking = false

    init(clock: any Clock) { self.clock = clock }

    var count: Int { listeners.count }

    /// Calls `told` after each change since `seen`, until it is left.
    func join(_ root: String, since seen: [UInt8]?, _ told: @escaping @LoopActor () -> Void) -> Int {
        next += 1
        listeners[next] = (root, seen, told)
        if !isLooking {
            isLooking = true
            startTask { await self.work() }
        }
        return next
    }

    func leave(_ number: Int) { listeners[number] = nil }

    private func work() async {
        let pause = Suspension(clock)
        while !listeners.isEmpty {
            for root in Set(listeners.values.map(\.root)) {
                let print = await BlockingPool.shared.run { Self.fingerprint(root) }
                for (number, listener) in listeners where listener.root == root {
                    listeners[number]?.seen = print
                    if let seen = listener.seen, seen != print { listener.told() }
                }
            }
            _ = await pause.wait(until: clock.now + Self.interval)
        }
        isLooking = false
    }

    /// Names, sizes and times of all that is there. Blocks.
    nonisolated static func fingerprint(_ root: String) -> [UInt8] {
        guard let directory = try? SafeDirectory(root) else { return [] }
        var hash = SHA256()
        var left = entryLimit
        var pending: [(SafePath?, Int)] = [(nil, 0)]
        while let (path, depth) = pending.popLast(), left > 0 {
            for entry in (try? directory.entries(in: path)) ?? [] where left > 0 {
                left -= 1
                let name = path.map { "\($0)/\(entry.name)" } ?? entry.name
                hash.update(Array("\(name)|\(entry.size)|\(entry.modifiedNanoseconds)\n".utf8).span)
                if entry.kind == .directory, depth < depthLimit, let below = try? SafePath(name) {
                    pending.append((below, depth + 1))
                }
            }
        }
        return hash.finish()
    }
}
