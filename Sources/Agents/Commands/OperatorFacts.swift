package import Platform

/// What commands know of the gateway, and what they can have it do. Answers are for people.
@LoopActor
package protocol OperatorFacts: AnyObject, Sendable {
    var state: GatewayState { get }
    /// A setting as the file says it, without secrets; nil when it says nothing.
    func setting(_ path: String) async throws(CommandRefusal) -> JSON?
    /// Writes a setting to the file, or with nil takes it out; returns what is to be known of it.
    func change(_ path: String, to value: String?) async throws(CommandRefusal) -> String
    /// Starts the gateway anew; returns when that will be.
    func restart(by who: String) async throws(CommandRefusal) -> String
    /// The last lines of the log, oldest first.
    func logLines(_ count: Int) async -> [String]
    /// Decides on a command that waits for it.
    func approve(_ id: String, _ decision: String, by who: String) throws(CommandRefusal) -> String
    /// Commands that wait for a decision: id and command line.
    var pendingApprovals: [(id: String, command: String)] { get }
    /// How the pair of gateways stands, in lines for people; empty for a gateway alone.
    var failover: [String] { get }
}

extension OperatorFacts {
    package var failover: [String] { [] }
}

/// Why a command did nothing, for people.
package struct CommandRefusal: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// How the gateway is.
package struct GatewayState: Sendable {
    package var version: String
    package var profile: String
    /// How its commands begin on a command line.
    package var program: String { profile == "default" ? "openclaw" : "openclaw --profile \(profile)" }
    package var processID: Int
    package var uptime: Duration
    /// What keeps it from being well; empty when it is.
    package var failing: [String]
    package var clients: Int
    package var residentBytes: Int64?
    package var configPath: String
    package var stateDirectory: String
    /// Nil when nothing is written to one.
    package var logPath: String?
    package var logFailure: String?
    /// Parts of the configuration that stay off, and why.
    package var off: [String]

    package init(
        version: String, profile: String, processID: Int, uptime: Duration, failing: [String], clients: Int,
        residentBytes: Int64?, configPath: String, stateDirectory: String, logPath: String?, logFailure: String?,
        off: [String]
    ) {
        self.version = version
        self.profile = profile
        self.processID = processID
        self.uptime = uptime
        self.failing = failing
        self.clients = clients
        self.residentBytes = residentBytes
        self.configPath = configPath
        self.stateDirectory = stateDirectory
        self.logPath = logPath
        self.logFailure = logFailure
        self.off = off
    }
}

/// Begins a session anew.
@LoopActor
package protocol SessionRenewing: AnyObject, Sendable {
    /// The same key with a new, empty transcript; what was chosen for it stays.
    func renew(_ key: SessionKey, reason: String) async throws(SessionError) -> SessionRecord
}
