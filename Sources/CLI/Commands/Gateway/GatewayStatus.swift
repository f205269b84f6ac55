import Platform
import Settings
import Wire

extension Command {
    static let gatewayStatus = Command(
        "gateway status", "is the gateway there: service, process, listener, authentication, RPC, channels",
        notes:
            "Each line is a fact of its own; none is concluded from another. Exit code 0 when all is well, 1 when not, 4 "
            + "when the gateway refuses us; with --require-rpc 3 when no RPC answers.",
        flags: [
            Flag("--deep", nil, "look for services of the whole system, of older installs too"),
            Flag("--require-rpc", nil, "fail when the RPC probe does, whatever else holds"),
            Flag("--no-probe", nil, "do not connect for an RPC probe"),
        ] + Flag.client,
        examples: ["openclaw gateway status", "openclaw gateway status --deep --json"],
        seeAlso: ["status", "gateway probe", "logs"], isEveryday: true,
        run: { invocation throws(CommandFailure) in try await GatewayStatusQuery(invocation).run() })
}

/// Collects the facts of `gateway status`, all at once.
@LoopActor
struct GatewayStatusQuery {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    /// What the RPC probe brought.
    private struct Probe {
        var authentication: Fact
        var rpc: Fact
        var health: HealthSummary?
        var hello: Hello?
        var pid: Int?
        var failure: CommandFailure?
    }

    private var now: WallTime { invocation.surroundings.clock.wall }

    func run() async throws(CommandFailure) -> ExitCode {
        let access = await invocation.access()
        let isElsewhere = invocation["--url"] != nil || access.settings.isRemote
        let routes = try access.finder.routes()
        let listenerRoute = routes.last { $0.url != nil }
        let world = invocation.surroundings
        let service = startTask { await ServiceQuery(invocation: self.invocation).fact(port: access.settings.port) }
        let listener = startTask {
            await ListenerQuery(
                clock: world.clock, resolver: world.resolver,
                patience: min(ListenerQuery.deadline, self.invocation.timeout)
            ).fact(listenerRoute ?? routes[0])
        }
        let probe = invocation.has("--no-probe") ? nil : await probe(access)
        var facts: [Fact] = []
        // Of a gateway on another host neither service nor process can be seen from here.
        if !isElsewhere {
            if let fact = try? await service.value { facts.append(fact) }
            facts.append(ProcessQuery(invocation: invocation).fact())
        }
        if let fact = try? await listener.value { facts.append(fact) }
        if invocation.has("--deep") { facts.append(await ServiceQuery(invocation: invocation).scan()) }
        if let probe {
            facts += [probe.authentication, probe.rpc]
            if let health = probe.health { facts += health.troubles + [health.channelFact, role(health)] }
        }
        var standby: FailoverView?
        if !isElsewhere, probe?.hello == nil,
            let status = try? await MonitorCall(invocation: invocation).ask("failover.status")
        {
            let view = FailoverView(json: status, now: now)
            standby = view
            facts.append(role(view))
        }
        facts.append(probe?.health?.configFact ?? config(access.settings))
        return finish(facts, probe, standby, isElsewhere: isElsewhere, listenerRoute)
    }

    // MARK: RPC

    private func probe(_ access: GatewayAccess) async -> Probe {
        do throws(CommandFailure) {
            let client = try await access.connect(as: .probe)
            defer { client.close() }
            return await ask(client)
        } catch {
            let isRefused = error.code == .notAuthorized
            let said =
                error.details.isEmpty ? error.message : "\(error.message); \(error.details.joined(separator: "; "))"
            return Probe(
                authentication: Fact(
                    "authentication", "Authentication", isRefused ? said : "unknown: nobody to ask",
                    isGood: isRefused ? false : nil, observedAt: now,
                    details: JSONObject([
                        ("state", isRefused ? "refused" : "unknown"), ("reason", .string(error.reason)),
                    ])),
                rpc: Fact(
                    "rpc", "RPC probe", isRefused ? "refused" : "failed: \(error.message)", isGood: false,
                    observedAt: now, details: JSONObject([("reason", .string(error.reason))])),
                failure: error)
        }
    }

