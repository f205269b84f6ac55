import Agents
import Contract
import Platform

/// `agents.list`.
struct AgentsListMethod: PromptMethod {
    static let contract = MethodContract.agentsList
    let roster: AgentRoster

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .json(roster.json) }
}

/// `agent.identity.get`.
struct AgentIdentityMethod: PromptMethod {
    static let contract = MethodContract.agentIdentity
    let roster: AgentRoster

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let agent = try roster.meant(request.params.object, Self.contract)
        var answer: JSON = ["agentId": .string(agent.id)]
        answer["name"] = (agent.identity?["name"]?.string ?? agent.name).map { .string($0) }
        for key in ["avatar", "emoji"] { answer[key] = agent.identity?[key]?.string.map { .string($0) } }
        return .json(answer)
    }
}
