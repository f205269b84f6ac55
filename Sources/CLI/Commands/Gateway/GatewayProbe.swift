import Platform
import Settings
import Wire

extension Command {
    static let gatewayProbe = Command(
        "gateway probe", "find every gateway that can be reached from here, and tell which are the same",
        notes:
            "Gateways are told apart by their keys: a tunnel to a gateway and its own port are one gateway. Looked at are "
            + "this profile's socket and port, the ports of the other profiles, gateway.remote.url and --url. Exit code "
            + "0 when exactly one gateway answers, 1 when there are several, 3 when there is none.",
        flags: Flag.client,
        examples: ["openclaw gateway probe", "openclaw gateway probe --url wss://gateway.example"],
        seeAlso: ["gateway status", "status"],
        run: { invocation throws(CommandFailure) in try await ProbeQuery(invocation).run() })
}

/// What answered on one way.
struct ProbeResult: Sendable {
    let target: ProbeTarget
    var isReachable = false
    /// The fingerprint of the gateway's key; nil where it could not be learned.
    var identity: String?
    var version: String?
    var latency: Duration?
    /// Why there is no answer or no identity.
    var problem: String?

    var json: JSON {
        var object: JSON = [
            "name": .string(target.name), "transport": .string(target.route.transport),
            "reachable": .bool(isReachable),
        ]
        if let url = target.route.url { object["url"] = .string("\(url.scheme.rawValue)://\(url.peer)") }
        object["deviceId"] = identity.map(JSON.string)
        object["version"] = version.map(JSON.string)
        object["latencyMs"] = latency.map { .double(Double($0.inNanoseconds / 1000) / 1000) }
        object["problem"] = problem.map(JSON.string)
        return object
    }
}

/// Reachable gateways, the ways of each together.
struct ProbeFinding: Sendable {
    /// Ways to gateways whose key is known, by key.
    let known: [(identity: String, ways: [ProbeResult])]
    /// Ways that answer and do not show whose they are.
    let unknown: [ProbeResult]

    static let severalPhrase = "multiple reachable gateway identities detected"

    init(_ results: [ProbeResult]) {
        var known: [(identity: String, ways: [ProbeResult])] = []
        var unknown: [ProbeResult] = []
        for result in results where result.isReachable {
            guard let identity = result.identity else {
                unknown.append(result)
                continue
            }
            if let position = known.firstIndex(where: { $0.identity == identity }) {
                known[position].ways.append(result)
            } else {
                known.append((identity, [result]))
            }
        }
        self.known = known
        self.unknown = unknown
    }

    /// Several gateways, or ways that cannot be shown to lead to the same one.
    var isSeveral: Bool { known.count + unknown.count > 1 }
    var isNone: Bool { known.isEmpty && unknown.isEmpty }
}

/// Asks all targets at once.
@LoopActor
struct ProbeQuery {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func run() async throws(CommandFailure) -> ExitCode {
        let access = await invocation.access()
        let targets = try await ProbeTargets(invocation, access).all()
        let tasks = targets.map { target in startTask { await self.ask(target, access) } }
        var results: [ProbeResult] = []
        for task in tasks {
            if let result = try? await task.value { results.append(result) }
        }
        let finding = ProbeFinding(results)
        show(results, finding)
        return finding.isNone ? .unreachable : finding.isSeveral ? .notGood : .good
    }

    private func ask(_ target: ProbeTarget, _ access: GatewayAccess) async -> ProbeResult {
        var result = ProbeResult(target: target)
        do throws(ClientError) {
            let client = try await access.connect(target.route, as: .probe)
            defer { client.close() }
            result.isReachable = true
            result.version = client.hello.serverVersion
            result.latency = client.connectTime
            do throws(ClientError) {
                let answer = try await client.call("gateway.identity.get", within: invocation.timeout)
                result.identity = answer["deviceId"]?.string
                if result.identity == nil { result.problem = "it does not tell its key" }
            } catch {
                result.problem = error.failure(invocation.program).message
            }
        } catch {
            result.isReachable = error.isAnAnswer
            result.problem = error.failure(invocation.program).message
        }
        return result
    }

    private func show(_ results: [ProbeResult], _ finding: ProbeFinding) {
        let now = invocation.surroundings.clock.wall
        if invocation.output.isJSON {
            var object: JSON = [
                "ok": .bool(!finding.isSeveral && !finding.isNone), "checkedAt": .string(now.iso),
                "gateways": .array(
                    finding.known.map { gateway in
                        [
                            "deviceId": .string(gateway.identity),
                            "transports": .array(gateway.ways.map { .string($0.target.name) }),
                        ]
                    }), "unidentified": .array(finding.unknown.map { .string($0.target.name) }),
                "targets": .array(results.map(\.json)),
            ]
            if finding.isSeveral { object["warning"] = .string(ProbeFinding.severalPhrase) }
            return invocation.output.json(object)
        }
        var report = Report(verdict: .good, state: "one gateway")
        if finding.isNone {
            (report.verdict, report.state) = (.bad, "no gateway answers")
            report.next = ["\(invocation.program) gateway run"]
        } else if finding.isSeveral {
            (report.verdict, report.state) = (.degraded, ProbeFinding.severalPhrase)
        } else if let ways = finding.known.first?.ways, ways.count > 1 {
            report.subject = ["\(ways.count) ways"]
        }
        for (identity, ways) in finding.known {
            var fact = Fact("gateway", "Gateway \(identity.prefix(12))", "", isGood: true)
            fact.lines = ways.map { way in
                let took = way.latency.map { ", \(Age.latency($0))" } ?? ""
                return "\(way.target.name)\(took), openclaw \(way.version ?? "unknown")"
            }
            report.facts.append(fact)
        }
        for way in finding.unknown {
            report.facts.append(
                Fact("unidentified", "Not identified", "\(way.target.name): \(way.problem ?? "unknown")", isGood: false)
            )
        }
        let silent = results.filter { !$0.isReachable }.map(\.target.name)
        if !silent.isEmpty { report.facts.append(Fact("silent", "No answer", silent.joined(separator: ", "))) }
        invocation.output.report(report, now: now)
    }
}

extension ClientError {
    /// Whether a gateway is there, though it did not let us in.
    var isAnAnswer: Bool {
        switch self {
        case .refused: true
        case .turnedAway(_, let status): [401, 403, 421, 429, 503].contains(status)
        default: false
        }
    }
}
