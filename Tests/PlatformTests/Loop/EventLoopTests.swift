import Platform
import Support
import Testing

@Suite struct EventLoopTests {
    @Test func aTaskRunsOnTheLoopAndStaysThere() async throws {
        let places = try await onLoop {
            let before = EventLoop.shared.isCurrent
            await BlockingPool.shared.run { #expect(!EventLoop.shared.isCurrent) }
            return [before, EventLoop.shared.isCurrent]
        }
        #expect(places == [true, true])
    }

    @Test func aTimerFiresAtItsDeadlineAndNotBefore() async throws {
        try await onLoop {
            let clock = FakeClock()
            var fired: [String] = []
            let late = LoopTimer(clock) { fired.append("late") }
            let early = LoopTimer(clock) { fired.append("early") }
            let cancelled = LoopTimer(clock) { fired.append("cancelled") }
            late.arm(at: clock.now + .seconds(3))
            early.arm(at: clock.now + .seconds(1))
            cancelled.arm(at: clock.now + .seconds(2))
            cancelled.cancel()
            await clock.advance(by: .milliseconds(999))
            #expect(fired.isEmpty)
            await clock.advance(by: .milliseconds(1))
            #expect(fired == ["early"])
            await clock.advance(by: .seconds(5))
            #expect(fired == ["early", "late"])
            #expect(clock.timers.count == 0)
        }
    }

    @Test func manyTimersFireInOrderWhateverTheOrderOfArmingMovingAndCancelling() async throws {
        try await onLoop {
            let clock = FakeClock()
            var random = SeededRandom(seed: 7)
            var fired: [Int] = []
            let deadlines = (0..<500).map { _ in Int.random(in: 0..<200, using: &random) }
            let timers = deadlines.map { deadline in LoopTimer(clock) { fired.append(deadline) } }
            for timer in timers { timer.arm(at: clock.now + .seconds(1000)) }
            for (timer, deadline) in zip(timers, deadlines) { timer.arm(at: clock.now + .milliseconds(deadline)) }
            for index in stride(from: 0, to: 500, by: 7) { timers[index].cancel() }
            await clock.advance(by: .seconds(1))
            let expected = deadlines.enumerated().filter { $0.offset % 7 != 0 }.map(\.element).sorted()
            #expect(fired == expected)
        }
    }

    @Test func aTimerThatArmsItselfForNowDoesNotHoldTheLoop() async throws {
        try await onLoop {
            let clock = FakeClock()
            var count = 0
            var timer: LoopTimer?
            timer = LoopTimer(clock) {
                count += 1
                if count < 3 { timer?.arm(at: clock.now) }
            }
            timer?.arm(at: clock.now)
            _ = clock.timers.fire(at: clock.now)
            #expect(count == 1)
            _ = clock.timers.fire(at: clock.now)
            #expect(count == 2)
        }
    }

    @Test func sleepEndsWithItsTimeAndWithCancellation() async throws {
        try await onLoop {
            let clock = FakeClock()
            var log: [String] = []
            let sleeper = startTask {
                try await clock.sleep(for: .seconds(10))
                log.append("woke")
            }
            let cancelled = startTask {
                do { try await clock.sleep(for: .seconds(60)) } catch { log.append("cancelled") }
            }
            await clock.settle()
            await clock.advance(by: .seconds(10))
            _ = try await sleeper.value
            cancelled.cancel()
            _ = try await cancelled.value
            #expect(log == ["woke", "cancelled"])
            #expect(clock.timers.count == 0)
        }
    }

    @Test func jobsOfOtherThreadsArriveInOrderWithoutLoss() async throws {
        try await onLoop {
            let tasks = (0..<2000).map { number in
                startTask { await BlockingPool.shared.run { number * 2 } }
            }
            for (number, task) in tasks.enumerated() {
                let value = try await task.value
                #expect(value == number * 2)
            }
        }
    }

    @Test func aChainOfJobsBeyondTheBudgetLetsTimersThrough() async throws {
        try await onLoop {
            var fired = false
            let timer = LoopTimer(EventLoop.shared) { fired = true }
            timer.arm(at: EventLoop.shared.now)
            var yields = 0
            while !fired, yields < 1_000_000 {
                await Task.yield()
                yields += 1
            }
            #expect(fired)
        }
    }
}
