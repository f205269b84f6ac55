import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// Every method that the gateway has, whatever it does.
@Suite struct MethodTableTests {
    /// Parameters for those that need some.
    static let examples: [String: JSON] = [
        "system-event": ["text": "Node: desk", "host": "desk"], "set-heartbeats": ["enabled": false],
        "wake": ["mode": "next-heartbeat", "text": "look here"], "sessions.preview": ["keys": ["main"]],
        "sessions.resolve": ["key": "main", "allowMissing": true], "sessions.describe": ["key": "main"],
        "sessions.get": ["key": "main"], "sessions.messages.subscribe": ["key": "main"],
        "sessions.messages.unsubscribe": ["key": "main"], "chat.history": ["sessionKey": "main"],
        "cron.runs": ["id": "job"], "talk.mode": ["enabled": true, "phase": "listening"],
        "config.set": ["raw": "{}"], "config.validate": ["raw": "{}"], "config.patch": ["raw": "{}"],
        "config.apply": ["raw": "{}"],
        "config.schema.lookup": ["path": "gateway.port"],
        "chat.send": ["sessionKey": "main", "message": "/whoami", "idempotencyKey": "table-1"],
        "tools.invoke": ["name": "no_such_tool"], "skills.update": ["skillKey": "weather", "enabled": false],
        "chat.abort": ["sessionKey": "main"], "chat.inject": ["sessionKey": "main", "message": "words"],
        "agent": ["message": "/whoami", "idempotencyKey": "table-2"], "agent.wait": ["runId": "r", "timeoutMs": 0],
        "sessions.create": ["label": "new"], "sessions.send": ["key": "main", "message": "/whoami"],
        "sessions.steer": ["key": "main", "message": "/whoami"], "sessions.abort": ["key": "main"],
        "agents.create": ["name": "Work"], "agents.update": ["agentId": "main"], "agents.delete": ["agentId": "main"],
        "agents.files.list": ["agentId": "main"], "agents.files.get": ["agentId": "main", "name": "SOUL.md"],
        "agents.files.set": ["agentId": "main", "name": "SOUL.md", "content": ""],
        "sessions.patch": ["key": "main", "label": "mine", "thinkingLevel": "high"], "sessions.reset": ["key": "main"],
        "sessions.delete": ["key": "nobody"], "sessions.compact": ["key": "main", "maxLines": 10],
        "sessions.usage.timeseries": ["key": "main"], "sessions.usage.logs": ["key": "main"],
    ]

    /// Those whose success needs more than this bench has; their own tests call them.
    static let apart: Set<String> = [
        "voicewake.set", "config.set", "config.patch", "config.apply", "exec.approval.request",
        "exec.approval.resolve", "exec.approval.get", "exec.approval.waitDecision", "exec.approvals.node.get",
        "exec.approvals.node.set", "exec.approvals.set", "node.describe", "node.rename", "node.invoke",
        "node.invoke.result", "node.event", "node.pair.approve", "node.pair.reject", "node.pair.request",
        "node.pair.verify", "node.pair.remove", "device.pair.approve", "device.pair.reject", "device.pair.remove",
        "device.pair.rename", "device.token.rotate", "device.token.revoke", "gateway.identity.get",
        "wizard.next", "wizard.cancel", "wizard.status", "agents.create", "agents.update", "agents.delete",
        "agents.files.set", "skills.update", "gateway.restart.request", "channels.start", "channels.stop",
        "channels.deadLetters.list", "channels.deadLetters.resubmit", "channels.pairing.list",
        "channels.pairing.approve", "channels.pairing.reject", "send", "poll", "message.action", "cron.get", "cron.add",
        "cron.update", "cron.remove", "cron.run", "channels.logout", "channels.resolve", "directory.self",
        "directory.peers.list", "directory.groups.list", "directory.groups.members", "node.pluginSurface.refresh",
        "failover.promote", "failover.demote", "failover.switchover", "failover.pause", "failover.resume",
        "failover.drill",
    ]

