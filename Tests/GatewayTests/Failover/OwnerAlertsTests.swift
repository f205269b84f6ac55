import Platform
import Support
import Testing

@testable import Gateway

@Suite struct OwnerAlertsTests {
    @LoopActor
    private final class Scene {
        let clock = FakeClock()
        var isHeard = true
        private(set) var said: [String] = []
        private(set) var tries = 0
        private(set) var alerts: OwnerAlerts!

        init() {
            let log = Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "failover")
            alerts = OwnerAlerts(clock: clock, log: log) { text in
                self.tries += 1
                if self.isHeard { self.said.append(text) }
                return self.isHeard
            }
        }

        func tell(_ text: String, turn: String = "") async {
            if alerts.isNew(text, turn: turn) { alerts.tell(text) }
            await clock.advance(by: .zero)
        }
    }

    @Test func theSameIsSaidOnceInTenMinutesAndOncePerTurn() async throws {
        try await onLoop {
            let scene = Scene()
            await scene.tell("took over", turn: "1")
            await scene.tell("took over", turn: "1")
            #expect(scene.said == ["took over"])
            await scene.tell("took over", turn: "2")
            #expect(scene.said.count == 2)
            await scene.clock.advance(by: .seconds(599))
            await scene.tell("took over", turn: "2")
            #expect(scene.said.count == 2)
            await scene.clock.advance(by: .seconds(1))
            await scene.tell("took over", turn: "2")
            #expect(scene.said.count == 3)
        }
    }

    @Test func whatNobodyCouldSayIsSaidWhenSomebodyCanWithItsAge() async throws {
        try await onLoop {
            let scene = Scene()
            scene.isHeard = false
            await scene.tell("cannot take over")
            await scene.tell("its network is down")
            #expect(scene.said.isEmpty)
            await scene.clock.advance(by: .seconds(300))
            scene.isHeard = true
            // After one minute, three, and seven.
            await scene.clock.advance(by: .seconds(119))
            #expect(scene.said.isEmpty)
            await scene.clock.advance(by: .seconds(1))
            #expect(scene.said == ["cannot take over (7 min ago)", "its network is down (7 min ago)"])
            let tries = scene.tries
            await scene.clock.advance(by: .seconds(3600))
            #expect(scene.tries == tries)
        }
    }

    @Test func noMoreThanTheLastAreKeptAndNotForEver() async throws {
        try await onLoop {
            let scene = Scene()
            scene.isHeard = false
            for number in 0..<20 { await scene.tell("alert \(number)") }
            scene.isHeard = true
            await scene.clock.advance(by: .seconds(60))
            #expect(scene.said == (12..<20).map { "alert \($0) (1 min ago)" })
            scene.isHeard = false
            await scene.tell("old news")
            await scene.clock.advance(by: OwnerAlerts.keepTime + .seconds(120))
            scene.isHeard = true
            await scene.clock.advance(by: .seconds(120))
            #expect(scene.said.count == 8)
        }
    }
}