    private func ask(_ client: GatewayClient) async -> Probe {
        let mode = client.hello.snapshot["authMode"]?.string
        let standing = client.hello.standing
        var probe = Probe(
            authentication: Fact(
                "authentication", "Authentication",
                [mode.map { "mode \($0)" }, "accepted over \(client.route.name)"].compactMap { $0 }.joined(
                    separator: ", "), isGood: true, source: client.route.credentialSource, observedAt: now,
                details: JSONObject([
                    ("state", "accepted"), ("mode", mode.map(JSON.string) ?? .null),
                    ("transport", .string(client.route.transport)),
                    ("scopes", .array(client.hello.scopes.map(JSON.string))),
                ])), rpc: Fact("rpc", "RPC probe", "ok", isGood: true, observedAt: now), hello: client.hello)
        let clock = invocation.surroundings.clock
        let began = clock.now
        do throws(ClientError) {
            probe.health = HealthSummary(try await client.call("health", within: invocation.timeout))
            let took = clock.now - began
            probe.rpc.lines = ["ok, \(Age.latency(took)), \(standing) over \(client.route.name)"]
            probe.rpc.details["latencyMs"] = .double(Double(took.inNanoseconds / 1000) / 1000)
            if client.hello.methods.contains("system.info") {
                probe.pid = try? await client.call("system.info", within: invocation.timeout)["pid"]?.int
            }
        } catch {
            let failure = error.failure(invocation.program)
            probe.failure = failure
            probe.rpc.lines = ["failed: \(failure.message)"]
            probe.rpc.isGood = false
            probe.rpc.details["reason"] = .string(failure.reason)
        }
        return probe
    }

    /// As the gateway itself says it.
    private func role(_ health: HealthSummary) -> Fact {
        let role = health.json["role"]?.string ?? health.json["failover"]?["role"]?.string
        return Fact(
            "role", "Role", role ?? "single, no failover set up", observedAt: health.madeAt,
            details: JSONObject([("role", .string(role ?? "single"))]))
    }

    /// Of a standby whose gateway is started when it is needed.
    private func role(_ standby: FailoverView) -> Fact {
        Fact(
            "role", "Role", "\(standby.state); its monitor starts this gateway when it is needed",
            isGood: standby.isWell,
            details: JSONObject([("role", standby.json["role"] ?? "standby")]))
    }

    private func config(_ settings: ClientSettings) -> Fact {
        let path = invocation.instance.shown(invocation.instance.configPath)
        if let problem = settings.problem {
            return Fact("config", "Config", problem, isGood: false, details: JSONObject([("path", .string(path))]))
        }
        let exists = FilePresence.exists(invocation.instance.configPath)
        return Fact(
            "config", "Config", exists ? "\(path), can be read" : "\(path) is not there: defaults hold",
            details: JSONObject([("path", .string(path)), ("exists", .bool(exists))]))
    }

    // MARK: The verdict

    private func finish(
        _ facts: [Fact], _ probe: Probe?, _ standby: FailoverView?, isElsewhere: Bool, _ route: GatewayRoute?
    ) -> ExitCode {
        let byName = Dictionary(facts.map { ($0.name, $0) }) { first, _ in first }
        let answers = probe?.rpc.isGood == true
        var (verdict, state) = verdict(facts, byName, probe, isElsewhere)
        if let standby, state == "stopped" {
            (verdict, state) = (standby.isWell ? .good : .degraded, "standing by")
        }
        var report = Report(verdict: verdict, state: state)
        report.subject = [
            "\(invocation.instance.profile)", route?.url?.peer ?? "", probe?.hello?.serverVersion ?? "",
        ].filter { !$0.isEmpty }
        report.facts =
            [runtime(byName, probe, isElsewhere)] + facts.filter { $0.name != "process" || $0.isGood != true }
        report.next =
            standby == nil || verdict == .good
            ? next(report.verdict, byName, probe) : ["\(invocation.program) failover status"]
        show(report, facts)
        if invocation.has("--require-rpc"), !answers { return probe?.failure?.code ?? .unreachable }
        if report.verdict == .good { return .good }
        return isRefused(probe) ? .notAuthorized : .notGood
    }

    private func isRefused(_ probe: Probe?) -> Bool { probe?.failure?.code == .notAuthorized }

