import Agents
import Contract
import Platform

/// `skills.status`.
struct SkillsStatusMethod: PromptMethod {
    static let contract = MethodContract.skillsStatus
    let facts: GatewayFacts
    let roster: AgentRoster

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let agent = try roster.meant(request.params.object, Self.contract)
        return .object(
            ("workspaceDir", .string(agent.workspace ?? facts.workspaceDirectory)),
            ("managedSkillsDir", .string(facts.stateDirectory + "/skills")), ("skills", []))
    }
}

/// `skills.bins`.
struct SkillsBinsMethod: PromptMethod {
    static let contract = MethodContract.skillsBins

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .object(("bins", [])) }
}
