package import Platform

/// A time in which a key, or a model under that key, is better left alone.
package struct Cooldown: Equatable, Sendable {
    package let until: Instant
    package let reason: ModelError.Kind
}

/// Who failed lately and is not to be asked. All runs share it, so that the second one does not wait for a dead service
/// as the first one did.
@LoopActor
package final class CooldownTable {
    /// After so long without a failure the next one is the first again.
    static let failureWindow = Duration.seconds(24 * 3600)
    /// Entries; beyond, those that end first are dropped.
    static let entryLimit = 1024

    private struct Key: Hashable {
        let profile: String
        /// Nil where all models of the key are meant.
        let model: String?
    }

    private struct Entry {
        var cooldown: Cooldown
        var failures: Int
        var last: Instant
    }

    private let clock: any Clock
    private var entries: [Key: Entry] = [:]

    package nonisolated init(_ clock: any Clock) { self.clock = clock }

    package var count: Int { entries.count }

    /// What holds for a model under a key now; nil when it can be asked.
    package func cooldown(profile: String, model: String) -> Cooldown? {
        let now = clock.now
        let found = [Key(profile: profile, model: nil), Key(profile: profile, model: model)]
            .compactMap { entries[$0]?.cooldown }.filter { $0.until > now }
        return found.max { $0.until < $1.until }
    }

    package func failed(profile: String, model: String, _ error: ModelError) {
        guard let steps = Self.steps(error.kind) else { return }
        let now = clock.now
        let key = Key(profile: profile, model: Self.concernsKey(error.kind) ? nil : model)
        let known = entries[key].flatMap { now - $0.last < Self.failureWindow ? $0 : nil }
        let failures = (known?.failures ?? 0) + 1
        let time = error.retryAfter ?? steps[min(failures, steps.count) - 1]
        // A failure of another kind does not shorten what holds.
        let until = max(now + time, known?.cooldown.until ?? now)
        entries[key] = Entry(cooldown: Cooldown(until: until, reason: error.kind), failures: failures, last: now)
        if entries.count > Self.entryLimit { prune(now) }
    }

    /// It answered, so nothing of this holds any more.
    package func succeeded(profile: String, model: String) {
        entries[Key(profile: profile, model: nil)] = nil
        entries[Key(profile: profile, model: model)] = nil
    }

    private func prune(_ now: Instant) {
        entries = entries.filter { now - $0.value.last < Self.failureWindow }
        guard entries.count > Self.entryLimit else { return }
        let ending = entries.sorted { $0.value.cooldown.until < $1.value.cooldown.until }
        for (key, _) in ending.prefix(entries.count - Self.entryLimit) { entries[key] = nil }
    }

    /// Whether the key itself is at fault, whatever model was asked.
    private static func concernsKey(_ kind: ModelError.Kind) -> Bool { kind == .billing || kind == .badKey }

    /// How long after the first, the second failure and so on; nil for what says nothing about the next request.
    private static func steps(_ kind: ModelError.Kind) -> [Duration]? {
        switch kind {
        case .rateLimited, .timeout, .stall, .unreachable, .unknownModel:
            [.seconds(30), .seconds(60), .seconds(300)]
        case .overloaded, .server, .cutStream, .brokenAnswer: [.seconds(10), .seconds(30), .seconds(60)]
        case .billing: [.seconds(5 * 3600), .seconds(10 * 3600), .seconds(20 * 3600), .seconds(24 * 3600)]
        case .badKey: [.seconds(600), .seconds(1200), .seconds(2400), .seconds(3600)]
        case .contextOverflow, .refusal, .badRequest, .cancelled: nil
        }
    }
}
