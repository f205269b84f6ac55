import Platform
import Support
import Testing

@testable import Failover

@Suite struct PeerDeskTests {
    private static let secret = PairSecret("a-secret-of-the-pair")

    @LoopActor
    private static func question(
        _ challenge: String, secret: PairSecret = secret, nonce: String = "n1", wish: String = "state"
    ) -> [UInt8] {
        JSONWriter.bytes(
            of: [
                "challenge": .string(challenge), "nonce": .string(nonce), "want": .string(wish),
                "proof": .string(secret.proof(.ask, challenge, nonce, wish)),
            ])
    }

    @Test func whoKnowsTheSecretIsAnsweredAndKnowsTheAnswerIsIts() async throws {
        try await onLoop {
            let clock = FakeClock()
            let desk = PeerDesk([nil, Self.secret]) { clock.now }
            let question = try #require(desk.open(Self.question(desk.challenge())))
            #expect(question.wish == .state && question.peer == 1)
            let sealed = question.sealed(MonitorTests.statement.json)
            let opened = try #require(Self.secret.opened(sealed, nonce: "n1"))
            #expect(PeerStatement(opened) == MonitorTests.statement)
        }
    }

    @Test func aChallengeServesOnce() async throws {
        try await onLoop {
            let clock = FakeClock()
            let desk = PeerDesk([Self.secret]) { clock.now }
            let body = Self.question(desk.challenge(), wish: "standAside")
            #expect(desk.open(body)?.wish == .standAside)
            #expect(desk.open(body) == nil)
        }
    }

    @Test func aChallengeEnds() async throws {
        try await onLoop {
            let clock = FakeClock()
            let desk = PeerDesk([Self.secret]) { clock.now }
            let (one, two) = (desk.challenge(), desk.challenge())
            await clock.advance(by: PeerDesk.challengeTime - .milliseconds(1))
            #expect(desk.open(Self.question(one)) != nil)
            await clock.advance(by: .milliseconds(1))
            #expect(desk.open(Self.question(two)) == nil)
        }
    }

    @Test func strangersAreNotAnswered() async throws {
        try await onLoop {
            let clock = FakeClock()
            let desk = PeerDesk([Self.secret]) { clock.now }
            let other = PeerDesk([Self.secret]) { clock.now }
            #expect(desk.open(Self.question(desk.challenge(), secret: PairSecret("another"))) == nil)
            #expect(desk.open(Self.question(other.challenge())) == nil, "a challenge of another start")
            #expect(desk.open(Self.question(desk.challenge() + "0")) == nil)
            #expect(desk.open(Self.question(desk.challenge(), wish: "everything")) == nil)
            #expect(desk.open(Self.question(desk.challenge(), nonce: String(repeating: "n", count: 201))) == nil)
            #expect(desk.open(Array("{}".utf8)) == nil && desk.open([0xFF]) == nil)
            #expect(PeerDesk([nil]) { clock.now }.isClosed)
        }
    }

    @Test func anAnswerHoldsForItsQuestionAndItsPlaceAlone() async throws {
        try await onLoop {
            let clock = FakeClock()
            let desk = PeerDesk([Self.secret]) { clock.now }
            let question = try #require(desk.open(Self.question(desk.challenge(), wish: "watch")))
            let line = question.sealed(.hint(.shutdown(restartExpected: 1000)), place: 3)
            let sealed = Array(line.dropLast())
            let opened = try #require(Self.secret.opened(sealed, nonce: "n1", place: 3))
            #expect(LinkWord(opened) == .hint(.shutdown(restartExpected: 1000)))
            #expect(Self.secret.opened(sealed, nonce: "n1", place: 2) == nil)
            #expect(Self.secret.opened(sealed, nonce: "n2", place: 3) == nil)
            #expect(PairSecret("another").opened(sealed, nonce: "n1", place: 3) == nil)
        }
    }

    @Test(arguments: [
        LinkWord.alive, .hint(.opened), .hint(.closed), .hint(.draining), .hint(.starting(progress: 3)),
        .hint(.shutdown(restartExpected: nil)), .hint(.shutdown(restartExpected: 1500)),
    ])
    func eachWordIsReadAsItWasSaid(word: LinkWord) { #expect(LinkWord(word.json) == word) }

    @Test(arguments: [
        PeerAnnouncement.Phase.running, .draining, .starting(progress: 2),
    ])
    func eachStatementIsReadAsItWasSaid(phase: PeerAnnouncement.Phase) {
        var statement = MonitorTests.statement
        statement.announcement.phase = phase
        statement.owns = ["a", "b"]
        statement.refusal = "busy"
        statement.node = nil
        #expect(PeerStatement(statement.json) == statement)
    }

    @Test func aCredentialIsKnownAgainByThePairAlone() {
        let own = Self.secret.fingerprint("telegram:123:abc")
        #expect(own == Self.secret.fingerprint("telegram:123:abc"))
        #expect(own != Self.secret.fingerprint("telegram:123:abd"))
        #expect(own != PairSecret("another").fingerprint("telegram:123:abc"))
        #expect(!own.contains("abc") && own.utf8.count == 32)
    }

    @Test func whatTheOwnerIsToHearCannotBeChangedOnTheWay() async throws {
        try await onLoop {
            let clock = FakeClock()
            let desk = PeerDesk([Self.secret]) { clock.now }
            func body(_ challenge: String, proven: String, sent: String) -> [UInt8] {
                JSONWriter.bytes(
                    of: [
                        "challenge": .string(challenge), "nonce": "n1", "want": "tell", "text": .string(sent),
                        "proof": .string(Self.secret.proof(.ask, challenge, "n1", "tell", proven)),
                    ])
            }
            let heard = try #require(desk.open(body(desk.challenge(), proven: "it is down", sent: "it is down")))
            #expect(heard.wish == .tell && heard.text == "it is down")
            #expect(desk.open(body(desk.challenge(), proven: "it is down", sent: "all is well")) == nil)
            let long = String(repeating: "x", count: PeerDesk.textLimit + 1)
            #expect(desk.open(body(desk.challenge(), proven: long, sent: long))?.text.count == PeerDesk.textLimit)
        }
    }
}
