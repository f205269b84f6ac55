import Agents
import Contract
import Models
import Platform

/// `models.list`.
struct ModelsListMethod: PromptMethod {
    static let contract = MethodContract.modelsList
    let models: ModelDesk

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let all = request.params.object["view"]?.string == "all"
        return .object(("models", .array(models.rows(withoutKey: all))))
    }
}

extension ModelDesk {
    /// Models as clients list them, the gateway's own stand-in last. `withoutKey`: those, too, that cannot be asked.
    func rows(withoutKey: Bool = false) -> [JSON] {
        let configuration = configuration
        var rows: [JSON] = []
        for facts in configuration.models {
            let provider = configuration.providers[facts.reference.provider]
            let isAvailable = provider?.profiles.isEmpty == false
            guard isAvailable || withoutKey else { continue }
            var row: JSON = [
                "id": .string(facts.reference.model), "name": .string(facts.name),
                "provider": .string(facts.reference.provider),
                "reasoning": .bool(facts.traits.thinking != .none), "available": .bool(isAvailable),
            ]
            row["contextWindow"] = facts.contextWindow.map { JSON($0) }
            row["alias"] = configuration.aliases.first { $0.value == facts.reference }.map { .string($0.key) }
            rows.append(row)
        }
        let own = BuiltinOperator.reference
        rows.append([
            "id": .string(own.model), "name": "Operator (no language model)", "provider": .string(own.provider),
            "reasoning": false, "available": true,
        ])
        return rows
    }
}

/// `commands.list`.
struct CommandsListMethod: PromptMethod {
    static let contract = MethodContract.commandsList
    let roster: AgentRoster

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        _ = try roster.meant(request.params.object, Self.contract)
        return .object(("commands", .array(CommandDesk.rows)))
    }
}
