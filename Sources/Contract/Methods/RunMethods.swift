/// Messages for agents and what becomes of them (protocol.md sections 6 and 7, chat and agent).
extension MethodContract {
    private static let attachments = Shape.list(
        .open(
            .optional("type", .string), .optional("mimeType", .string), .optional("fileName", .string),
            .optional("content", .any)))

    private static let started = Shape.open(
        .optional("runId", .text), .optional("status", .word(["started", "in_flight", "ok", "error"])),
        .optional("ok", .boolean), .optional("aborted", .boolean), .optional("runIds", .list(.string)))

    package static let chatSend = MethodContract(
        "chat.send", .scope(.write), "a message for a session; its answer comes as `chat` events",
        params: .object(
            .required("sessionKey", .text), .required("message", .string), .required("idempotencyKey", .text),
            .optional("thinking", .string), .optional("deliver", .boolean), .optional("attachments", attachments),
            .optional("timeoutMs", .natural), .optional("agentId", .string), .optional("sessionId", .string),
            .optional("fastMode", .any), .optional("queueMode", .string), .optional("expectedLeafEntryId", .any),
            .optional("originatingChannel", .string), .optional("originatingTo", .string),
            .optional("originatingAccountId", .string), .optional("originatingThreadId", .any),
            .optional("systemInputProvenance", .any), .optional("systemProvenanceReceipt", .any),
            .optional("suppressCommandInterpretation", .boolean)),
        result: started)

    package static let chatAbort = MethodContract(
        "chat.abort", .scope(.write), "ends one run of a session, or all of them",
        params: .object(
            .required("sessionKey", .text), .optional("runId", .text), .optional("agentId", .string)),
        result: .open(.required("ok", .boolean), .required("aborted", .boolean), .required("runIds", .list(.string))))

    package static let chatInject = MethodContract(
        "chat.inject", .scope(.admin), "words of an assistant that no model said, for a session's transcript",
        params: .object(
            .required("sessionKey", .text), .required("message", .text), .optional("label", .string),
            .optional("agentId", .string)),
        result: .open(.required("ok", .boolean), .required("messageId", .text)), isAdvertised: false)

    package static let agent = MethodContract(
        "agent", .scope(.write), "a message for an agent; answered once when it is taken and once when it is done",
        params: .object(
            .required("message", .text), .required("idempotencyKey", .text), .optional("agentId", .string),
            .optional("to", .string), .optional("replyTo", .string), .optional("sessionId", .string),
            .optional("sessionKey", .string), .optional("thinking", .string), .optional("deliver", .boolean),
            .optional("attachments", attachments), .optional("channel", .string), .optional("replyChannel", .string),
            .optional("accountId", .string), .optional("replyAccountId", .string), .optional("threadId", .string),
            .optional("groupId", .string), .optional("groupChannel", .string), .optional("groupSpace", .string),
            .optional("timeout", .natural), .optional("lane", .string), .optional("extraSystemPrompt", .string),
            .optional("label", .string), .optional("spawnedBy", .string), .optional("provider", .string),
            .optional("model", .string), .optional("bestEffortDeliver", .boolean), .optional("promptMode", .string),
            .optional("inputProvenance", .any), .optional("bootstrapContextMode", .any),
            .optional("bootstrapContextRunKind", .any), .optional("internalEvents", .any), .optional("cwd", .string),
            .optional("fastMode", .any)),
        result: .open(.required("runId", .text), .required("status", .text)))

    package static let agentWait = MethodContract(
        "agent.wait", .scope(.write), "waits for the end of a run",
        params: .object(.required("runId", .text), .optional("timeoutMs", .natural)),
        result: .open(
            .required("runId", .text), .required("status", .word(["ok", "error", "timeout"])),
            .optional("startedAt", .natural), .optional("endedAt", .natural), .optional("error", .string)))

    private static let sessionMessage: [Shape.Field] = [
        .required("key", .text), .required("message", .string), .optional("agentId", .string),
        .optional("thinking", .string), .optional("attachments", attachments), .optional("timeoutMs", .natural),
        .optional("idempotencyKey", .text),
    ]

    package static let sessionsCreate = MethodContract(
        "sessions.create", .scope(.write), "a new session, with a first message if one is given",
        params: .open(
            .optional("key", .text), .optional("agentId", .string), .optional("label", .string),
            .optional("model", .string), .optional("parentSessionKey", .string),
            .optional("emitCommandHooks", .boolean), .optional("task", .string), .optional("message", .string)),
        result: .open(
            .required("ok", .boolean), .required("key", .text), .required("sessionId", .text),
            .required("runStarted", .boolean), .optional("runId", .text)))

    package static let sessionsSend = MethodContract(
        "sessions.send", .scope(.write), "a message for a session, as `chat.send`",
        params: .object(sessionMessage, isOpen: false), result: started)

    package static let sessionsSteer = MethodContract(
        "sessions.steer", .scope(.write), "a message that joins the run under way",
        params: .object(sessionMessage, isOpen: false), result: started, isAdvertised: false)

    package static let sessionsAbort = MethodContract(
        "sessions.abort", .scope(.write), "ends what runs in a session",
        params: .object(
            .optional("key", .text), .optional("runId", .text), .optional("agentId", .string),
            .optional("clearQueued", .boolean)),
        result: .open(
            .required("ok", .boolean), .required("abortedRunId", .nullable(.string)),
            .required("status", .word(["aborted", "no-active-run"]))))

    private static let agentDone = Shape.open(.required("ok", .boolean), .required("agentId", .text))

    package static let agentsCreate = MethodContract(
        "agents.create", .scope(.admin), "a new agent, written to the configuration",
        params: .object(
            .required("name", .text), .optional("workspace", .text), .optional("model", .text),
            .optional("emoji", .string), .optional("avatar", .string)),
        result: agentDone)

    package static let agentsUpdate = MethodContract(
        "agents.update", .scope(.admin), "changes an agent in the configuration",
        params: .object(
            .required("agentId", .text), .optional("name", .text), .optional("workspace", .text),
            .optional("model", .text), .optional("emoji", .string), .optional("avatar", .string)),
        result: agentDone)

    package static let agentsDelete = MethodContract(
        "agents.delete", .scope(.admin), "takes an agent out of the configuration; its files stay",
        params: .object(.required("agentId", .text), .optional("deleteFiles", .boolean)),
        result: agentDone)

    private static let file = Shape.open(
        .required("name", .text), .required("path", .text), .required("missing", .boolean),
        .optional("size", .natural), .optional("updatedAtMs", .natural), .optional("content", .string))

    package static let agentsFilesList = MethodContract(
        "agents.files.list", .scope(.read), "the files that tell an agent who it is",
        params: .object(.required("agentId", .text)),
        result: .open(.required("agentId", .text), .required("workspace", .text), .required("files", .list(file))))

    package static let agentsFilesGet = MethodContract(
        "agents.files.get", .scope(.read), "one of them",
        params: .object(.required("agentId", .text), .required("name", .text)),
        result: .open(.required("agentId", .text), .required("workspace", .text), .required("file", file)))

    package static let agentsFilesSet = MethodContract(
        "agents.files.set", .scope(.admin), "writes one of them",
        params: .object(.required("agentId", .text), .required("name", .text), .required("content", .string)),
        result: .open(
            .required("ok", .boolean), .required("agentId", .text), .required("workspace", .text),
            .required("file", file)))
}
