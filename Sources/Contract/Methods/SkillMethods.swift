/// Skills (protocol.md section 7, skills).
extension MethodContract {
    package static let skillsStatus = MethodContract(
        "skills.status", .scope(.read), "the skills of an agent and what each lacks",
        params: .object(.optional("agentId", .string)),
        result: .open(
            .required("workspaceDir", .string), .required("managedSkillsDir", .string),
            .required("skills", .list(.open(.required("name", .text))))))

    package static let skillsBins = MethodContract(
        "skills.bins", .node, "the programs that skills need on a node",
        result: .object(.required("bins", .list(.string))))
}
