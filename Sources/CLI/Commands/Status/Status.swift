import Platform
import Settings

extension Command {
    static let status = Command(
        "status", "the gateway and its channels at a glance",
        notes: "Exit code 0 when all is well, 1 when something is not, 3 when no gateway answers.",
        flags: [
            Flag("--all", nil, "with host, clients, devices, nodes and jobs: fit to be pasted into a report"),
            Flag("--deep", nil, "probe channels now instead of showing what is known"),
            Flag("--usage", nil, "with what the model providers say of your quota, and the costs"),
        ] + Flag.client,
        examples: ["openclaw status", "openclaw status --all"],
        seeAlso: ["gateway status", "health", "logs"], isEveryday: true,
        run: { invocation throws(CommandFailure) in try await StatusQuery(invocation).run() })
}

/// Asks a gateway for what `status` shows.
@LoopActor
private struct StatusQuery {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() async throws(CommandFailure) -> ExitCode {
        let report = try await invocation.withGateway { gateway throws(CommandFailure) in try await ask(gateway) }
        if invocation.output.isJSON {
            invocation.output.json(json(report))
        } else {
            invocation.output.report(report.report, now: now)
        }
        return report.summary.isGood ? .good : .notGood
    }

    private struct Answer {
        var report: Report
        var summary: HealthSummary
        var version: String
        var raw = JSONObject()
    }

    private var now: WallTime { invocation.surroundings.clock.wall }

    private func ask(_ gateway: GatewaySession) async throws(CommandFailure) -> Answer {
        let isDeep = invocation.has("--deep")
        let health = try await gateway.call("health", isDeep ? ["probe": true] : nil)
        let summary = HealthSummary(health)
        var answer = Answer(
            report: Report(verdict: summary.verdict, state: summary.state),
            summary: summary, version: gateway.hello.serverVersion)
        answer.report.subject = ["\(invocation.instance.profile)", gateway.hello.serverVersion]
        answer.raw["health"] = health
        answer.report.facts = [fact(gateway.client)] + summary.facts(isVerbose: false)
        if let status = await gateway.callIfServed("status") {
            answer.raw["status"] = status
            answer.report.facts += statusFacts(status)
        }
        if invocation.has("--usage") { await addUsage(gateway, &answer) }
        if invocation.has("--all") { await addAll(gateway, &answer) }
        if !summary.isGood {
            answer.report.next = summary.configAdvice(invocation.program) + ["\(invocation.program) gateway status"]
        }
        return answer
    }

    private func fact(_ client: GatewayClient) -> Fact {
        var parts: [String] = []
        if let uptime = client.hello.uptime { parts.append("up \(Age.span(uptime))") }
        parts.append("answers in \(Age.latency(client.connectTime))")
        parts.append("\(client.hello.standing) over \(client.route.name)")
        var details = JSONObject([
            ("version", .string(client.hello.serverVersion)), ("transport", .string(client.route.transport)),
            ("scopes", .array(client.hello.scopes.map(JSON.string))),
            ("connectMs", .double(Double(client.connectTime.inNanoseconds / 1000) / 1000)),
        ])
        if let uptime = client.hello.uptime { details["uptimeMs"] = .int(uptime.inNanoseconds / 1_000_000) }
        return Fact("gateway", "Gateway", parts.joined(separator: ", "), isGood: true, details: details)
    }

    private func statusFacts(_ status: JSON) -> [Fact] {
        var facts: [Fact] = []
        if let events = status["queuedSystemEvents"]?.array, !events.isEmpty {
            facts.append(
                Fact(
                    "events", "Events", "\(events.count) wait for the next heartbeat",
                    details: JSONObject([("count", JSON(events.count))])))
        }
        if let model = status["sessions"]?["defaults"]?["model"]?.string {
            facts.append(Fact("model", "Model", model))
        }
        return facts
    }

    private func addUsage(_ gateway: GatewaySession, _ answer: inout Answer) async {
        if let usage = await gateway.callIfServed("usage.status") {
            answer.raw["usage"] = usage
            var fact = Fact("usage", "Usage", "no provider tells")
            let lines = (usage["providers"]?.array ?? []).map(Self.usageLine)
            if !lines.isEmpty { fact.lines = lines }
            answer.report.facts.append(fact)
        }
        if let cost = await gateway.callIfServed("usage.cost") {
            answer.raw["cost"] = cost
            if let total = cost["totals"]?["totalCost"]?.double, let days = cost["days"]?.int {
                let cents = Int(total * 100 + 0.5)
                answer.report.facts.append(
                    Fact("cost", "Cost", "\(cents / 100).\(Age.twoDigits(cents % 100)) in \(days) days"))
            }
        }
    }

    private static func usageLine(_ provider: JSON) -> String {
        let name = provider["displayName"]?.string ?? provider["provider"]?.string ?? "?"
        if let error = provider["error"]?.string { return "\(name): \(error)" }
        let windows = (provider["windows"]?.array ?? []).map { window in
            "\(window["label"]?.string ?? "") \(Int(window["usedPercent"]?.double ?? 0)) % used"
        }
        return windows.isEmpty ? name : "\(name): \(windows.joined(separator: ", "))"
    }

    private func addAll(_ gateway: GatewaySession, _ answer: inout Answer) async {
        if let info = await gateway.callIfServed("system.info") {
            answer.raw["system"] = info
            answer.report.facts.append(Self.host(info))
        }
        let lists = [
            ("system-presence", "presence", "Clients"), ("device.pair.list", "devices", "Devices"),
            ("node.list", "nodes", "Nodes"), ("cron.list", "jobs", "Jobs"),
        ]
        for (method, name, label) in lists {
            guard let value = await gateway.callIfServed(method) else { continue }
            answer.raw[name] = value
            let rows = value.array ?? value[name]?.array ?? value["paired"]?.array ?? []
            var text = "\(rows.count)"
            let pending = value["pending"]?.array?.count ?? 0
            if pending > 0 { text += ", \(pending) to be approved" }
            answer.report.facts.append(
                Fact(name, label, text, details: JSONObject([("count", JSON(rows.count)), ("pending", JSON(pending))])))
        }
        answer.report.facts.append(Fact("config", "Config", gateway.hello.snapshot["configPath"]?.string ?? "unknown"))
        answer.report.facts.append(Fact("state", "State", gateway.hello.snapshot["stateDir"]?.string ?? "unknown"))
    }

    private static func host(_ info: JSON) -> Fact {
        var parts = [info["hostname"]?.string ?? info["machineName"]?.string ?? "unknown"]
        if let system = info["osLabel"]?.string { parts.append(system) }
        if let pid = info["pid"]?.int { parts.append("pid \(pid)") }
        if let free = info["memoryFreeBytes"]?.int, let total = info["memoryTotalBytes"]?.int {
            parts.append("\(free >> 20) of \(total >> 20) MiB free")
        }
        return Fact("host", "Host", parts.joined(separator: ", "))
    }

    private func json(_ answer: Answer) -> JSON {
        var facts = JSONObject()
        for fact in answer.report.facts { facts[fact.name] = fact.json(now: now) }
        var object = JSONObject([
            ("ok", .bool(answer.summary.isGood)), ("state", .string(answer.report.state)),
            ("profile", .string("\(invocation.instance.profile)")), ("version", .string(answer.version)),
            ("checkedAt", .string(now.iso)), ("facts", .object(facts)),
        ])
        for member in answer.raw.members { object[member.key] = member.value }
        return .object(object)
    }
}
