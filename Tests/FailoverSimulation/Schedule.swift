import Failover

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// When a primary that is in use stalls and starts again: a stall of three seconds a minute, a restart a day.
struct Schedule {
    static let day: Milliseconds = 86_400_000
    static let stall: Milliseconds = 3000
    private static let minute: Milliseconds = 60_000

    /// How long a restart takes.
    let restart: Milliseconds
    /// The next ones, and those of the last seconds.
    private var stalls: [Milliseconds] = []
    private(set) var restarts: [Milliseconds] = []
    private var chance: Chance

    init(seed: UInt64, days: Int, restart: Milliseconds) {
        self.restart = restart
        chance = Chance(seed: seed)
        for day in 0..<days {
            restarts.append(Self.day * Milliseconds(day) + chance.between(60_000...Self.day - 60_000))
        }
    }

    /// Lets go of what is over, and looks ahead.
    mutating func look(at now: Milliseconds) {
        while let first = stalls.first, first + Self.stall + 20_000 < now { stalls.removeFirst() }
        while (stalls.last ?? 0) < now + 30_000 {
            let after = stalls.last.map { $0 + Self.stall } ?? 0
            // Mean gaps that make it one a minute.
            let share = Double(chance.below(1 << 52) + 1) / Double(1 << 52)
            stalls.append(after + 1 + Milliseconds(-log(share) * Double(Self.minute - Self.stall)))
        }
    }

    func isDown(at now: Milliseconds) -> Bool { restarts.contains { $0 <= now && now < $0 + restart } }

    /// When the process gets to something that has come.
    func handles(_ arrival: Milliseconds) -> Milliseconds {
        stalls.first { $0 <= arrival && arrival < $0 + Self.stall }.map { $0 + Self.stall } ?? arrival
    }

    /// The first restart after `from` and not after `to`.
    func restart(in from: Milliseconds, _ to: Milliseconds) -> Milliseconds? {
        restarts.first { $0 > from && $0 <= to }
    }

    func starts(before now: Milliseconds) -> Int { restarts.count { $0 + restart <= now } }
}
