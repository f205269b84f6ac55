/// Skills (protocol.md section 7, skills).
extension MethodContract {
    package static let skillsStatus = MethodContract(
        "skills.status", .scope(.read), "the skills of an agent and what each lacks",
        params: .object(.optional("agentId", .string)),
        result: .open(
            .required("workspaceDir", .string), .required("managedSkillsDir", .string),
            .required(
                "skills",
                .list(
                    .open(
                        .required("name", .text), .required("description", .string), .required("source", .text),
                        .required("filePath", .string), .required("baseDir", .string), .required("skillKey", .text),
                        .required("always", .boolean), .required("disabled", .boolean),
                        .required("blockedByAllowlist", .boolean), .required("eligible", .boolean),
                        .required("requirements", .open()), .required("missing", .open()))))))

    package static let skillsBins = MethodContract(
        "skills.bins", .node, "the programs that skills need on a node",
        result: .object(.required("bins", .list(.string))))

    package static let skillsUpdate = MethodContract(
        "skills.update", .scope(.admin), "switches a skill on or off, or gives it a key or variables",
        params: .object(
            .required("skillKey", .text), .optional("enabled", .boolean), .optional("apiKey", .string),
            .optional("env", .map(.string))),
        result: .open(.required("ok", .boolean), .required("skillKey", .text), .required("config", .open())))
}
