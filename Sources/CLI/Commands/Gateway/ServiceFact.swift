import Platform
import Settings

/// What the service manager says of this gateway's service.
@LoopActor
struct ServiceQuery {
    static let deadline = Duration.seconds(2)
    /// Names of services that this program and its forerunners installed.
    static let patterns = ["openclaw*", "clawdbot*", "moltbot*"]

    let invocation: Invocation

    /// A unit as systemd knows it.
    struct Unit {
        var properties: [String: String]

        var isInstalled: Bool { properties["LoadState"].map { $0 != "not-found" } ?? false }
        var isActive: Bool { properties["ActiveState"] == "active" }
        var process: Int? { properties["MainPID"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
    }

    /// The unit of this profile, of the user's manager or else the system's.
    func fact() async -> Fact {
        let unit = invocation.instance.serviceName(on: .systemd)
        guard hasSystemd else {
            return Fact("service", "Service", "no service manager here", details: JSONObject([("state", "none")]))
        }
        for scope in ["user", "system"] {
            switch await show(unit, scope) {
            case .success(let found) where found.isInstalled: return await describe(unit, scope, found)
            case .success: continue
            case .failure(let reason) where scope == "system":
                return Fact(
                    "service", "Service", "unknown: \(reason.text)", source: "systemctl", observedAt: now,
                    details: JSONObject([("state", "unknown")]))
            case .failure: continue
            }
        }
        return Fact(
            "service", "Service", "not installed", observedAt: now,
            details: JSONObject([("state", "not-installed"), ("unit", .string(unit))]))
    }

    private func describe(_ unit: String, _ scope: String, _ found: Unit) async -> Fact {
        let state = found.properties["ActiveState"] ?? "unknown"
        var text = "systemd \(scope) unit \(unit) is \(state)"
        if let sub = found.properties["SubState"], sub != "running" { text += " (\(sub))" }
        if found.properties["UnitFileState"] == "disabled" { text += ", not enabled at boot" }
        let hasLinger = scope == "user" ? await lingers : nil
        switch hasLinger {
        case true?: text += " (linger on)"
        case false?: text += "; it ends when you log out: loginctl enable-linger"
        case nil: break
        }
        if let restarts = found.properties["NRestarts"].flatMap({ Int($0) }), restarts > 0 {
            text += ", restarted \(restarts) times"
        }
        var details = JSONObject([
            ("state", .string(state)), ("unit", .string(unit)), ("scope", .string(scope)),
        ])
        if let process = found.process { details["pid"] = JSON(process) }
        if let hasLinger { details["linger"] = .bool(hasLinger) }
        return Fact("service", "Service", text, isGood: found.isActive, observedAt: now, details: details)
    }

    /// Every unit of ours and of forerunners, the system's included, so that a stale one of an older install shows.
    func scan() async -> Fact {
        var fact = Fact("units", "Units", "none of openclaw on this host", observedAt: now)
        guard hasSystemd else {
            fact.lines = ["no service manager here"]
            return fact
        }
        var lines: [String] = []
        var rows: [JSON] = []
        let own = invocation.instance.serviceName(on: .systemd)
        for scope in ["system", "user"] {
            let answer = await run(
                ["systemctl", "--\(scope)", "list-unit-files", "--no-legend", "--no-pager", "--type=service"]
                    + Self.patterns)
            guard case .success(let text) = answer else { continue }
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard let name = words.first else { continue }
                let isOld = !name.hasPrefix("openclaw-gateway")
                let mark = name == own ? "this profile's" : isOld ? "of an older install" : "another profile's"
                lines.append("\(name) (\(scope), \(words.dropFirst().first ?? "?")): \(mark)")
                rows.append([
                    "unit": .string(String(name)), "scope": .string(scope), "isStale": .bool(isOld && name != own),
                ])
            }
        }
        if !lines.isEmpty { fact.lines = lines }
        fact.details["list"] = .array(rows)
        return fact
    }

    // MARK: systemd

    private var now: WallTime { invocation.surroundings.clock.wall }

    /// sd_booted(3).
    private var hasSystemd: Bool { FilePresence.exists(invocation.surroundings.root + "/run/systemd/system") }

    private var lingers: Bool? {
        get async {
            guard let user = invocation.environment["USER"] ?? invocation.environment["LOGNAME"] else { return nil }
            return FilePresence.exists(invocation.surroundings.root + "/var/lib/systemd/linger/" + user)
        }
    }

    private func show(_ unit: String, _ scope: String) async -> Result<Unit, QueryFailure> {
        let wanted = "LoadState,ActiveState,SubState,UnitFileState,MainPID,NRestarts"
        let answer = await run(["systemctl", "--\(scope)", "show", unit, "--no-pager", "--property=\(wanted)"])
        return answer.map { text in
            var properties: [String: String] = [:]
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2 { properties[String(parts[0])] = String(parts[1]) }
            }
            return Unit(properties: properties)
        }
    }

    struct QueryFailure: Error { let text: String }

    private func run(_ arguments: [String]) async -> Result<String, QueryFailure> {
        var environment: [String: String] = ["LC_ALL": "C"]
        for name in ["PATH", "HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"] {
            environment[name] = invocation.environment[name]
        }
        let request = ProcessRequest(arguments, environment: environment, deadline: Self.deadline)
        do throws(ProcessError) {
            let result = try await invocation.surroundings.runner.run(request)
            guard result.succeeded else {
                let line = result.errorText.split(separator: "\n").first.map(String.init) ?? "\(result.ending)"
                return .failure(QueryFailure(text: line))
            }
            return .success(result.outputText)
        } catch {
            return .failure(QueryFailure(text: "\(error)"))
        }
    }
}
