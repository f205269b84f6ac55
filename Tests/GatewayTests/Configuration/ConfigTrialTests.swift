import Platform
import Settings
import Support
import Testing

@testable import Gateway

@Suite struct ConfigTrialTests {
    /// A start in a home of its own, with what an earlier run left.
    @LoopActor
    private final class Case {
        static let text = "{gateway: {mode: 'local', metrics: {enabled: true}}}"
        static let good = "{gateway: {mode: 'local'}}"

        let scratch = ScratchDirectory()
        let clock = FakeClock()
        let environment: Environment
        let instance: Instance
        private(set) var trial: ConfigTrial?
        var proofs = 0
        var failures: [String] = []

        init() throws {
            environment = Environment(["HOME": scratch.path])
            instance = try Instance(flags: Instance.Flags(), environment: environment)
        }

        /// A change waits, and the last good one is kept.
        func leave(_ record: ConfigProbation.Stage?) async throws {
            try await PrivateDirectory.create(instance.stateDirectory)
            scratch.write(Self.good, to: ".openclaw/openclaw.json")
            let loader = ConfigLoader(instance, environment: environment, schema: .product)
            try await LastGoodConfig(try await loader.load(), at: clock.wall)?.save(instance)
            scratch.write(Self.text, to: ".openclaw/openclaw.json")
            guard let record else { return }
            let candidate = try await loader.load().fingerprint ?? ""
            try await ConfigProbation(
                stage: record, candidate: candidate, keys: ["gateway.metrics.enabled"], since: clock.wall, reason: nil
            ).save(instance)
        }

        @discardableResult
        func start() async throws -> ConfigOpening {
            let opening = try await ConfigOpening(instance, environment: environment, flags: GatewayFlags())
            let output = LogOutput(LogSettings(level: .trace), clock: clock)
            let trial = ConfigTrial(opening, instance, clock: clock, log: Log(output, subsystem: "config"))
            trial.onProof = { self.proofs += 1 }
            trial.onFailure = { self.failures.append($0) }
            self.trial = trial
            await trial.begin()
            return opening
        }

        func stage() async -> ConfigProbation.Stage? { await ConfigProbation.read(instance)?.stage }
    }

    @Test func withoutAChangeThatWaitsReadinessIsProof() async throws {
        try await onLoop {
            let one = try Case()
            try await one.leave(nil)
            #expect(try await one.start().fallback == nil)
            one.trial?.ready()
            #expect(one.proofs == 1)
        }
    }

    @Test func aChangeIsProvenAfterAMinuteAndNotBefore() async throws {
        try await onLoop {
            let one = try Case()
            try await one.leave(.waiting)
            try await one.start()
            #expect(await one.stage() == .trial)
            one.trial?.ready()
            await one.clock.advance(by: ConfigProbation.time - .milliseconds(1))
            #expect(one.proofs == 0)
            await one.clock.advance(by: .milliseconds(1))
            #expect(one.proofs == 1 && one.failures == [])
        }
    }

    @Test func whoIsNotReadyInAMinuteHasFailed() async throws {
        try await onLoop {
            let one = try Case()
            try await one.leave(.waiting)
            try await one.start()
            await one.clock.advance(by: ConfigProbation.time)
            try await turns { !one.failures.isEmpty }
            #expect(one.failures == ["not ready after 60 s"] && one.proofs == 0)
            let next = try await one.start()
            #expect(next.fallback?.reason == "not ready after 60 s")
            #expect(next.fallback?.keys == ["gateway.metrics.enabled"])
            #expect(next.snapshot.bool("gateway.metrics.enabled") == false)
            #expect(await one.stage() == .failed)
            #expect(one.scratch.read(".openclaw/openclaw.json") == Case.text)
            #expect(try await one.start().fallback == nil)
        }
    }

    @Test func anEndThatWasAskedForDecidesNothing() async throws {
        try await onLoop {
            let one = try Case()
            try await one.leave(.waiting)
            try await one.start()
            one.trial?.ready()
            await one.trial?.stopped()
            #expect(await one.stage() == .waiting)
            #expect(try await one.start().fallback == nil)
        }
    }

    @Test func aKillWithinTheMinuteIsAFailure() async throws {
        try await onLoop {
            let one = try Case()
            try await one.leave(.waiting)
            try await one.start()
            one.trial?.ready()
            #expect(try await one.start().fallback != nil)
        }
    }
}
