import Platform

/// What a decision on a failed attempt depends on. All of it is plain values, so that every case can be tested.
package struct FallbackSituation: Equatable, Sendable {
    package var error: ModelError.Kind
    /// How long the vendor asked to be left alone.
    package var retryAfter: Duration?
    /// Whether anything of an answer was delivered.
    package var isVisible = false
    /// Attempts of the whole run, the failed one with them.
    package var attempts = 1
    /// Attempts with the same model and key in a row, the failed one with them.
    package var attemptsHere = 1
    /// How often this model's key was changed already.
    package var rotations = 0
    /// There is a key of this provider that was not tried and is not cooling.
    package var hasOtherKey = false
    /// There is a model after this one of which some key is not cooling.
    package var hasOtherModel = false
    /// The conversation can be made shorter, and was not yet.
    package var canCompact = false

    package init(_ error: ModelError.Kind) { self.error = error }
}

/// What follows a failed attempt.
package enum FallbackDecision: Equatable, Sendable {
    case retrySame(after: Duration)
    case nextKey
    case nextModel
    case compactThenRetry
    case giveUp
}

/// Decides what follows a failed attempt. It knows no clock, no network and no configuration but its own numbers.
package struct FallbackPolicy: Equatable, Sendable {
    /// Attempts of one run, whatever they were for.
    package var attemptLimit = 12
    /// Attempts with the same model and key when what failed is likely to be gone at once.
    package var transientAttempts = 2
    package var transientDelay = Duration.milliseconds(500)
    /// Attempts with the same model and key when it has to be waited for and there is nobody else.
    package var patientAttempts = 4
    package var patientDelay = Duration.milliseconds(2500)
    package var patientDelayLimit = Duration.seconds(30)
    /// Longer than this nobody is kept waiting: the error says when to come back.
    package var retryAfterLimit = Duration.seconds(60)
    /// Other keys tried when a key is at its rate limit; further ones are most often of the same account.
    package var rateLimitRotations = 1
    /// Another key seldom helps an overloaded service.
    package var overloadRotations = 0

    package init() {}

    package func decide(_ situation: FallbackSituation) -> FallbackDecision {
        // An answer must not be delivered twice, nor begun by one model and ended by another.
        if situation.isVisible || situation.attempts >= attemptLimit { return .giveUp }
        switch situation.error {
        case .cancelled, .refusal, .badRequest: return .giveUp
        case .billing, .badKey: return other(situation, rotations: .max) ?? .giveUp
        case .unknownModel: return situation.hasOtherModel ? .nextModel : .giveUp
        case .contextOverflow:
            if situation.canCompact { return .compactThenRetry }
            return situation.hasOtherModel ? .nextModel : .giveUp
        case .rateLimited: return other(situation, rotations: rateLimitRotations) ?? patience(situation)
        case .overloaded: return other(situation, rotations: overloadRotations) ?? patience(situation)
        case .server, .cutStream, .brokenAnswer, .unreachable:
            if let wait = situation.retryAfter, wait > transientDelay {
                return other(situation, rotations: 0) ?? patience(situation)
            }
            if situation.attemptsHere < transientAttempts { return .retrySame(after: transientDelay) }
            return situation.hasOtherModel ? .nextModel : .giveUp
        case .timeout, .stall:
            // So long was waited already that another model comes first.
            if situation.hasOtherModel { return .nextModel }
            return situation.attemptsHere < transientAttempts ? .retrySame(after: transientDelay) : .giveUp
        }
    }

    private func other(_ situation: FallbackSituation, rotations: Int) -> FallbackDecision? {
        if situation.hasOtherKey, situation.rotations < rotations { return .nextKey }
        return situation.hasOtherModel ? .nextModel : nil
    }

    /// With nobody else to ask: waits as long as the vendor says, or twice as long each time.
    private func patience(_ situation: FallbackSituation) -> FallbackDecision {
        guard situation.attemptsHere < patientAttempts else { return .giveUp }
        var delay = patientDelay
        for _ in 1..<max(1, situation.attemptsHere) { delay = min(delay * 2, patientDelayLimit) }
        guard let asked = situation.retryAfter else { return .retrySame(after: delay) }
        return asked <= retryAfterLimit ? .retrySame(after: max(asked, .milliseconds(1))) : .giveUp
    }
}