    /// The one word for all of it. What the listener says of itself is believed; what it does not say is not guessed.
    private func verdict(
        _ facts: [Fact], _ byName: [String: Fact], _ probe: Probe?, _ isElsewhere: Bool
    ) -> (Report.Verdict, String) {
        let answers = probe?.rpc.isGood == true
        let listener = byName["listener"]?.details["state"]?.string ?? "none"
        let isWell = facts.allSatisfy { $0.isGood != false || ["service", "process"].contains($0.name) }
        if isWell && (probe == nil ? listener == "listening" : answers && probe?.health?.isGood != false) {
            return (.good, "running")
        }
        if isRefused(probe) { return (.degraded, "refused") }
        if ["starting", "draining"].contains(listener) { return (.degraded, listener) }
        if answers || listener == "listening" { return (.degraded, "degraded") }
        if byName["process"]?.isGood == true { return (.bad, "not answering") }
        return (.bad, isElsewhere ? "not reached" : "stopped")
    }

    /// `Runtime: running` is what people and their scripts look for.
    private func runtime(_ facts: [String: Fact], _ probe: Probe?, _ isElsewhere: Bool) -> Fact {
        let listener = facts["listener"]?.details["state"]?.string ?? "none"
        let isRunning =
            probe?.hello != nil || facts["process"]?.isGood == true
            || ["listening", "starting", "draining"].contains(listener)
        guard isRunning else {
            // From here nothing is seen of a host but what it answers.
            if isElsewhere {
                return Fact(
                    "runtime", "Runtime", "unknown: it does not answer", details: JSONObject([("state", "unknown")]))
            }
            return Fact("runtime", "Runtime", "stopped", isGood: false, details: JSONObject([("state", "stopped")]))
        }
        var parts = ["running"]
        let pid = probe?.pid ?? facts["process"]?.details["pid"]?.int
        if let pid { parts.append("pid \(pid)") }
        if let uptime = probe?.hello?.uptime { parts.append("up \(Age.span(uptime))") }
        var details = JSONObject([("state", "running")])
        details["pid"] = pid.map { JSON($0) }
        details["uptimeMs"] = (probe?.hello?.uptime).map { .int($0.inNanoseconds / 1_000_000) }
        return Fact("runtime", "Runtime", parts.joined(separator: ", "), isGood: true, details: details)
    }

    private func next(_ verdict: Report.Verdict, _ facts: [String: Fact], _ probe: Probe?) -> [String] {
        if let failure = probe?.failure, failure.code == .notAuthorized {
            return failure.next.filter { !$0.hasSuffix("gateway status") } + [
                "\(invocation.program) gateway auth-token"
            ]
        }
        switch verdict {
        case .good: return []
        case .bad where facts["process"]?.isGood == true: return stuckAdvice(facts)
        case .bad where ["foreign", "silent"].contains(facts["listener"]?.details["state"]?.string ?? ""):
            return ["\(invocation.program) doctor"]
        case .degraded:
            return (probe?.health?.configAdvice(invocation.program) ?? []) + ["\(invocation.program) logs --limit 50"]
        case .bad:
            if let state = facts["service"]?.details["state"]?.string,
                !["none", "not-installed", "unknown"].contains(state)
            {
                return ["\(invocation.program) gateway start"]
            }
            return ["\(invocation.program) gateway run"]
        }
    }

    /// A process that hangs is not asked to end.
    private func stuckAdvice(_ facts: [String: Fact]) -> [String] {
        let isService = facts["service"]?.details["pid"] == facts["process"]?.details["pid"]
        return [
            isService ? "\(invocation.program) gateway restart" : "\(invocation.program) gateway run --force",
            "\(invocation.program) logs --limit 50",
        ]
    }

    private func show(_ report: Report, _ facts: [Fact]) {
        guard invocation.output.isJSON else { return invocation.output.report(report, now: now) }
        var all = JSONObject()
        for fact in [report.facts[0]] + facts { all[fact.name] = fact.json(now: now) }
        invocation.output.json([
            "ok": .bool(report.verdict == .good), "state": .string(report.state),
            "profile": .string("\(invocation.instance.profile)"), "checkedAt": .string(now.iso),
            "facts": .object(all), "next": .array(report.next.map(JSON.string)),
        ])
    }
}
