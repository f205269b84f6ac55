import Agents
import Contract
import Platform

/// `status`.
struct StatusMethod: PromptMethod {
    static let contract = MethodContract.status
    let facts: GatewayFacts
    let health: GatewayHealth
    let roster: AgentRoster
    let events: SystemEvents
    let heartbeats: Heartbeats
    let sessions: GatewaySessions

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let isAdmin = request.client.granted.includes(.admin)
        let agents = roster.agents.map { agent -> JSON in
            let heartbeat = heartbeats.json(of: agent.id)
            return [
                "agentId": .string(agent.id), "enabled": heartbeat["enabled"] ?? false,
                "every": heartbeat["every"] ?? "0m", "everyMs": heartbeat["everyMs"] ?? 0,
            ]
        }
        var gateway: JSON = [
            "pid": .int(Int64(HostFacts.processID)), "uptimeMs": .int(health.uptimeMilliseconds),
            "profile": .string(facts.profile), "ready": .bool(health.isReady),
            "failing": .array(health.failingParts.map { .string($0) }),
        ]
        if isAdmin {
            gateway["configPath"] = .string(facts.configPath)
            gateway["stateDir"] = .string(facts.stateDirectory)
            gateway["authMode"] = .string(facts.authMode)
        }
        return .object(
            ("runtimeVersion", .string(facts.version)), ("gateway", gateway),
            (
                "heartbeat",
                ["defaultAgentId": .string(roster.defaultID), "agents": .array(agents)]
            ),
            ("heartbeatsEnabled", .bool(heartbeats.isEnabled)), ("channelSummary", []),
            // What was said to an agent is not for everyone who may look.
            ("queuedSystemEvents", .array(isAdmin ? events.waiting.map { .string($0) } : [])),
            (
                "sessions",
                [
                    "paths": .array(isAdmin ? [.string(facts.databasePath)] : []),
                    "count": sessions.health["count"] ?? 0,
                    "defaults": roster.sessionDefaults, "recent": sessions.health["recent"] ?? [],
                    "byAgent": .array(
                        roster.agents.map { agent in
                            var row = sessions.health(of: agent.id)
                            row["agentId"] = .string(agent.id)
                            if !isAdmin { row["path"] = "" }
                            return row
                        }),
                ]
            ))
    }
}

/// `diagnostics.stability`.
struct StabilityMethod: PromptMethod {
    static let contract = MethodContract.stability
    let own: OwnFacts

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .json(own.stability) }
}

/// `system.info`. The disk is asked on the pool: one that hangs holds up nobody else.
struct SystemInfoMethod: WaitingMethod {
    static let contract = MethodContract.systemInfo
    let facts: GatewayFacts
    let health: GatewayHealth

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        var info: JSON = [
            "machineName": .string(facts.hostName), "hostname": .string(facts.hostName),
            "platform": .string(facts.platform), "arch": .string(HostFacts.architecture),
            // Clients expect the key; there is no Node here.
            "nodeVersion": "none", "pid": .int(Int64(HostFacts.processID)),
            "uptimeMs": .int(health.uptimeMilliseconds), "runtimeVersion": .string(facts.version),
        ]
        let machine = await BlockingPool.shared.run { [path = facts.stateDirectory] in Self.machine(path) }
        for member in machine.object?.members ?? [] { info[member.key] = member.value }
        return .json(info)
    }

    private nonisolated static func machine(_ diskPath: String) -> JSON {
        let memory = HostFacts.memory
        var machine: JSON = [
            "release": .string(HostFacts.kernelRelease), "osLabel": .string(HostFacts.systemName),
            "cpuCount": JSON(HostFacts.processorCount), "memoryTotalBytes": .int(memory.total),
            "memoryFreeBytes": .int(memory.available),
        ]
        machine["cpuModel"] = HostFacts.processorName.map { .string($0) }
        machine["loadAverage"] = HostFacts.loadAverages.map { .array($0.map { .double($0) }) }
        if let disk = HostFacts.disk(at: diskPath) {
            machine["diskTotalBytes"] = .int(disk.total)
            machine["diskAvailableBytes"] = .int(disk.available)
            machine["diskPath"] = .string(diskPath)
        }
        return machine
    }
}
