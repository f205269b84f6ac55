import Platform
package import Settings

/// What the configuration says of failover, and where it says nothing, the environment of the shell monitor.
package struct FailoverSettings: Sendable {
    package enum Mode: String, CaseIterable, Sendable { case split, local }
    package enum Role: String, CaseIterable, Sendable { case primary, standby }
    package enum Failback: String, CaseIterable, Sendable { case auto, manual }

    /// A node as the configuration names it.
    package struct Peer: Equatable, Sendable {
        package enum Place: Equatable, Sendable {
            case url(String)
            /// Another profile on this host, which knows its own port.
            case profile(String)
        }

        package let place: Place
        package let token: String?
        package let priority: Int
    }

    /// Times are milliseconds.
    package struct Check: Equatable, Sendable {
        static let intervals = 100...3_600_000
        static let thresholds = 1...100

        package var interval = 10_000
        package var suspectInterval = 1000
        package var timeout = 1500
        package var failThreshold = 3
        /// Nil where it depends on whose node it is.
        package var minSuspect: Int?
        package var recoverThreshold = 5
    }

    package struct Promotion: Equatable, Sendable {
        package var pullsWorkspace = true
        package var secretsHost: String?
        package var isWarm = true
        package var unit = "openclaw.service"
        package var deadline = 20_000
        /// An operator's program.
        package var hook: String?
    }

    package struct Demotion: Equatable, Sendable {
        package var failback = Failback.auto
        package var minActive = 60_000
        package var drain = 15_000
        package var flapWindow = 1_800_000
        package var holdDown = 60_000
    }

    package struct Alert: Equatable, Sendable {
        package let channel: String?
        package let target: String?
        package let webhook: String?
    }

    static let priorities = 0...15

    package let isEnabled: Bool
    package let mode: Mode
    package let role: Role
    package let priority: Int
    /// In the order of their priority.
    package let peers: [Peer]
    package let check: Check
    package let witnesses: [Witness]
    package let promotion: Promotion
    package let demotion: Demotion
    package let channels: [String]
    package let runsCron: Bool
    package let alert: Alert
    package let pushInterval: Int
    /// Nil where this node proves nothing.
    package let proofInterval: Int?

    /// Those that act before this node does.
    package var above: [Peer] { peers.filter { $0.priority < priority } }

    package init(_ snapshot: ConfigSnapshot, instance: Instance) throws(ConfigRefusal) {
        var reader = FailoverReader(snapshot, instance)
        let watched = reader.watchedProfile()
        isEnabled = watched != nil || snapshot.bool("failover.enabled") ?? false
        mode = watched == nil ? snapshot.string("failover.mode").flatMap(Mode.init) ?? .split : .local
        role = watched == nil ? snapshot.string("failover.role").flatMap(Role.init) ?? .standby : .standby
        priority = reader.priority(role)
        peers = watched.map { [Peer(place: .profile($0), token: nil, priority: 0)] } ?? reader.peers()
        check = reader.check()
        // On one host there is no path of which a third could tell.
        witnesses = mode == .local && snapshot.given("failover.witnesses") == nil ? [] : reader.witnesses(mode)
        promotion = reader.promotion()
        demotion = reader.demotion()
        channels = snapshot.strings("failover.channels") ?? []
        runsCron = snapshot.bool("failover.cron") ?? false
        alert = Alert(
            channel: snapshot.string("failover.alert.channel"), target: snapshot.string("failover.alert.to"),
            webhook: snapshot.string("failover.alert.webhook"))
        pushInterval = snapshot.integer("failover.push.intervalMs") ?? 300_000
        let proofs = snapshot.integer("failover.proof.intervalMs") ?? 3_600_000
        proofInterval = role == .standby && proofs > 0 ? proofs : nil
        if isEnabled { reader.checkOrder(role, priority, peers) }
        try reader.throwIfAny()
    }
}
