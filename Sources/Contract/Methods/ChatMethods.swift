/// What a chat window asks for when it opens (protocol.md section 7, chat and agent).
extension MethodContract {
    private static let messages = Shape.list(.open(.required("role", .text)))

    package static let chatHistory = MethodContract(
        "chat.history", .scope(.read), "the messages of a session; none of one that does not exist yet",
        params: .object(
            .required("sessionKey", .text), .optional("limit", .integer(1...1000)), .optional("agentId", .string),
            .optional("maxChars", .natural), .optional("offset", .natural), .optional("cursor", .string),
            .optional("messageId", .string), .optional("sessionId", .string)),
        result: .open(
            .required("sessionKey", .text), .optional("sessionId", .text), .required("messages", messages),
            .required("thinkingLevel", .string)))

    package static let chatStartup = MethodContract(
        "chat.startup", .scope(.read), "history, agents and models in one answer",
        params: .open(
            .optional("sessionKey", .text), .optional("agentId", .string), .optional("limit", .integer(1...1000))),
        result: .open(
            .required("sessionKey", .text), .required("agentsList", agentRows), .required("messages", messages),
            .required("metadata", .open(.required("models", modelRows))), .required("thinkingLevel", .string)))

    package static let chatMetadata = MethodContract(
        "chat.metadata", .scope(.read), "the models and commands that a chat can offer",
        params: .open(.optional("agentId", .string), .optional("sessionKey", .string)),
        result: .open(.required("models", modelRows), .required("commands", .list(.open()))))
}
