import Platform
import Store

/// One life of a connector, with a clock that only complete cycles of receiving set back.
@LoopActor
final class AccountConnection: Intake {
    let connector: any Connector
    weak var owner: AccountRunner?
    private(set) var hasBeaten = false

    private let patience: Duration
    private let clock: any Clock
    private let place: Suspension
    private var deadline: Instant
    private var end: ConnectorFault?

    init(_ connector: any Connector, _ patience: Duration, _ clock: any Clock) {
        self.connector = connector
        self.patience = patience
        self.clock = clock
        place = Suspension(clock)
        deadline = clock.now + patience
    }

    /// Runs the connector until it ends, falls silent, or the task is cancelled. A connector that does not end when it is
    /// told to is left behind.
    func live() async -> ConnectorFault {
        let task = startTask { [self] in
            let fault = await work()
            end = fault
            place.wake()
        }
        var isSilent = false
        while end == nil, !Task.isCancelled, !isSilent {
            _ = await place.wait(until: deadline)
            isSilent = end == nil && deadline <= clock.now
        }
        if let end { return end }
        task.cancel()
        _ = await startTask { [self] in await waitForEnd() }.result
        if isSilent { return .passing("nothing was received for \(patience)") }
        return end ?? .passing("it was stopped")
    }

    private func waitForEnd() async {
        let limit = clock.now + AccountRunner.endTime
        while end == nil, clock.now < limit { _ = await place.wait(until: limit) }
    }

    private func work() async -> ConnectorFault {
        do throws(ConnectorFault) {
            try await connector.run(self)
            return .passing("the connection came to its end")
        } catch {
            return error
        }
    }

    // MARK: Intake

    func begin(_ identity: BotIdentity) async throws(StoreError) -> String? {
        guard let owner else { throw .closed }
        return try await owner.begin(self, identity)
    }

    func take(_ messages: [InboundMessage], cursor: String?) async throws(StoreError) {
        guard let owner else { throw .closed }
        try await owner.take(self, messages, cursor: cursor)
    }

    func beat() {
        hasBeaten = true
        deadline = clock.now + patience
        owner?.beat(self)
    }

    func missed(from: WallTime, to: WallTime) { owner?.missed(from: from, to: to) }
}