    @Test func eachIsAccessibleAsTheProtocolSays() async throws {
        try await onLoop {
            for contract in try MethodBench().contracts {
                #expect(AccessTable.access(contract.name) == contract.access, "\(contract.name)")
                #expect(
                    contract.isAdvertised != AccessTable.unadvertised.contains(contract.name), "\(contract.name)")
            }
        }
    }

    @Test func eachEventIsHeardAsTheProtocolSays() {
        for event in EventContract.all + [.chatDelta] {
            #expect(AccessTable.audience(event.name) == event.audience, "\(event.name)")
            if AccessTable.droppable.contains(event.name) { #expect(event.isDroppable, "\(event.name)") }
        }
        for event in EventContract.all where AccessTable.neverDropped.contains(event.name) {
            #expect(!event.isDroppable, "\(event.name)")
        }
    }

    @Test func eachAnswersWithTheShapeItDeclares() async throws {
        try await onLoop {
            let bench = try MethodBench()
            try await bench.openSessions()
            let client = try await bench.connect()
            let node = try await bench.connect(role: .node)
            for contract in bench.contracts where !Self.apart.contains(contract.name) {
                let caller = contract.access == .node ? node : client
                let payload = try await caller.call(contract.name, Self.examples[contract.name])
                #expect(contract.result.problems(payload) == [], "\(contract.name): \(payload)")
            }
            await bench.closeSessions()
        }
    }

    @Test func eachRefusesACallerWithoutItsScope() async throws {
        try await onLoop {
            let bench = try MethodBench()
            for contract in bench.contracts {
                guard case .scope(let scope) = contract.access else { continue }
                let others = Scope.allCases.filter { !$0.covers(scope) }
                let client = try await bench.connect(scopes: others)
                let answer = try await client.request(contract.name, Self.examples[contract.name])
                #expect(answer["error"]?["message"]?.string == "missing scope: \(scope.rawValue)", "\(contract.name)")
                #expect(answer["error"]?["code"]?.string == "FORBIDDEN")
                #expect(
                    answer["error"]?["details"]
                        == [
                            "code": "MISSING_SCOPE", "missingScope": .string(scope.rawValue),
                            "requiredScopes": [.string(scope.rawValue)],
                        ])
            }
        }
    }

    @Test func eachRefusesTheOtherRole() async throws {
        try await onLoop {
            let bench = try MethodBench()
            for contract in bench.contracts {
                let isNodes = contract.access == .node
                let client = try await bench.connect(role: isNodes ? .operator : .node)
                let refusal = try await client.refusal(contract.name, Self.examples[contract.name])
                #expect(refusal == "INVALID_REQUEST unauthorized role: \(isNodes ? "operator" : "node")")
            }
        }
    }

    @Test func eachRefusesParametersOfTheWrongKind() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect()
            let node = try await bench.connect(role: .node)
            for contract in bench.contracts {
                let caller = contract.access == .node ? node : client
                let refusal = try await caller.refusal(contract.name, 7)
                #expect(refusal == "INVALID_REQUEST invalid \(contract.name) params: at root: must be object")
            }
        }
    }

    @Test func eachClosedOneRefusesAKeyThatItDoesNotKnow() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect()
            let node = try await bench.connect(role: .node)
            for contract in bench.contracts {
                guard case .object(_, isOpen: false) = contract.params else { continue }
                var params = Self.examples[contract.name] ?? [:]
                params["surprise"] = 1
                let caller = contract.access == .node ? node : client
                let refusal = try await caller.refusal(contract.name, params)
                #expect(refusal.hasPrefix("INVALID_REQUEST invalid \(contract.name) params: at root: "))
                #expect(refusal.contains("at root: unexpected property 'surprise'"), "\(contract.name)")
            }
        }
    }

    @Test func anUnknownOneIsToldToAdministratorsAlone() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let admin = try await bench.connect()
            #expect(try await admin.refusal("chat.sendd") == "INVALID_REQUEST unknown method: chat.sendd")
            let reader = try await bench.connect(scopes: [.read])
            #expect(try await reader.refusal("chat.sendd") == "FORBIDDEN missing scope: operator.admin")
            let node = try await bench.connect(role: .node)
            #expect(try await node.refusal("chat.sendd") == "INVALID_REQUEST unauthorized role: node")
            #expect(
                try await admin.refusal("connect", [:])
                    == "INVALID_REQUEST connect is only valid as the first request")
        }
    }

    @Test func theFeaturesListNamesEachAdvertisedOnce() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect()
            let listed = client.frames.compactMap { $0["payload"]?["features"]?["methods"]?.array }.first ?? []
            let names = listed.compactMap(\.string)
            #expect(Set(names).count == names.count)
            #expect(names == bench.contracts.filter(\.isAdvertised).map(\.name))
        }
    }
}
