/// Agents, their identities, models and tools (protocol.md section 7, chat and agent).
extension MethodContract {
    private static let identity = Shape.open(
        .optional("name", .string), .optional("theme", .string), .optional("emoji", .string),
        .optional("avatar", .string), .optional("avatarUrl", .string))

    static let agentRows = Shape.open(
        .required("defaultId", .text), .required("mainKey", .text),
        .required("scope", .word(["per-sender", "global"])),
        .required(
            "agents",
            .list(
                .open(
                    .required("id", .text), .optional("name", .string), .optional("identity", identity),
                    .optional("workspace", .string), .optional("model", .open())))))

    static let modelRows = Shape.list(
        .open(
            .required("id", .text), .required("name", .string), .required("provider", .text),
            .optional("contextWindow", .natural), .optional("reasoning", .boolean)))

    package static let agentsList = MethodContract(
        "agents.list", .scope(.read), "the configured agents and which of them is the default", result: agentRows)

    package static let agentIdentity = MethodContract(
        "agent.identity.get", .scope(.read), "what an agent is called and looks like",
        params: .object(.optional("agentId", .string), .optional("sessionKey", .string)),
        result: .open(
            .required("agentId", .text), .optional("name", .string), .optional("avatar", .string),
            .optional("emoji", .string)))

    package static let modelsList = MethodContract(
        "models.list", .scope(.read), "the models that can be used",
        params: .object(
            .optional("view", .word(["default", "configured", "provider-config", "all"])),
            .optional("preparedOnly", .boolean), .optional("refresh", .boolean), .optional("agentId", .string)),
        result: .open(.required("models", modelRows)))

    private static let toolGroups = Shape.list(
        .open(.required("id", .text), .required("label", .string), .required("tools", .list(.open()))))

    package static let toolsCatalog = MethodContract(
        "tools.catalog", .scope(.read), "the tools that agents can be given",
        params: .object(.optional("agentId", .string), .optional("includePlugins", .boolean)),
        result: .open(
            .required("agentId", .text),
            .required("profiles", .list(.open(.required("id", .text), .required("label", .string)))),
            .required("groups", toolGroups)))

    package static let toolsEffective = MethodContract(
        "tools.effective", .scope(.read), "the tools that an agent has in a session",
        params: .open(.optional("agentId", .string), .optional("sessionKey", .string)),
        result: .open(.required("agentId", .text), .required("groups", toolGroups)))

    package static let toolsInvoke = MethodContract(
        "tools.invoke", .scope(.write), "calls a tool of an agent; what goes wrong in it is an answer too",
        params: .object(
            .required("name", .text), .optional("args", .open()), .optional("sessionKey", .string),
            .optional("agentId", .string), .optional("confirm", .boolean), .optional("idempotencyKey", .text)),
        result: .open(.required("ok", .boolean), .required("toolName", .text)))

    package static let commandsList = MethodContract(
        "commands.list", .scope(.read), "the slash commands of an agent",
        params: .open(
            .optional("agentId", .string), .optional("scope", .string), .optional("includeArgs", .boolean)),
        result: .open(.required("commands", .list(.open()))))
}
