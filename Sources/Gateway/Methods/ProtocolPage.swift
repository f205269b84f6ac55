import Contract
import Platform

/// The tables of Docs/protocol.md: methods by namespace, then events.
@LoopActor
enum ProtocolPage {
    static func text(_ contracts: [MethodContract]) -> String {
        var groups: [(name: String, rows: [String])] = []
        for contract in contracts + [ConnectParams.contract] {
            let name = namespace(contract.name)
            if let place = groups.firstIndex(where: { $0.name == name }) {
                groups[place].rows.append(row(contract))
            } else {
                groups.append((name, [row(contract)]))
            }
        }
        var text = "## Methods\n"
        for group in groups {
            text +=
                "\n### \(group.name)\n\n| method | scope | parameters | result | what it does |\n|---|---|---|---|---|\n"
            text += group.rows.joined()
        }
        text += "\n## Events\n\n| event | who hears it | may be dropped |\n|---|---|---|\n"
        var seen: Set<String> = []
        for event in EventContract.all where seen.insert(event.name).inserted { text += row(event) }
        return text
    }

    /// Names of one word are the gateway's own.
    private static func namespace(_ method: String) -> String {
        let parts = method.split(separator: ".")
        return parts.count > 1 ? String(parts[0]) : "gateway"
    }

    private static func row(_ contract: MethodContract) -> String {
        let scope =
            switch contract.access {
            case .node: "node"
            case .scope(let scope): scope.rawValue
            }
        let mark = contract.isAdvertised ? "" : " *"
        return
            "| `\(contract.name)`\(mark) | \(scope) | `\(contract.params.signature)` | `\(contract.result.signature)`"
            + " | \(contract.summary) |\n"
    }

    private static func row(_ event: EventContract) -> String {
        let audience =
            switch event.audience {
            case .everyone: "every operator"
            case .scope(let scope): scope.rawValue
            case .addressed: "one connection"
            }
        return
            "| `\(event.name)` | \(audience)\(event.reachesNodes ? ", nodes" : "") | \(event.isDroppable ? "yes" : "") |\n"
    }
}
