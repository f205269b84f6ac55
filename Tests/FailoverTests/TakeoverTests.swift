import Testing

@testable import Failover

@Suite struct TakeoverTests {
    @Test func aPrimaryThatIsWellIsProbedEveryTenSecondsAndNothingElse() {
        var bench = MachineBench.watching()
        bench.pass(100_000)
        #expect(bench.probes == 10)
        #expect(bench.steps.isEmpty && bench.alerts.isEmpty)
    }

    @Test func aRefusalCountsAtOnceAndPromotesAfterThreeSecondsOfThem() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.refused)]
        bench.tell(.link(peer: 0, .closed))
        #expect(bench.word == .suspect)
        let took = bench.pass(atMost: 60_000, until: .active)
        #expect(took == 3000)
        #expect(bench.steps == [.pull, .ownership, .bringUp])
        #expect(bench.alerts == [.tookOver(.down(peer: "vps1", .refused))])
        #expect(bench.machine.epoch == 1)
    }

    @Test func silenceCountsAtTheDeadline() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.timedOut)]
        bench.tell(.link(peer: 0, .closed))
        // Three of 1.5 s, and one more that began after the decision.
        #expect(bench.pass(atMost: 60_000, until: .active) == 6000)
    }

    @Test(arguments: [1, 2, 3, 4])
    func soManyFailuresInARowAreNeeded(threshold: Int) {
        var bench = MachineBench.watching(
            MachineBench.rules { rules in
                rules.failThreshold = threshold
                rules.minSuspect = 0
            })
        bench.answers = [.failed(.refused)]
        bench.tell(.link(peer: 0, .closed))
        #expect(bench.pass(atMost: 60_000, until: .active) == Int64(threshold - 1) * 1000)
    }

    @Test func aNodeThatIsNotOursGetsLonger() {
        var bench = MachineBench.watching()
        bench.answers = [.answered(PeerFacts())]
        bench.pass(20_000)
        bench.answers = [.failed(.refused)]
        bench.tell(.link(peer: 0, .closed))
        #expect(bench.pass(atMost: 60_000, until: .active) == 8000)
    }

    @Test func aCleanStopOfOursShortensIt() {
        var bench = MachineBench.watching()
        bench.tell(.link(peer: 0, .shutdown(restartExpected: nil)))
        bench.answers = [.failed(.refused)]
        bench.tell(.link(peer: 0, .closed))
        #expect(bench.pass(atMost: 60_000, until: .active).map { $0 <= 3000 } == true)
    }

    @Test func aCleanStopSoonAfterAStartIsNotWaitedFor() {
        var bench = MachineBench.watching()
        bench.tell(.link(peer: 0, .starting(progress: 1)))
        bench.tell(.link(peer: 0, .shutdown(restartExpected: nil)))
        bench.answers = [.failed(.refused)]
        bench.tell(.link(peer: 0, .closed))
        #expect(bench.pass(atMost: 60_000, until: .active).map { $0 <= 3000 } == true)
    }

    @Test func aDeathRightAfterAStartIsADeath() {
        var bench = MachineBench.watching()
        bench.tell(.link(peer: 0, .starting(progress: 1)))
        bench.pass(10_000)
        bench.tell(.link(peer: 0, .starting(progress: 2)))
        bench.pass(500)
        bench.tell(.tick)
        bench.answers = [MachineBench.well(boot: 2, uptime: 500)]
        bench.tell(.link(peer: 0, .closed))
        bench.pass(500)
        bench.answers = [.failed(.refused)]
        bench.tell(.link(peer: 0, .closed))
        #expect(bench.pass(atMost: 60_000, until: .active).map { $0 <= 4000 } == true)
    }

    @Test func anAnnouncedRestartIsWaitedForAndNoLonger() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.refused)]
        bench.tell(.link(peer: 0, .shutdown(restartExpected: 7000)))
        #expect(bench.pass(atMost: 60_000, until: .active).map { (10_000...11_000).contains($0) } == true)
    }

    @Test func patienceHasACap() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.refused)]
        for progress in 0..<40 {
            bench.tell(.link(peer: 0, .starting(progress: progress)))
            bench.pass(5000)
            if bench.word == .active { break }
        }
        #expect(bench.word == .active)
        #expect((60_000...66_000).contains(bench.now - 31_000))
    }

    @Test func whatDoesNotGetOnIsNotWaitedFor() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.refused)]
        for _ in 0..<4 {
            bench.tell(.link(peer: 0, .starting(progress: 3)))
            bench.pass(5000)
        }
        #expect(bench.word == .active)
    }

    @Test func oneAnswerClearsTheSuspicion() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.refused)]
        bench.tell(.link(peer: 0, .closed))
        bench.pass(1500)
        bench.answers = [MachineBench.well()]
        bench.pass(1000)
        #expect(bench.word == .watching)
        bench.answers = [.failed(.refused)]
        bench.pass(11_000)
        #expect(bench.word == .suspect && bench.steps.isEmpty)
    }

    @Test func aPrimaryThatAnswersDuringTheStepsIsNotReplaced() {
        var bench = MachineBench.watching()
        bench.silent = [.pull]
        bench.answers = [.failed(.timedOut)]
        bench.tell(.link(peer: 0, .closed))
        #expect(bench.pass(atMost: 60_000, until: .promoting) != nil)
        bench.pass(200)
        bench.answers = [MachineBench.well()]
        bench.pass(3000)
        #expect(bench.word == .watching)
        #expect(!bench.steps.contains(.bringUp))
    }

    @Test func whoStoodAsideAndIsSilentOnceIsNotYetDown() {
        var bench = MachineBench.watching()
        bench.silent = [.pull]
        bench.answers = [MachineBench.well(willAct: false)]
        bench.tell(.link(peer: 0, .closed))
        #expect(bench.word == .promoting)
        bench.answers = [.failed(.refused)]
        bench.pass(2500)
        #expect(bench.word == .promoting && !bench.steps.contains(.bringUp))
        // It acts again.
        bench.answers = [MachineBench.well()]
        bench.pass(2000)
        #expect(bench.word == .watching && !bench.steps.contains(.bringUp))
    }

    @Test func answersThatComeTwiceOrTooLateChangeNothing() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.refused)]
        bench.tell(.link(peer: 0, .closed))
        for number in 0..<20 as Range<UInt32> {
            bench.tell(.probed(peer: 0, number: number, .failed(.refused)))
            bench.tell(.probed(peer: 7, number: number, .failed(.refused)))
            bench.tell(.witnesses(number: number, anyAnswered: true))
            bench.tell(.step(number: number, .done))
            bench.tell(.lease(number: number, .granted(epoch: 9, end: .max)))
        }
        #expect(bench.word == .suspect && bench.steps.isEmpty)
    }

    @Test func aCrashLoopCountsAsDown() {
        var bench = MachineBench.watching()
        // Up for a moment at each probe, and a new start each time.
        for start in 2...40 as ClosedRange<UInt64> {
            bench.answers = [MachineBench.well(boot: start, uptime: 500)]
            bench.pass(10_000)
            if bench.word == .active { break }
        }
        #expect(bench.word == .active)
        #expect(bench.alerts == [.tookOver(.down(peer: "vps1", .crashLoop))])
    }

    @Test func aFewRestartsAreNoCrashLoop() {
        var bench = MachineBench.watching()
        for start in 2...4 as ClosedRange<UInt64> {
            bench.answers = [MachineBench.well(boot: start, uptime: 500)]
            bench.pass(10_000)
        }
        bench.pass(300_000)
        #expect(bench.word == .watching && bench.steps.isEmpty)
    }

    @Test func aDeafChannelIsNoReason() {
        var bench = MachineBench.watching()
        var facts = PeerFacts()
        facts.isReady = false
        bench.answers = [.answered(facts)]
        bench.pass(600_000)
        #expect(bench.word == .watching)
    }

    // MARK: Is it me?

    @Test func withoutAWitnessItIsIsolatedAndStaysDown() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.timedOut)]
        bench.witness = false
        bench.pass(120_000)
        #expect(bench.word == .isolated)
        #expect(!bench.steps.contains(.bringUp))
        #expect(bench.alerts == [.isolated])
        #expect(!bench.machine.isReady && !bench.machine.announcement.willAct)
    }

    @Test func whatWasSeenWhileCutOffSaysNothing() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.timedOut)]
        bench.witness = false
        bench.pass(60_000)
        bench.witness = true
        let took = bench.pass(atMost: 60_000, until: .active)
        // The witness is asked every five seconds, and then the primary anew.
        #expect(took.map { (6000...11_500).contains($0) } == true)
    }

    @Test func aSilentWitnessIsNone() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.timedOut)]
        bench.witness = nil
        bench.pass(60_000)
        #expect(bench.word == .isolated)
    }

    @Test func whereNoneIsNeededNoneIsAsked() {
        var bench = MachineBench.watching(MachineBench.rules { $0.needsWitness = false })
        bench.answers = [.failed(.refused)]
        bench.witness = false
        bench.pass(20_000)
        #expect(bench.word == .active)
    }

    @Test func aNodeThatSleptBelievesNothing() {
        var bench = MachineBench.watching()
        bench.answers = [nil]
        bench.tell(.link(peer: 0, .closed))
        bench.sleep(60_000)
        bench.answers = [MachineBench.well()]
        bench.tell(.tick)
        bench.pass(30_000)
        #expect(bench.word == .watching && bench.steps.isEmpty)
    }

    // MARK: Who answers there?

    @Test func aStrangerOnTheAddressIsToldOfAndReplacedInTime() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.stranger)]
        bench.tell(.link(peer: 0, .closed))
        #expect(bench.pass(atMost: 60_000, until: .active) == 8000)
        #expect(bench.alerts.first == .foreign(peer: "vps1", .stranger))
    }

    @Test func oneThatNeverProvedItselfIsNotReplaced() {
        var bench = MachineBench()
        bench.answers = [.failed(.wrongCluster)]
        bench.pass(200_000)
        #expect(bench.word == .blocked)
        #expect(
            bench.alerts == [.foreign(peer: "vps1", .wrongCluster), .blocked(.unproven(peer: "vps1"))])
    }

    @Test func aNodeDoesNotReplaceItself() {
        var bench = MachineBench()
        bench.answers = [.failed(.myself)]
        bench.pass(200_000)
        #expect(bench.word == .blocked && bench.alerts == [.blocked(.myself(peer: "vps1"))])
    }

    @Test func anotherMajorVersionIsRefusedByName() {
        var bench = MachineBench()
        bench.answers = [MachineBench.well(major: 2027)]
        bench.pass(20_000)
        bench.answers = [.failed(.refused)]
        bench.pass(300_000)
        #expect(bench.word == .blocked)
        #expect(bench.alerts == [.blocked(.version(peer: "vps1", theirs: 2027, ours: 2026))])
        #expect(bench.alerts.first?.text == "cannot take over: vps1 runs version 2027, this node 2026")
        #expect(!bench.machine.isReady)
    }

    @Test func theAttemptThatEndsABlockIsKeptWithItsReason() {
        var bench = MachineBench.watching()
        bench.outcomes = [.bringUp: .failed("no port")]
        bench.answers = [.failed(.refused)]
        #expect(bench.pass(atMost: 30_000, until: .blocked) != nil)
        bench.pass(70_000)
        let kept = bench.machine.history.count { $0.to == .promoting }
        bench.pass(200_000)
        // However often it is tried.
        #expect(bench.machine.history.count { $0.to == .promoting } == kept)
        bench.outcomes = [:]
        #expect(bench.pass(atMost: 100_000, until: .active) != nil)
        let last = bench.machine.history.last { $0.to != .active }
        #expect(last?.to == .promoting && last?.reason == "vps1 refuses connections")
    }

    @Test func stepsThatFailDoNotKeepItFromActing() {
        var bench = MachineBench.watching(
            MachineBench.rules { $0.steps = [.pull, .secrets, .hook, .ownership, .bringUp] })
        bench.outcomes = [.pull: .failed("conflict"), .secrets: .failed("no route"), .hook: .failed("exit 1")]
        bench.answers = [.failed(.refused)]
        bench.pass(20_000)
        #expect(bench.word == .active)
        #expect(bench.steps == [.pull, .secrets, .hook, .ownership, .bringUp])
    }

    @Test func aStepThatTakesTooLongIsGoneOnWithout() {
        var bench = MachineBench.watching(
            MachineBench.rules { $0.steps = [.pull, .secrets, .hook, .ownership, .bringUp] })
        bench.silent = [.pull, .secrets, .hook, .ownership]
        bench.answers = [.failed(.refused)]
        #expect(bench.pass(atMost: 60_000, until: .promoting) != nil)
        #expect(bench.pass(atMost: 60_000, until: .active) == 14_000)
    }

    @Test func whatDoesNotComeUpIsTakenDownAndToldOf() {
        var bench = MachineBench.watching()
        bench.outcomes = [.bringUp: .failed("unit failed")]
        bench.answers = [.failed(.refused)]
        bench.pass(20_000)
        #expect(bench.word == .blocked)
        #expect(bench.steps.suffix(2) == [.bringUp, .hold])
        #expect(bench.alerts == [.blocked(.bringUp("unit failed"))])
    }
}
