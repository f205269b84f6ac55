import Platform
import Settings

/// Reads `failover` and gathers what is wrong with it, so that all of it is told at once.
struct FailoverReader {
    private let snapshot: ConfigSnapshot
    private let instance: Instance
    private var problems: [ConfigProblem] = []

    init(_ snapshot: ConfigSnapshot, _ instance: Instance) {
        self.snapshot = snapshot
        self.instance = instance
    }

    func throwIfAny() throws(ConfigRefusal) {
        guard !problems.isEmpty else { return }
        throw ConfigRefusal(file: instance.shown(instance.configPath), problems: problems)
    }

    private mutating func refuse(_ setting: String, _ message: String, _ advice: [String] = []) {
        problems.append(snapshot.problem(setting, message, advice: advice, in: instance))
    }

    /// A variable of the shell monitor, for a key that is not there.
    private mutating func number(
        _ setting: String, _ variable: String, _ range: ClosedRange<Int>, times factor: Int = 1
    )
        -> Int?
    {
        if let given = snapshot.given(setting) { return given.int }
        guard let found = snapshot.environment.find(variable), !found.value.isEmpty else { return nil }
        if let number = Int(found.value), range.contains(number) { return number * factor }
        refuse(
            variable: variable, found,
            "a whole number from \(range.lowerBound) to \(range.upperBound)", instead: setting)
        return nil
    }

    private mutating func refuse(
        variable: String, _ found: (value: String, source: String), _ allowed: String, instead setting: String
    ) {
        problems.append(
            ConfigProblem(
                path: variable, "\(JSON.string(found.value)) in \(found.source) is not allowed; \(allowed)",
                advice: ["it counts because \(setting) is not set"]))
    }

    // MARK: Who

    /// `rescue.watch`; nil without it.
    mutating func watchedProfile() -> String? {
        guard let name = snapshot.given("rescue.watch")?.string else { return nil }
        let long = snapshot.given("failover")?.object?.members ?? []
        if long.contains(where: { $0.key != "proof" && ($0.key != "enabled" || $0.value.bool != false) }) {
            refuse(
                "rescue.watch",
                "\(JSON.string(name)) cannot stand beside `failover`: both say whom this node watches",
                ["remove one of them; rescue.watch is short for failover.mode \"local\" with that profile as its peer"])
        }
        do throws(SettingsError) {
            if try Profile(named: name) == instance.profile {
                refuse("rescue.watch", "\(JSON.string(name)) is this profile itself; the name of another profile")
            }
        } catch {
            refuse("rescue.watch", "\(error)")
        }
        return name
    }

    func priority(_ role: FailoverSettings.Role) -> Int {
        snapshot.integer("failover.priority") ?? (role == .primary ? 0 : 1)
    }

    mutating func peers() -> [FailoverSettings.Peer] {
        guard let list = snapshot.given("failover.peers")?.array else { return shellPeer().map { [$0] } ?? [] }
        var found: [FailoverSettings.Peer] = []
        for (position, entry) in list.enumerated() {
            guard let url = entry["url"]?.string else {
                refuse("failover.peers[\(position)].url", "is not set; a URL that begins with ws:// or wss://")
                continue
            }
            found.append(
                FailoverSettings.Peer(
                    place: .url(url), token: entry["token"]?.string, priority: entry["priority"]?.int ?? position))
        }
        return found.sorted { $0.priority < $1.priority }
    }

    /// PRIMARY_IP and PRIMARY_PORT.
    private mutating func shellPeer() -> FailoverSettings.Peer? {
        guard let host = snapshot.environment.find("PRIMARY_IP"), !host.value.isEmpty else { return nil }
        let isAddress = IPv4Address(host.value) != nil || IPv6Address(host.value) != nil
        guard isAddress || HostName.isValid(host.value) else {
            refuse(
                variable: "PRIMARY_IP", host, "an IP address or the name of a host", instead: "failover.peers")
            return nil
        }
        let port = number("failover.peers", "PRIMARY_PORT", 1...65535) ?? 18789
        let text = IPv6Address(host.value) == nil ? host.value : "[\(host.value)]"
        return FailoverSettings.Peer(place: .url("ws://\(text):\(port)"), token: nil, priority: 0)
    }

