import Channels
import Platform
import Store
import Support
import Testing

@Suite(.serialized) struct PairingTests {
    private static let telegram = ChannelAccount(channel: "telegram")

    private func withDesk(
        _ body: @escaping @LoopActor @Sendable (PairingDesk, FakeClock, Store) async throws -> Void
    ) async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let store = try await Store.open(at: scratch.path("s.sqlite"), schema: .channels)
            let clock = FakeClock()
            var random = SeededRandom(seed: 7)
            do {
                try await body(PairingDesk(store, clock) { PairingCode(random: &random) }, clock, store)
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }

    private func sender(_ id: String) -> InboundMessage.Sender { .init(id: id, name: "Name \(id)") }

    @LoopActor private func code(_ desk: PairingDesk, _ id: String) async throws -> PairingCode {
        guard case .told(let code) = try await desk.ask(sender(id), of: Self.telegram) else { throw Silent() }
        return code
    }

    private struct Silent: Error {}

    @Test func aCodeIsToldOnceAndLetsIn() async throws {
        try await withDesk { desk, _, store in
            let code = try await code(desk, "42")
            #expect(try await desk.ask(sender("42"), of: Self.telegram) == .silent)
            #expect(!desk.isApproved("42", of: Self.telegram))
            let typed = code.description.lowercased().prefix(4) + "-" + code.description.suffix(4)
            #expect(try await desk.approve(String(typed), channel: "telegram").id == "42")
            #expect(desk.isApproved("42", of: Self.telegram))
            #expect(!desk.isApproved("42", of: ChannelAccount(channel: "telegram", account: "two")))
            let another = PairingDesk(store, FakeClock())
            try await another.load()
            #expect(another.isApproved("42", of: Self.telegram))
            #expect(try await another.remove("42", of: Self.telegram))
            #expect(!another.isApproved("42", of: Self.telegram))
        }
    }

    @Test func anHourIsTheEndOfACode() async throws {
        try await withDesk { desk, clock, _ in
            let first = try await code(desk, "42")
            await clock.advance(by: PairingDesk.lifetime - .milliseconds(1))
            #expect(try await desk.waiting().count == 1)
            await clock.advance(by: .milliseconds(1))
            await #expect(throws: PairingProblem.unknown) {
                try await desk.approve(first.description, channel: "telegram")
            }
            #expect(try await code(desk, "42") != first)
        }
    }

    @Test func aClockThatIsSetBackDoesNotKeepARequestForYears() async throws {
        try await withDesk { desk, clock, _ in
            _ = try await code(desk, "42")
            clock.wall.nanoseconds -= Duration.seconds(86_400).inNanoseconds
            #expect(try await desk.waiting().isEmpty)
        }
    }

    @Test func threeWaitAndNoMore() async throws {
        try await withDesk { desk, _, _ in
            for id in ["1", "2"] { _ = try await code(desk, id) }
            let third = try await code(desk, "3")
            #expect(try await desk.ask(sender("4"), of: Self.telegram) == .silent)
            let discord = ChannelAccount(channel: "discord")
            guard case .told = try await desk.ask(sender("4"), of: discord) else { throw Silent() }
            #expect(try await desk.reject(third.description, channel: "telegram").id == "3")
            _ = try await code(desk, "4")
        }
    }

    @Test func aCodeIsGoodForItsChannelOnly() async throws {
        try await withDesk { desk, _, _ in
            let code = try await code(desk, "42").description
            await #expect(throws: PairingProblem.unknown) { try await desk.approve(code, channel: "discord") }
            await #expect(throws: PairingProblem.unknown) {
                try await desk.approve(code, channel: "telegram", account: "two")
            }
            #expect(try await desk.approve(code, channel: "telegram", account: "default").id == "42")
        }
    }

    @Test func codesCannotBeTriedOut() async throws {
        try await withDesk { desk, clock, _ in
            let right = try await code(desk, "42").description
            for _ in 0..<(PairingDesk.tries - 1) {
                await #expect(throws: PairingProblem.unknown) {
                    try await desk.approve("AAAAAAAA", channel: "telegram")
                }
            }
            await #expect(throws: PairingProblem.notACode) { try await desk.approve("AAAAAAA0", channel: "telegram") }
            await #expect(throws: PairingProblem.tooManyTries(PairingDesk.triesTime)) {
                try await desk.approve(right, channel: "telegram")
            }
            await clock.advance(by: PairingDesk.triesTime)
            #expect(try await desk.approve(right, channel: "telegram").id == "42")
        }
    }

    @Test func codesHaveOnlyLettersThatCannotBeMistaken() {
        var random = SeededRandom(seed: 1)
        var seen: Set<Character> = []
        for _ in 0..<2000 {
            let text = PairingCode(random: &random).description
            #expect(text.count == 8)
            seen.formUnion(text)
        }
        #expect(seen.count == 32 && seen.isDisjoint(with: "0O1I"))
    }
}
