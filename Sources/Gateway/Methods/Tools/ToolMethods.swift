import Agents
import Contract
import Models
import Platform

/// `tools.catalog`.
struct ToolsCatalogMethod: PromptMethod {
    static let contract = MethodContract.toolsCatalog
    let roster: AgentRoster
    let tools: ToolServices

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let agent = try roster.meant(request.params.object, Self.contract)
        let profiles = ToolProfile.allCases.map { profile -> JSON in
            ["id": .string(profile.rawValue), "label": .string(profile.label)]
        }
        return .object(
            ("agentId", .string(agent.id)), ("profiles", .array(profiles)),
            (
                "groups",
                ToolGroups.json(tools.set.all) { tool in
                    let entry = ToolPolicy.Entry(name: tool.name, group: tool.group)
                    let names = ToolProfile.allCases.filter { $0.contains(entry) }.map { JSON.string($0.rawValue) }
                    return ["source": "core", "defaultProfiles": .array(names)]
                }
            ))
    }
}

/// `tools.effective`.
struct ToolsEffectiveMethod: PromptMethod {
    static let contract = MethodContract.toolsEffective
    let roster: AgentRoster
    let tools: ToolServices

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let agent = try roster.meant(request.params.object, Self.contract)
        let isOwner = request.client.granted.includes(.admin)
        let left = tools.set.tools(ofAgent: agent.id).filter { isOwner || !$0.isForOwners }
        return .object(
            ("agentId", .string(agent.id)), ("profile", .string(tools.set.profile(ofAgent: agent.id).rawValue)),
            ("groups", ToolGroups.json(left) { _ in ["source": "core"] }))
    }
}

/// Tools by their groups, as clients read them.
@LoopActor
enum ToolGroups {
    static func json(_ tools: [any Tool], _ more: (any Tool) -> JSON) -> JSON {
        var groups: [String] = []
        for tool in tools where !groups.contains(tool.group) { groups.append(tool.group) }
        return .array(
            groups.map { group in
                let rows = tools.filter { $0.group == group }.map { tool -> JSON in
                    var row: JSON = [
                        "id": .string(tool.name), "label": .string(label(tool.name)),
                        "description": .string(tool.definition.description),
                    ]
                    for member in more(tool).object?.members ?? [] { row[member.key] = member.value }
                    return row
                }
                return [
                    "id": .string(group), "label": .string(labels[group] ?? label(group)), "source": "core",
                    "tools": .array(rows),
                ]
            })
    }

    private static let labels = [
        "fs": "Files", "runtime": "Commands", "web": "Web", "sessions": "Conversations", "memory": "Memory",
        "messaging": "Messages", "agents": "Agents", "automation": "Gateway", "media": "Pictures",
    ]

    /// `sessions_list` is "Sessions list".
    private static func label(_ name: String) -> String {
        let words = name.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

/// `tools.invoke`.
struct ToolsInvokeMethod: WaitingMethod {
    static let contract = MethodContract.toolsInvoke
    let roster: AgentRoster
    let tools: ToolServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let name = params["name"]?.string ?? ""
        let agent = try roster.meant(params, Self.contract)
        let text = roster.sessionKey(params["sessionKey"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "main")
        let prefix = "agent:\(agent.id):"
        let rest = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        let context = ToolContext(
            agentID: agent.id, sessionKey: SessionKey(agentID: agent.id, rest: rest), runID: "invoke:\(request.id)",
            workspace: tools.workspace(of: agent), isOwner: request.client.granted.includes(.admin),
            origin: RunOrigin(channel: "webchat"))
        let output = try await tools.invoke(
            name, params["args"]?.object ?? JSONObject(), context, through: .socket,
            id: params["idempotencyKey"]?.string ?? request.id)
        guard let output else {
            return .json(Self.failure(name, "not_found", "Tool not available: \(name.cut(to: 100))"))
        }
        if output.isError {
            var answer = Self.failure(name, "tool_error", output.text)
            answer["output"] = output.json
            return .json(answer)
        }
        return .object(("ok", true), ("toolName", .string(name)), ("output", output.json), ("source", "core"))
    }

    private static func failure(_ name: String, _ code: String, _ message: String) -> JSON {
        [
            "ok": false, "toolName": .string(name.cut(to: 100)),
            "error": ["code": .string(code), "message": .string(message)],
        ]
    }
}

extension ToolOutput {
    var text: String { parts.compactMap(\.text).joined(separator: "\n") }
}
