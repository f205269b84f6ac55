package import Platform
package import Store

/// Somebody who asked to talk, or may.
package struct PairedSender: Equatable, Sendable {
    package let account: ChannelAccount
    package let id: String
    package let name: String?
    /// Nil for those who were let in.
    package let code: PairingCode?
    package let since: WallTime
}

/// What a stranger's message leads to.
package enum PairingOffer: Equatable, Sendable {
    /// A request was made; the code is to be told.
    case told(PairingCode)
    /// There is one already, or there are too many: nothing is said.
    case silent
}

/// Why nobody was let in.
package enum PairingProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case notACode
    case unknown
    case tooManyTries(Duration)
    case store(StoreError)

    package var description: String {
        switch self {
        case .notACode: "a pairing code has \(PairingCode.length) letters and digits, without 0, O, 1 and I"
        case .unknown: "no request waits under this code; codes are good for one hour"
        case .tooManyTries(let wait): "too many wrong codes; try again in \(wait.components.seconds) s"
        case .store(let error): "\(error)"
        }
    }
}

/// Who may write directly without standing in the configuration: asked for by a code, let in by the owner.
@LoopActor
package final class PairingDesk {
    package nonisolated static let lifetime = Duration.seconds(3600)
    package nonisolated static let pendingLimit = 3
    /// Wrong codes, and the time after which they are forgotten.
    package nonisolated static let tries = 10
    package nonisolated static let triesTime = Duration.seconds(600)

    private let table: PairingTable
    private let clock: any Clock
    private let makeCode: @LoopActor () -> PairingCode
    private var approved: Set<Key> = []
    private var wrong: [Instant] = []

    private struct Key: Hashable {
        let account: ChannelAccount
        let sender: String
    }

    package init(
        _ store: Store, _ clock: any Clock, makeCode: @escaping @LoopActor () -> PairingCode = { .make() }
    ) {
        table = PairingTable(store: store)
        self.clock = clock
        self.makeCode = makeCode
    }

    /// Reads who was let in. To be called before the first message is judged.
    package func load() async throws(StoreError) {
        approved = Set(try await table.all().filter { $0.code == nil }.map { Key(account: $0.account, sender: $0.id) })
    }

    package func isApproved(_ sender: String, of account: ChannelAccount) -> Bool {
        approved.contains(Key(account: account, sender: sender))
    }

    /// A stranger wrote. The answer goes out once: when the request is made.
    package func ask(_ sender: InboundMessage.Sender, of account: ChannelAccount) async throws(StoreError)
        -> PairingOffer
    {
        let code = makeCode()
        let isNew = try await table.ask(account, sender, code, clock.wall)
        return isNew ? .told(code) : .silent
    }

    /// Those who wait, oldest first.
    package func waiting() async throws(StoreError) -> [PairedSender] {
        try await table.forget(clock.wall)
        return try await table.all().filter { $0.code != nil }
    }

    /// Those who were let in.
    package func senders() async throws(StoreError) -> [PairedSender] {
        try await table.all().filter { $0.code == nil }
    }

    /// Lets in who waits under the code. `account` narrows it where one channel has several.
    package func approve(
        _ text: String, channel: String, account: String? = nil
    ) async throws(PairingProblem) -> PairedSender {
        let sender = try await settle(text, channel, account) { (table, code, now) throws(StoreError) in
            try await table.approve(code, channel, account, now)
        }
        approved.insert(Key(account: sender.account, sender: sender.id))
        return sender
    }

    /// Sends away who waits under the code. They may ask again.
    package func reject(
        _ text: String, channel: String, account: String? = nil
    ) async throws(PairingProblem) -> PairedSender {
        try await settle(text, channel, account) { (table, code, now) throws(StoreError) in
            try await table.reject(code, channel, account, now)
        }
    }

    /// Takes back that somebody was let in. Returns whether anybody was.
    package func remove(_ sender: String, of account: ChannelAccount) async throws(StoreError) -> Bool {
        let isGone = try await table.remove(account, sender)
        approved.remove(Key(account: account, sender: sender))
        return isGone
    }

    private func settle(
        _ text: String, _ channel: String, _ account: String?,
        _ change: @LoopActor (PairingTable, PairingCode, WallTime) async throws(StoreError) -> PairedSender?
    ) async throws(PairingProblem) -> PairedSender {
        wrong.removeAll { clock.now - $0 >= Self.triesTime }
        if wrong.count >= Self.tries, let first = wrong.first {
            throw .tooManyTries(Self.triesTime - (clock.now - first))
        }
        guard let code = PairingCode(text) else {
            wrong.append(clock.now)
            throw .notACode
        }
        do throws(StoreError) {
            if let sender = try await change(table, code, clock.wall) { return sender }
        } catch {
            throw .store(error)
        }
        wrong.append(clock.now)
        throw .unknown
    }
}
