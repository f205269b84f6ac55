import Platform
import Support
import Testing

@testable import Failover

@Suite struct MonitorTests {
    @Test func aWellPrimaryIsProbedAgainAndAgain() async throws {
        try await onLoop {
            let bench = MonitorBench()
            await bench.begin()
            #expect(bench.word == .watching)
            #expect((3...4).contains(bench.world.reports.count))
            #expect(bench.world.log.isEmpty)
        }
    }

    @Test func aRefusedPrimaryIsRelievedAndWhatItTakesIsWrittenFirst() async throws {
        try await onLoop {
            let bench = MonitorBench()
            await bench.begin()
            bench.world.answer = PeerAnswer(.failed(.refused))
            bench.world.hints?(0, .closed)
            await bench.pass(6)
            #expect(bench.word == .active)
            let log = bench.world.log
            let bringUp = try #require(log.firstIndex(of: "bringUp"))
            #expect(log[..<bringUp].contains("written") && log[..<bringUp].contains("ownership"))
            #expect(bench.news.contains(.alert(.tookOver(.down(peer: "vps1", .refused)))))
        }
    }

    @Test func nothingIsBroughtUpBeforeTheDiskHasIt() async throws {
        try await onLoop {
            let bench = MonitorBench()
            await bench.begin()
            bench.world.answer = PeerAnswer(.failed(.refused))
            bench.world.isStuck = true
            bench.world.hints?(0, .closed)
            await bench.pass(6)
            #expect(!bench.world.log.contains("bringUp"))
            bench.world.unstick()
            await bench.pass(1)
            #expect(bench.world.log.contains("bringUp"))
            #expect(bench.word == .active)
        }
    }

    @Test func withoutAWitnessNobodyTakesOver() async throws {
        try await onLoop {
            let bench = MonitorBench()
            await bench.begin()
            bench.world.answer = PeerAnswer(.failed(.timedOut))
            bench.world.witnesses = false
            await bench.pass(60)
            #expect(bench.word == .isolated)
            #expect(!bench.world.log.contains("bringUp"))
            bench.world.witnesses = true
            bench.world.answer = PeerAnswer(.answered(PeerFacts()))
            await bench.pass(30)
            #expect(bench.word == .watching)
        }
    }

    @Test func anAnswerAfterItsTimeKeepsTheStandbyBack() async throws {
        try await onLoop {
            let bench = MonitorBench()
            await bench.begin()
            bench.world.isSilent = true
            let before = bench.world.reports.count
            while bench.world.reports.count == before { await bench.pass(0.5) }
            let slow = try #require(bench.world.reports.last)
            slow(PeerAnswer(.failed(.timedOut)))
            await bench.pass(0.2)
            #expect(bench.word == .suspect)
            #expect(bench.monitor.failures == [1])
            slow(PeerAnswer(.answered(PeerFacts())))
            await bench.pass(0.2)
            #expect(bench.monitor.failures == [0])
            bench.world.isSilent = false
            bench.world.answer = PeerAnswer(.answered(PeerFacts()))
            await bench.pass(12)
            #expect(bench.word == .watching)
        }
    }

    @Test func aMonitorThatWasStoppedDecidesNothing() async throws {
        try await onLoop {
            let bench = MonitorBench()
            await bench.begin()
            bench.monitor.stop()
            bench.world.answer = PeerAnswer(.failed(.refused))
            bench.world.hints?(0, .closed)
            await bench.pass(120)
            #expect(bench.word == .watching)
            #expect(bench.world.isClosed)
            #expect(await bench.monitor.order(.promote) == .busy)
        }
    }

    @Test func whoWasActiveGoesOnAsActive() async throws {
        try await onLoop {
            let first = MonitorBench()
            await first.begin()
            first.world.answer = PeerAnswer(.failed(.refused))
            first.world.hints?(0, .closed)
            await first.pass(6)
            let memory = try #require(first.world.written.last)
            let second = MonitorBench(memory: FailoverMemory(memory.json))
            second.world.answer = PeerAnswer(.failed(.refused))
            second.monitor.start()
            await second.pass(1)
            #expect(second.word == .active)
            #expect(second.world.log.contains("bringUp"))
            #expect(second.monitor.machine.epoch == first.monitor.machine.epoch)
        }
    }

    @Test func aCredentialOfThePrimaryIsRefused() async throws {
        try await onLoop {
            let bench = MonitorBench()
            var statement = Self.statement
            statement.owns = ["abc", "def"]
            bench.world.answer = PeerAnswer(.answered(statement.facts), statement)
            bench.world.outcomes[.ownership] = .owns(["def"])
            await bench.begin()
            bench.world.answer = PeerAnswer(.failed(.refused))
            await bench.pass(30)
            #expect(bench.word == .blocked)
            #expect(bench.news.contains(.alert(.blocked(.sharedChannel(peer: "vps1")))))
        }
    }

    @Test func aPlannedSwitchAsksThePrimary() async throws {
        try await onLoop {
            let bench = MonitorBench()
            bench.world.answer = PeerAnswer(.answered(Self.statement.facts), Self.statement)
            await bench.begin()
            #expect(await bench.monitor.order(.switchover) == nil)
            await bench.pass(0.1)
            #expect(bench.world.log == ["stand aside"])
            var aside = Self.statement
            aside.announcement.willAct = false
            bench.world.answer = PeerAnswer(.answered(aside.facts), aside)
            await bench.pass(15)
            #expect(bench.word == .active)
        }
    }

    @Test func anOrderIsAnsweredWhenItIsWrittenDown() async throws {
        try await onLoop {
            let bench = MonitorBench()
            await bench.begin()
            bench.world.isStuck = true
            var isAnswered = false
            let order = startTask {
                let refusal = await bench.monitor.order(.pause(nil))
                isAnswered = true
                return refusal
            }
            await bench.pass(1)
            #expect(bench.word == .paused && !isAnswered)
            bench.world.unstick()
            await bench.pass(1)
            #expect(isAnswered)
            let refusal = try await order.value
            #expect(refusal == nil)
        }
    }

    @Test func anOrderThatCannotBeCarriedOutSaysWhy() async throws {
        try await onLoop {
            let bench = MonitorBench()
            await bench.begin()
            #expect(await bench.monitor.order(.demote) == .notActive)
            #expect(await bench.monitor.order(.resume) == .notPaused)
            #expect(await bench.monitor.order(.pause(60_000)) == nil)
            #expect(bench.word == .paused)
            #expect(bench.monitor.status["paused"]?["untilMs"]?.int != nil)
        }
    }

    @Test func theStatusSaysWhatWasSeen() async throws {
        try await onLoop {
            let bench = MonitorBench()
            bench.world.answer = PeerAnswer(.answered(Self.statement.facts), Self.statement)
            await bench.begin()
            let primary = bench.monitor.status["primary"]
            #expect(primary?["standing"] == "well" && primary?["ours"] == true && primary?["version"] == "2026.12.0")
            #expect(bench.monitor.status["role"] == "standby")
        }
    }

    static let statement = PeerStatement(
        node: "n", boot: 7, uptime: 60_000, isReady: true, version: "2026.12.0",
        announcement: PeerAnnouncement(
            role: .primary, phase: .running, willAct: true, epoch: 1, priority: 0, major: 2026))
}
