import Testing

@testable import Failover

/// A month at one probe a minute, with what a month brings.
@Suite struct MonthTests {
    private static let hour: Milliseconds = 3_600_000

    /// All elements of all collections inside a value, however deep.
    private func elements(in value: Any) -> Int {
        let mirror = Mirror(reflecting: value)
        let inside = mirror.children.reduce(0) { $0 + elements(in: $1.value) }
        switch mirror.displayStyle {
        case .collection, .set, .dictionary: return inside + mirror.children.count
        default: return inside
        }
    }

    private func passDay(_ day: Int, _ bench: inout MachineBench) {
        let boot = UInt64(day + 1)
        // It starts again, is slow now and then, and is gone for a quarter of an hour.
        for answer in [
            ProbeResult.failed(.refused), MachineBench.well(boot: boot, uptime: 100), .failed(.timedOut),
            MachineBench.well(boot: boot), .failed(.closed),
        ] {
            bench.answers = [answer]
            bench.pass(1000)
            bench.tell(.owned(peer: 0, (0..<day).map { "bot-\($0)" }))
            for number in 0..<20 as Range<UInt32> { bench.tell(.probed(peer: 0, number: number, answer)) }
        }
        bench.answers = [.failed(.refused)]
        bench.pass(900_000)
        bench.answers = [MachineBench.well(boot: boot)]
        if day % 7 == 3 { bench.tell(.command(.pause(Self.hour))) }
        bench.witness = day % 5 != 2
        bench.pass(8 * Self.hour)
        bench.answers = [.failed(.timedOut)]
        bench.pass(60_000)
        bench.witness = true
        bench.answers = [MachineBench.well(boot: boot)]
        bench.pass(15 * Self.hour)
    }

    @Test func aMonthLeavesNothingBehind() {
        var bench = MachineBench(MachineBench.rules { $0.interval = 60_000 })
        bench.pass(20_000)
        var largest = [0, 0]
        var records = 0
        var takeovers = 0
        for day in 0..<30 {
            passDay(day, &bench)
            records += bench.actions.count { if case .record = $0 { true } else { false } }
            takeovers += bench.alerts.count { if case .tookOver = $0 { true } else { false } }
            bench.forgetActions()
            let half = day < 15 ? 0 : 1
            // What the others own is as large as they say.
            largest[half] = max(largest[half], elements(in: bench.machine) - min(day, FailoverMachine.fingerprintLimit))
        }
        #expect(bench.now > 29 * 24 * Self.hour)
        #expect(takeovers >= 20 && records > 4 * FailoverMachine.historyLimit)
        #expect(bench.machine.history.count == FailoverMachine.historyLimit)
        #expect(largest[0] > FailoverMachine.historyLimit)
        #expect(largest[1] <= largest[0])
    }
}
