import Platform
import Support
import Testing

@testable import Models

private func situation(_ kind: ModelError.Kind, _ change: (inout FallbackSituation) -> Void) -> FallbackSituation {
    var situation = FallbackSituation(kind)
    change(&situation)
    return situation
}

@Suite struct FallbackPolicyTests {
    private let policy = FallbackPolicy()

    @Test func theFirstFailureOfEachKind() {
        let short = FallbackDecision.retrySame(after: policy.transientDelay)
        let patient = FallbackDecision.retrySame(after: policy.patientDelay)
        // With another key and another model, with another model alone, with neither.
        let table: [(ModelError.Kind, FallbackDecision, FallbackDecision, FallbackDecision)] = [
            (.rateLimited, .nextKey, .nextModel, patient), (.overloaded, .nextModel, .nextModel, patient),
            (.server, short, short, short), (.cutStream, short, short, short), (.brokenAnswer, short, short, short),
            (.unreachable, short, short, short), (.timeout, .nextModel, .nextModel, short),
            (.stall, .nextModel, .nextModel, short), (.billing, .nextKey, .nextModel, .giveUp),
            (.badKey, .nextKey, .nextModel, .giveUp), (.contextOverflow, .nextModel, .nextModel, .giveUp),
            (.unknownModel, .nextModel, .nextModel, .giveUp), (.refusal, .giveUp, .giveUp, .giveUp),
            (.badRequest, .giveUp, .giveUp, .giveUp), (.cancelled, .giveUp, .giveUp, .giveUp),
        ]
        #expect(Set(table.map(\.0)) == Set(ModelError.Kind.allCases))
        for (kind, both, model, none) in table {
            #expect(
                policy.decide(situation(kind) { ($0.hasOtherKey, $0.hasOtherModel) = (true, true) }) == both, "\(kind)")
            #expect(policy.decide(situation(kind) { $0.hasOtherModel = true }) == model, "\(kind)")
            #expect(policy.decide(situation(kind) { _ in }) == none, "\(kind)")
        }
    }

    @Test func aLongConversationIsMadeShorterFirst() {
        let all = situation(.contextOverflow) { ($0.canCompact, $0.hasOtherModel, $0.hasOtherKey) = (true, true, true) }
        #expect(policy.decide(all) == .compactThenRetry)
        for kind in ModelError.Kind.allCases where kind != .contextOverflow {
            #expect(policy.decide(situation(kind) { $0.canCompact = true }) != .compactThenRetry)
        }
    }

    @Test func whatTheVendorAsksForIsWaited() {
        let limit = policy.retryAfterLimit
        for (asked, decision) in [
            (.seconds(2), .retrySame(after: .seconds(2))), (.zero, .retrySame(after: .milliseconds(1))),
            (limit - .nanoseconds(1), .retrySame(after: limit - .nanoseconds(1))), (limit, .retrySame(after: limit)),
            (limit + .nanoseconds(1), .giveUp),
        ] as [(Duration, FallbackDecision)] {
            for kind in [ModelError.Kind.rateLimited, .overloaded] {
                #expect(policy.decide(situation(kind) { $0.retryAfter = asked }) == decision, "\(kind) \(asked)")
            }
        }
        #expect(policy.decide(situation(.server) { $0.retryAfter = .seconds(5) }) == .retrySame(after: .seconds(5)))
    }

    @Test func waitsGrowToTheirLimit() {
        var patient = policy
        patient.patientAttempts = 9
        let waits = (1...8).map { attempt in
            patient.decide(situation(.overloaded) { ($0.attempts, $0.attemptsHere) = (attempt, attempt) })
        }
        let seconds = [2.5, 5, 10, 20, 30, 30, 30, 30]
        #expect(waits == seconds.map { .retrySame(after: .milliseconds(Int64($0 * 1000))) })
    }

    @Test func limitsHoldAtTheirEdges() {
        for (attempts, gives) in [
            (policy.attemptLimit - 1, false), (policy.attemptLimit, true), (policy.attemptLimit + 1, true),
        ] {
            let decision = policy.decide(situation(.badKey) { ($0.attempts, $0.hasOtherKey) = (attempts, true) })
            #expect((decision == .giveUp) == gives)
        }
        for here in 1...policy.transientAttempts + 1 {
            let decision = policy.decide(situation(.server) { ($0.attemptsHere, $0.hasOtherModel) = (here, true) })
            #expect((decision == .nextModel) == (here >= policy.transientAttempts))
        }
        for here in 1...policy.patientAttempts + 1 {
            let decision = policy.decide(situation(.rateLimited) { $0.attemptsHere = here })
            #expect((decision == .giveUp) == (here >= policy.patientAttempts))
        }
        for rotations in 0...policy.rateLimitRotations + 1 {
            let decision = policy.decide(situation(.rateLimited) { ($0.rotations, $0.hasOtherKey) = (rotations, true) })
            #expect((decision == .nextKey) == (rotations < policy.rateLimitRotations))
        }
    }

    /// What must hold whatever happens, over many random situations.
    @Test(arguments: [UInt64(1), 2, 3]) func rulesHoldForAll(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<20_000 {
            var any = FallbackSituation(ModelError.Kind.allCases.randomElement(using: &random)!)
            any.retryAfter =
                Bool.random(using: &random) ? .milliseconds(Int64.random(in: 0...200_000, using: &random)) : nil
            any.isVisible = Int.random(in: 0..<4, using: &random) == 0
            any.attempts = Int.random(in: 1...14, using: &random)
            any.attemptsHere = Int.random(in: 1...any.attempts, using: &random)
            any.rotations = Int.random(in: 0...3, using: &random)
            any.hasOtherKey = Bool.random(using: &random)
            any.hasOtherModel = Bool.random(using: &random)
            any.canCompact = Bool.random(using: &random)
            let decision = policy.decide(any)
            if any.isVisible || any.attempts >= policy.attemptLimit { #expect(decision == .giveUp, "\(any)") }
            switch decision {
            case .nextKey: #expect(any.hasOtherKey, "\(any)")
            case .nextModel: #expect(any.hasOtherModel, "\(any)")
            case .compactThenRetry: #expect(any.canCompact && any.error == .contextOverflow, "\(any)")
            case .retrySame(let delay):
                #expect(delay > .zero && delay <= max(policy.retryAfterLimit, policy.patientDelayLimit), "\(any)")
                #expect(any.attemptsHere < max(policy.transientAttempts, policy.patientAttempts), "\(any)")
                // Nobody is asked again before the time the vendor named.
                if let asked = any.retryAfter, any.error == .rateLimited { #expect(delay >= asked, "\(any)") }
            case .giveUp: break
            }
            // The same situation, the same decision.
            #expect(policy.decide(any) == decision)
        }
    }
}
