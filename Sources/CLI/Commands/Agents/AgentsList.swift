import Agents
import Platform
import Settings

extension Command {
    static let agentsList = Command(
        "agents list", "the agents of the configuration: model, workspace, bindings",
        flags: [.json],
        examples: ["openclaw agents list", "openclaw agents list --json"],
        seeAlso: ["agents add", "agents bindings", "agent"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in
            let view = try await invocation.agents()
            let output = invocation.output
            let agents = view.settings.agents
            if output.isJSON {
                output.json([
                    "ok": true, "defaultId": .string(view.settings.defaultID),
                    "agents": .array(agents.map { view.json($0, invocation) }),
                ])
                return .good
            }
            output.line("● \(agents.count) \(agents.count == 1 ? "agent" : "agents")")
            var table = Table("agent", "name", "model", "workspace", "answers")
            table.rows = agents.map { agent in
                let bound = view.bindings(of: agent.id).map { Binding(json: $0)?.text ?? "other" }
                let isDefault = agent.id == view.settings.defaultID
                return [
                    agent.id, agent.identity?["name"]?.string ?? agent.name ?? "",
                    agent.model ?? view.settings.defaultModel ?? "none",
                    invocation.instance.shown(view.workspace(agent, invocation)),
                    ((isDefault ? ["what names no agent"] : []) + bound).joined(separator: ", "),
                ]
            }
            output.write(table.text(output.style))
            return .good
        })

    static let agentsBindings = Command(
        "agents bindings", "which agent is to answer on which channel",
        notes: "Bindings are kept for channels; until a channel is set up, none is used.",
        flags: [.agent, .json],
        examples: ["openclaw agents bindings", "openclaw agents bindings --agent ops --json"],
        seeAlso: ["agents bind", "agents unbind"],
        run: { invocation throws(CommandFailure) in
            let view = try await invocation.agents()
            if let id = invocation["--agent"] { _ = try view.known(id, invocation) }
            let all = AgentsView.bindings(in: view.snapshot.config).filter {
                invocation["--agent"] == nil || $0["agentId"]?.string == invocation["--agent"]
            }
            let output = invocation.output
            if output.isJSON {
                output.json(["ok": true, "bindings": .array(all)])
                return .good
            }
            output.line(
                "● \(all.count) \(all.count == 1 ? "binding" : "bindings"); \(view.settings.defaultID.shown) answers all else"
            )
            guard !all.isEmpty else { return .good }
            var table = Table("agent", "channel", "account", "further conditions")
            table.rows = all.map { json in
                let match = json["match"]
                let others = (match?.object?.members ?? []).filter { !["channel", "accountId"].contains($0.key) }
                return [
                    json["agentId"]?.string ?? "", match?["channel"]?.string ?? "",
                    match?["accountId"]?.string ?? "any",
                    others.map { "\($0.key) \($0.value.string ?? $0.value.description)" }.joined(separator: ", "),
                ]
            }
            output.write(table.text(output.style))
            return .good
        })
}

extension Flag {
    static let agent = Flag("--agent", "<id>", "which agent", default: "the default agent")
}