    /// Two of one rank would act at once; a standby needs somebody to watch.
    mutating func checkOrder(_ role: FailoverSettings.Role, _ priority: Int, _ peers: [FailoverSettings.Peer]) {
        switch role {
        case .primary where priority != 0:
            return refuse("failover.priority", "\(priority) is not allowed; 0 for the primary")
        case .standby where priority == 0:
            return refuse("failover.priority", "0 is not allowed; 1 or more for a standby")
        case .standby where !peers.contains { $0.priority < priority }:
            refuse(
                "failover.peers", "name nobody whom this standby could watch; a peer with a priority below \(priority)",
                ["failover: { peers: [{ url: \"ws://100.64.0.1:18789\" }] }, or PRIMARY_IP in the environment"])
        default: break
        }
        var taken: Set<Int> = [priority]
        for peer in peers where !taken.insert(peer.priority).inserted {
            let whose = peer.priority == priority ? "this node" : "another peer"
            refuse(
                "failover.peers",
                "the priority \(peer.priority) of \(peer.place.text) is that of \(whose); one that no other node has")
        }
    }

    // MARK: What

    mutating func check() -> FailoverSettings.Check {
        var check = FailoverSettings.Check()
        check.interval =
            number("failover.check.intervalMs", "CHECK_INTERVAL", 1...3600, times: 1000) ?? check.interval
        check.suspectInterval = snapshot.integer("failover.check.suspectIntervalMs") ?? check.suspectInterval
        check.timeout = snapshot.integer("failover.check.timeoutMs") ?? check.timeout
        check.failThreshold =
            number("failover.check.failThreshold", "FAIL_THRESHOLD", FailoverSettings.Check.thresholds)
            ?? check.failThreshold
        check.minSuspect = snapshot.integer("failover.check.minSuspectMs")
        check.recoverThreshold = snapshot.integer("failover.check.recoverThreshold") ?? check.recoverThreshold
        return check
    }

    mutating func witnesses(_ mode: FailoverSettings.Mode) -> [Witness] {
        var found: [Witness] = []
        if mode == .split, snapshot.given("failover.witnesses")?.array?.isEmpty == true {
            refuse("failover.witnesses", "an empty list is not allowed; at least one of \(Witness.allowed)")
        }
        for (position, text) in (snapshot.strings("failover.witnesses") ?? []).enumerated() {
            if let witness = Witness(text) {
                found.append(witness)
            } else {
                refuse("failover.witnesses[\(position)]", "\(JSON.string(text)) is not allowed; \(Witness.allowed)")
            }
        }
        return found
    }

    mutating func promotion() -> FailoverSettings.Promotion {
        var promotion = FailoverSettings.Promotion()
        promotion.pullsWorkspace = snapshot.bool("failover.promote.gitPull") ?? promotion.pullsWorkspace
        promotion.secretsHost =
            snapshot.string("failover.promote.secretsHost")
            ?? snapshot.environment["SECRETS_HOST"].flatMap { $0.isEmpty ? nil : $0 }
        // A word that begins with a dash would be an option of ssh.
        if promotion.secretsHost?.hasPrefix("-") == true {
            refuse(
                "failover.promote.secretsHost",
                "\(JSON.string(promotion.secretsHost ?? "")) is not allowed; a host, or user@host")
        }
        promotion.isWarm = snapshot.bool("failover.promote.warm") ?? promotion.isWarm
        promotion.unit = snapshot.string("failover.promote.unit") ?? promotion.unit
        promotion.deadline = snapshot.integer("failover.promote.deadlineMs") ?? promotion.deadline
        promotion.hook = snapshot.string("failover.hooks.prePromote").map { instance.expanded($0) }
        return promotion
    }

    func demotion() -> FailoverSettings.Demotion {
        var demotion = FailoverSettings.Demotion()
        demotion.failback =
            snapshot.string("failover.demote.failback").flatMap(FailoverSettings.Failback.init) ?? demotion.failback
        demotion.minActive = snapshot.integer("failover.demote.minActiveMs") ?? demotion.minActive
        demotion.drain = snapshot.integer("failover.demote.drainMs") ?? demotion.drain
        demotion.flapWindow = snapshot.integer("failover.flap.windowMs") ?? demotion.flapWindow
        demotion.holdDown = snapshot.integer("failover.flap.holdDownMs") ?? demotion.holdDown
        return demotion
    }
}

extension FailoverSettings.Peer.Place {
    package var text: String {
        switch self {
        case .url(let url): url
        case .profile(let name): "the profile \(name)"
        }
    }
}
