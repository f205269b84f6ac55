import Platform
import Settings
import Supervision

/// What the service manager says of this gateway's service, and what else on this host starts gateways.
@LoopActor
struct ServiceQuery {
    let invocation: Invocation
    private let desk: ServiceDesk

    init(invocation: Invocation) {
        self.invocation = invocation
        desk = ServiceDesk(invocation)
    }

    private var now: WallTime { invocation.surroundings.clock.wall }

    /// The service of this profile. `port` is what the configuration says.
    func fact(port: UInt16) async -> Fact {
        let (place, state) = await desk.found()
        var details = JSONObject([("state", .string(state.condition.word))])
        switch state.condition {
        case .noManager: return Fact("service", "Service", "no service manager here", details: details)
        case .unknown(let reason):
            return Fact(
                "service", "Service", "unknown: \(reason)", source: "systemctl", observedAt: now, details: details)
        case .notInstalled:
            details["unit"] = .string(state.name)
            return Fact("service", "Service", "not installed", observedAt: now, details: details)
        case .running, .starting, .stopping, .stopped, .failed: break
        }
        let drift = drift((place, state), port: port)
        var fact = Fact(
            "service", "Service", text(state), isGood: state.condition == .running && drift.isEmpty, observedAt: now)
        fact.lines += drift.map { "drifted: \($0)" }
        if let unproven { fact.lines.append(unproven) }
        details["unit"] = .string(state.name)
        details["scope"] = .string(state.kind.rawValue)
        details["pid"] = state.processID.map { JSON($0) }
        details["linger"] = state.lingers.map { .bool($0) }
        details["restarts"] = state.restarts.map { JSON($0) }
        details["drift"] = .array(
            drift.map { one in
                [
                    "field": .string(one.field), "installed": one.installed.map { .string($0) } ?? .null,
                    "wanted": one.wanted.map { .string($0) } ?? .null,
                ]
            })
        fact.details = details
        return fact
    }

    /// In what the installed service differs from what would be installed now.
    func drift(_ found: (place: ServicePlace, state: ServiceState), port: UInt16) -> [ServiceDrift] {
        let (place, state) = found
        return state.installed.map { ServiceDrift.between($0, wanted($0, place, port)) } ?? []
    }

    /// Whose process it is, and which wrapper starts it, was decided when it was installed.
    private func wanted(_ installed: InstalledService, _ place: ServicePlace, _ port: UInt16) -> ServiceDescription {
        let user = place.kind == .system ? installed.user.flatMap { UserAccount.named($0) } : nil
        let isOurs = FileFacts.realPath(installed.binary) == RunningProgram.current?.path
        let isWrapper = installed.arguments.first == "gateway" && !installed.binary.hasSuffix("/openclaw")
        return desk.wanted(place.kind, port: port, user: user, wrapper: isOurs || isWrapper ? installed.binary : nil)
    }

    /// What a person should know who trusts a service to this program.
    private var unproven: String? {
        switch desk.platform {
        case .linux: nil
        case .macos: "services of launchd are written, not yet run on macOS"
        case .windows: "services of Windows are written, not yet run on Windows"
        }
    }

    private func text(_ state: ServiceState) -> String {
        let what =
            switch desk.platform {
            case .linux: "systemd \(state.kind.rawValue) unit"
            case .macos: state.kind == .user ? "launchd agent" : "launchd daemon"
            case .windows: "scheduled task"
            }
        var text = "\(what) \(state.name) is \(state.condition.word)"
        if state.isEnabled == false { text += ", not enabled at boot" }
        switch state.lingers {
        case true?: text += " (linger on)"
        case false?: text += "; it ends when you log out: loginctl enable-linger"
        case nil: break
        }
        if let restarts = state.restarts, restarts > 0 { text += ", restarted \(restarts) times" }
        return text
    }

    /// Everything that starts gateways here, that of older installs and foreign supervisors included.
    func scan() async -> Fact {
        let found = await ServiceScan(desk.host).run()
        var fact = Fact("units", "Units", "none of openclaw on this host", observedAt: now)
        let own = invocation.instance
        if !found.isEmpty { fact.lines = found.flatMap { lines($0, own) } }
        fact.details["list"] = .array(
            found.map { one in
                var row: JSON = [
                    "unit": .string(one.name), "manager": .string(one.manager), "state": .string(one.state),
                    "isStale": .bool(one.mark(beside: own) == .older),
                ]
                row["profile"] = one.profile.map { .string($0) }
                row["port"] = one.port.map { .int(Int64($0)) }
                row["removal"] = one.mark(beside: own) == .own ? nil : one.removal.map { .string($0) }
                return row
            })
        return fact
    }

    private func lines(_ one: FoundService, _ own: Instance) -> [String] {
        let mark = one.mark(beside: own)
        let facts = [one.state, one.profile.map { "profile \($0)" }, one.port.map { "port \($0)" }, mark.rawValue]
        let line = "\(one.name) (\(one.manager)): \(facts.compactMap { $0 }.joined(separator: ", "))"
        guard mark == .older || mark == .rival, let removal = one.removal else { return [line] }
        return [line, "  to remove it: \(removal)"]
    }
}

extension FoundService {
    enum Mark: String {
        case own = "this profile's"
        case other = "another profile's"
        /// It would start a second gateway on the same state.
        case rival = "a second owner of this profile's state"
        case older = "of an older install"
    }

    func mark(beside own: Instance) -> Mark {
        let names = ServiceBackend.allCases.map { own.serviceName(on: $0) }
        if stateDirectory == own.stateDirectory { return names.contains(name) ? .own : .rival }
        if names.contains(name) { return .own }
        return name.hasPrefix("openclaw-gateway") || name.hasPrefix("ai.openclaw") ? .other : .older
    }
}
