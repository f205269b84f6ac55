import Gateway
import Platform
import Settings
import Supervision

extension Command {
    static let profilesList = Command(
        "profiles list", "every gateway of this user on this host: where it lives, its port, whether it runs",
        flags: [.json], examples: ["openclaw profiles list", "openclaw profiles list --json"],
        seeAlso: ["gateway status", "doctor"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in
            let rows = await ProfileRow.all(invocation)
            let isFree = rows.allSatisfy(\.collisions.isEmpty)
            if invocation.output.isJSON {
                invocation.output.json(["ok": .bool(isFree), "profiles": .array(rows.map(\.json))])
                return isFree ? .good : .notGood
            }
            guard !rows.isEmpty else {
                invocation.output.line("no gateway has been set up here yet")
                invocation.output.command("  Next: ", "\(invocation.program) setup")
                return .good
            }
            var report = Report(verdict: .good, state: rows.count == 1 ? "1 profile" : "\(rows.count) profiles")
            report.facts = rows.map { $0.fact(invocation.instance) }
            if !isFree {
                report.verdict = .degraded
                report.next = ["openclaw --profile <name> doctor --fix"]
            }
            invocation.output.report(report, now: invocation.surroundings.clock.wall)
            return isFree ? .good : .notGood
        })
}

/// One of the gateways of a host.
private struct ProfileRow {
    let instance: Instance
    let port: UInt16
    let hasConfig: Bool
    let process: Int32?
    let service: ServiceState
    var collisions: [String] = []

    @LoopActor
    static func all(_ invocation: Invocation) async -> [ProfileRow] {
        var rows: [ProfileRow] = []
        for instance in await invocation.knownInstances() {
            // This profile's own variables hold for it.
            let isOwn = instance.stateDirectory == invocation.instance.stateDirectory
            let hasConfig = FilePresence.exists(instance.configPath)
            rows.append(await row(isOwn ? invocation : invocation.of(instance), hasConfig))
        }
        for index in rows.indices {
            for other in rows where other.instance != rows[index].instance {
                guard
                    case .tooClose(let distance)? = PortPlan(base: rows[index].port).conflict(
                        with: PortPlan(base: other.port))
                else { continue }
                rows[index].collisions.append(
                    "port \(rows[index].port) is \(distance) from \(other.instance.profile)'s \(other.port)")
            }
        }
        return rows
    }

    @LoopActor
    private static func row(_ invocation: Invocation, _ hasConfig: Bool) async -> ProfileRow {
        let query = ProcessQuery(invocation: invocation)
        let config = try? await invocation.configLoader.load(.none)
        let configured = config?.integer("gateway.port").flatMap { UInt16(exactly: $0) }
        return ProfileRow(
            instance: invocation.instance, port: query.port ?? configured ?? invocation.instance.port,
            hasConfig: hasConfig, process: query.process, service: await ServiceDesk(invocation).found().state)
    }

    var json: JSON {
        var json: JSON = [
            "profile": .string("\(instance.profile)"), "config": .string(instance.configPath),
            "hasConfig": .bool(hasConfig), "state": .string(instance.stateDirectory),
            "workspace": .string(instance.workspaceDirectory), "port": .int(Int64(port)),
            "running": .bool(process != nil), "service": .string(service.condition.word),
            "collisions": .array(collisions.map { .string($0) }),
        ]
        json["pid"] = process.map { .int(Int64($0)) }
        return json
    }

    func fact(_ own: Instance) -> Fact {
        var parts = ["port \(port)", process.map { "runs, pid \($0)" } ?? "does not run"]
        if service.isInstalled { parts.append("service \(service.condition.word)") }
        if !hasConfig { parts.append("no configuration") }
        var fact = Fact(
            "\(instance.profile)", "\(instance.profile)", parts.joined(separator: ", "),
            isGood: collisions.isEmpty ? nil : false)
        fact.lines.append(own.shown(instance.configPath))
        fact.lines += collisions
        return fact
    }
}
