import Testing

@testable import Failover

/// No two nodes use one bot.
@Suite struct SharedChannelTests {
    @Test func aSharedChannelIsRefused() {
        var bench = MachineBench.watching()
        bench.tell(.owned(peer: 0, ["primary-bot", "standby-bot"]))
        bench.answers = [.failed(.refused)]
        bench.pass(300_000)
        #expect(bench.word == .blocked && !bench.steps.contains(.bringUp))
        #expect(bench.alerts == [.blocked(.sharedChannel(peer: "vps1"))])
        bench.own = ["another-bot"]
        bench.tell(.command(.resume))
        bench.pass(60_000)
        #expect(bench.word == .active)
    }

    @Test func aSharedChannelThatIsLearntOfAtTheLastMomentIsRefused() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.timedOut)]
        #expect(bench.pass(atMost: 60_000, until: .promoting) != nil)
        // The step has looked; one more failed probe is waited for.
        #expect(bench.word == .promoting && bench.steps.contains(.ownership))
        bench.tell(.owned(peer: 0, ["standby-bot"]))
        bench.pass(20_000)
        #expect(bench.word == .blocked && !bench.steps.contains(.bringUp))
        #expect(bench.alerts == [.blocked(.sharedChannel(peer: "vps1"))])
    }

    @Test func aSharedChannelThatIsLearntOfWhileItActsIsGivenUp() {
        var bench = MachineBench.watching()
        bench.answers = [.failed(.refused)]
        #expect(bench.pass(atMost: 20_000, until: .active) != nil)
        bench.forgetActions()
        bench.tell(.owned(peer: 0, ["primary-bot"]))
        #expect(bench.word == .active)
        bench.tell(.owned(peer: 0, ["primary-bot", "standby-bot"]))
        bench.pass(1000)
        #expect(bench.steps == [.hold])
        #expect(bench.word == .blocked)
        #expect(bench.alerts == [.blocked(.sharedChannel(peer: "vps1"))])
    }

    @Test func aBotOfThePrimaryThatThisNodeIsGivenWhileItActsIsGivenUp() {
        var bench = MachineBench.watching()
        bench.tell(.owned(peer: 0, ["primary-bot"]))
        bench.answers = [.failed(.refused)]
        #expect(bench.pass(atMost: 20_000, until: .active) != nil)
        bench.forgetActions()
        bench.tell(.ownedHere(["standby-bot"]))
        #expect(bench.word == .active)
        bench.tell(.ownedHere(["primary-bot"]))
        bench.pass(1000)
        #expect(bench.steps == [.hold] && bench.word == .blocked)
        // After a restart it is known as soon as the configuration is.
        var before = MachineBench.watching()
        before.tell(.owned(peer: 0, ["primary-bot"]))
        before.answers = [.failed(.refused)]
        before.pass(20_000)
        var again = MachineBench(memory: before.written)
        again.answers = [.failed(.refused)]
        again.pass(1000)
        #expect(again.word == .active)
        again.tell(.ownedHere(["primary-bot"]))
        again.pass(1000)
        #expect(again.word == .blocked)
    }

    @Test(arguments: [true, false])
    func whoDoesNotKnowItsOwnChannelsBringsNoneUpBesideAnothers(fails: Bool) {
        var bench = MachineBench.watching()
        bench.tell(.owned(peer: 0, ["primary-bot"]))
        if fails { bench.outcomes = [.ownership: .failed("no store")] } else { bench.silent = [.ownership] }
        bench.answers = [.failed(.refused)]
        #expect(bench.pass(atMost: 20_000, until: .blocked) != nil)
        bench.pass(20_000)
        #expect(!bench.steps.contains(.bringUp))
        #expect(bench.alerts == [.blocked(.ownershipUnknown)])
        bench.outcomes = [:]
        bench.silent = []
        bench.pass(15_000)
        #expect(bench.word == .active)
    }
}
