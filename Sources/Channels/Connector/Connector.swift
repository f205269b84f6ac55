package import Platform
package import Store

/// One account of one chat platform. It speaks the platform's protocol and nothing else: what is kept, who is answered,
/// when to try again are the business of those who run it.
///
/// An instance lives for one connection of its life: after a fault a fresh one is made.
@LoopActor
package protocol Connector: AnyObject, Sendable {
    /// Receives until the task is cancelled; never returns while the platform can be reached.
    func run(_ intake: any Intake) async throws(ConnectorFault)

    /// Tries once. May be called while `run` is at work and while it is not.
    func send(_ message: OutboundMessage, key: String) async -> SendOutcome

    /// Asks the platform who we are.
    func probe() async throws(ConnectorFault) -> BotIdentity

    /// Shows for some seconds that an answer is being written. Nobody misses it when it fails.
    func showTyping(in address: ChatAddress) async

    /// Who fetches the files that came along; nil where none do.
    var files: (any MediaSource)? { get }
}

extension Connector {
    package func showTyping(in address: ChatAddress) async {}
    package var files: (any MediaSource)? { nil }
}

/// Where a connector leaves what it receives.
@LoopActor
package protocol Intake: AnyObject, Sendable {
    /// To be called once the platform said who we are. Returns where the last run of the same bot left off.
    func begin(_ identity: BotIdentity) async throws(StoreError) -> String?

    /// Keeps the messages and the place in the stream after them. When it returns they are on the disk, and the platform
    /// may be told that we have them. A message that was there before is not taken again.
    func take(_ messages: [InboundMessage], cursor: String?) async throws(StoreError)

    /// A cycle of receiving is complete: a poll came back, a heartbeat was acknowledged. Nothing else counts as life.
    func beat()

    /// Something the platform will not give back was missed, as far as can be told.
    func missed(from: WallTime, to: WallTime)
}

extension Intake {
    /// `begin` for a connector that has nothing to do without a store.
    func enter(_ identity: BotIdentity) async throws(ConnectorFault) -> String? {
        do throws(StoreError) { return try await begin(identity) } catch { throw .store(error) }
    }

    /// `take`, likewise.
    func keep(_ messages: [InboundMessage], cursor: String?) async throws(ConnectorFault) {
        do throws(StoreError) { try await take(messages, cursor: cursor) } catch { throw .store(error) }
    }
}

/// Who the platform says we are.
package struct BotIdentity: Equatable, Sendable {
    package var id: String
    package var name: String
    /// What works less than it could: a missing intent, a right that was not given. With the cure.
    package var findings: [String]

    package init(id: String, name: String, findings: [String] = []) {
        self.id = id
        self.name = name
        self.findings = findings
    }
}

/// Why a connector stopped receiving.
package enum ConnectorFault: Error, Equatable, Sendable {
    /// It may work again by itself; `after` is what the platform asks for.
    case passing(String, after: Duration? = nil)
    /// It cannot until somebody does something. `cure` says what.
    case lasting(String, cure: String)
    /// What was received could not be kept; the platform was not told that we have it.
    case store(StoreError)

    package var reason: String {
        switch self {
        case .passing(let reason, _), .lasting(let reason, _): reason
        case .store(let error): "\(error)"
        }
    }
}

/// What became of a message that was sent.
package enum SendOutcome: Equatable, Sendable {
    /// The platform has it, under this id.
    case delivered(String)
    /// Nothing of it reached the platform, and it may work later.
    case notSent(String, after: Duration? = nil)
    /// The platform is told too much. `everywhere`: by the account, not in this chat alone.
    case slowDown(after: Duration, everywhere: Bool)
    /// The request went out and nothing came back: it may have been done.
    case unknown(String)
    /// The platform cannot read the markup.
    case unreadable(String)
    /// It will never be taken.
    case refused(String)

    /// Why it was not delivered.
    var reason: String? {
        switch self {
        case .delivered: nil
        case .notSent(let reason, _), .unknown(let reason), .unreadable(let reason), .refused(let reason): reason
        case .slowDown(let after, _): "the platform asks for \(after) of quiet"
        }
    }
}
