import Channels
import Failover
import Models
import Platform
import Support
import Testing

@testable import Gateway

@Suite struct StandbyProofsTests {
    /// What the proofs bring, and what people are told.
    @LoopActor
    private final class Scene {
        let clock = FakeClock()
        var faults: [StandbyFault] = []
        var isStandingBy = true
        var whileAsked: @LoopActor () async -> Void = {}
        private(set) var asked = 0
        private(set) var news: [String?] = []
        private(set) var proofs: StandbyProofs!

        init() async {
            proofs = StandbyProofs(every: .seconds(3600), clock: clock, isWanted: { self.isStandingBy }) {
                self.asked += 1
                await self.whileAsked()
                return self.faults
            }
            proofs.onNews = { self.news.append($0) }
            proofs.start()
            await clock.advance(by: .zero)
        }

        func pass(_ time: Duration) async { await clock.advance(by: time) }
    }

    private static func refused(_ fault: ConnectorFault, account: String = "default") -> StandbyFault {
        .account(ChannelAccount(channel: "telegram", account: account), .refused(fault))
    }

    private static let passing = refused(.passing("HTTP 502"))
    private static let lasting = refused(.lasting("the token is not valid", cure: "make a new one"))

    @Test func theFirstComesAMinuteAfterTheStartAndThenOneEachHour() async throws {
        try await onLoop {
            let scene = await Scene()
            await scene.pass(.milliseconds(59_999))
            #expect(scene.asked == 0)
            #expect(scene.proofs.json["ageMs"] == nil)
            await scene.pass(.milliseconds(1))
            #expect(scene.asked == 1)
            await scene.pass(.milliseconds(3_599_999))
            #expect(scene.asked == 1)
            #expect(scene.proofs.json["ageMs"]?.int == 3_599_999)
            await scene.pass(.milliseconds(1))
            #expect(scene.asked == 2)
            #expect(scene.news.isEmpty)
            scene.proofs.drain()
        }
    }

    @Test func whatLastsIsToldAtOnceAndOnce() async throws {
        try await onLoop {
            let scene = await Scene()
            scene.faults = [Self.lasting]
            await scene.pass(.seconds(60))
            #expect(scene.news == ["channels.telegram: the token is not valid"])
            #expect(scene.proofs.json["ok"]?.bool == false)
            await scene.pass(.seconds(3599))
            #expect(scene.asked == 1)
            await scene.pass(.seconds(3601))
            #expect(scene.asked == 3)
            #expect(scene.news.count == 1)
            // Another one is news.
            scene.faults = [Self.lasting, .noModelChosen]
            await scene.pass(.seconds(3600))
            #expect(scene.news.count == 2)
            scene.faults = []
            // Somebody mends it.
            scene.proofs.configurationChanged()
            await scene.pass(.zero)
            #expect(scene.asked == 5)
            #expect(scene.news.count == 3 && scene.news[2] == nil)
            #expect(scene.proofs.json["failure"] == nil)
            scene.proofs.configurationChanged()
            await scene.pass(.seconds(3599))
            #expect(scene.asked == 5)
            scene.proofs.drain()
        }
    }

    @Test func whatMayPassIsToldWhenItComesASecondTime() async throws {
        try await onLoop {
            let scene = await Scene()
            scene.faults = [Self.passing]
            await scene.pass(.seconds(60))
            #expect(scene.news.isEmpty)
            scene.faults = []
            await scene.pass(.seconds(300))
            #expect(scene.asked == 2 && scene.news.isEmpty)
            scene.faults = [Self.passing]
            await scene.pass(.seconds(3600))
            #expect(scene.news.isEmpty)
            await scene.pass(.seconds(300))
            #expect(scene.news == ["channels.telegram: HTTP 502"])
            // It turns out to last.
            scene.faults = [Self.lasting]
            await scene.pass(.seconds(300))
            #expect(scene.news.count == 2)
            scene.proofs.drain()
        }
    }

    @Test func aChangeThatItMadeItselfIsNoReasonToBeginAnew() async throws {
        try await onLoop {
            let scene = await Scene()
            scene.faults = [Self.lasting]
            scene.whileAsked = { [proofs = scene.proofs!] in
                await proofs.fetching { proofs.configurationChanged() }
            }
            await scene.pass(.seconds(600))
            #expect(scene.asked == 1)
            // Somebody else's comes while it is under way.
            scene.whileAsked = { [proofs = scene.proofs!] in proofs.configurationChanged() }
            await scene.pass(.seconds(3060))
            #expect(scene.asked == 2)
            await scene.pass(StandbyProofs.changePause)
            #expect(scene.asked == 3)
            scene.proofs.drain()
        }
    }

    @Test func aNodeThatActsProvesNothing() async throws {
        try await onLoop {
            let scene = await Scene()
            scene.isStandingBy = false
            await scene.pass(.seconds(7200))
            #expect(scene.asked == 0)
            scene.isStandingBy = true
            await scene.pass(.seconds(300))
            #expect(scene.asked == 1)
            scene.proofs.drain()
            await scene.pass(.seconds(7200))
            #expect(scene.asked == 1)
        }
    }

    @Test func whatAModelSaysIsJudged() {
        func outcome(_ kind: ModelError.Kind) -> StandbyFault {
            var outcome = ModelTrial.Outcome(
                model: ModelReference(provider: "acme", model: "one"), profile: "acme:default")
            outcome.error = ModelError(kind, provider: "acme", detail: "no")
            return .noModelAnswers([outcome])
        }
        #expect(outcome(.badKey).isLasting && outcome(.billing).isLasting && outcome(.unknownModel).isLasting)
        #expect(!outcome(.overloaded).isLasting && !outcome(.timeout).isLasting && !outcome(.unreachable).isLasting)
        #expect(outcome(.badKey).text.contains("acme/one: the key was refused"))
    }
}
