/// Channels (protocol.md section 7, channels).
extension MethodContract {
    package static let channelsStatus = MethodContract(
        "channels.status", .scope(.read), "each channel and its accounts",
        params: .object(
            .optional("probe", .boolean), .optional("timeoutMs", .natural), .optional("channel", .string)),
        result: .open(
            .required("ts", .natural), .required("channelOrder", .list(.string)),
            .required("channelLabels", .map(.string)), .required("channels", .map(.open())),
            .required("channelAccounts", .map(.list(.open(.required("accountId", .text))))),
            .required("channelDefaultAccountId", .map(.string))))

    private static let account: Shape = .object(.required("channel", .text), .optional("accountId", .string))
    private static let done = Shape.open(
        .required("channel", .text), .required("accountId", .text), .required("ok", .boolean))

    package static let channelsStart = MethodContract(
        "channels.start", .scope(.admin), "connects an account that was stopped", params: account, result: done)

    package static let channelsStop = MethodContract(
        "channels.stop", .scope(.admin), "disconnects an account until it is started, or the gateway",
        params: account, result: done)

    package static let channelsLetters = MethodContract(
        "channels.deadLetters.list", .scope(.read), "messages that were given up, the newest first",
        params: .object(.optional("limit", .integer(1...1000))),
        result: .open(
            .required(
                "letters",
                .list(.open(.required("id", .natural), .required("channel", .text), .required("error", .string))))))

    package static let channelsResubmit = MethodContract(
        "channels.deadLetters.resubmit", .scope(.admin), "lets a message that was given up be answered after all",
        params: .object(.required("id", .natural)), result: done)

    package static let channelPairingList = MethodContract(
        "channels.pairing.list", .scope(.pairing), "people who wait to be let in, and those who were",
        params: .object(.optional("channel", .string)),
        result: .open(.required("waiting", .list(.open(.required("id", .text)))), .required("approved", .list(.open())))
    )

    private static let code: Shape = .object(
        .required("channel", .text), .required("code", .text), .optional("accountId", .string))
    private static let person = Shape.open(
        .required("channel", .text), .required("accountId", .text), .required("id", .text))

    package static let channelPairingApprove = MethodContract(
        "channels.pairing.approve", .scope(.pairing), "lets in who waits under a code", params: code, result: person)

    package static let channelPairingReject = MethodContract(
        "channels.pairing.reject", .scope(.pairing), "sends away who waits under a code", params: code, result: person)

    private static let sent = Shape.open(
        .required("runId", .text), .required("channel", .text), .optional("messageId", .string))

    package static let send = MethodContract(
        "send", .scope(.write), "sends a message to a chat",
        params: .open(
            .required("to", .text), .optional("message", .string), .optional("channel", .string),
            .optional("accountId", .string), .optional("replyToId", .string), .optional("threadId", .string),
            .optional("mediaUrl", .string), .optional("mediaUrls", .list(.string)), .optional("buffer", .string),
            .optional("filename", .string), .optional("agentId", .string), .optional("forceDocument", .boolean),
            .optional("asVoice", .boolean), .optional("buttons", .list(.any)), .optional("presentation", .open()),
            .required("idempotencyKey", .text)),
        result: sent)

    package static let poll = MethodContract(
        "poll", .scope(.write), "asks a chat to choose",
        params: .open(
            .required("to", .text), .required("question", .text), .required("options", .list(.text, 2...12)),
            .optional("maxSelections", .integer(1...12)), .optional("channel", .string),
            .optional("accountId", .string), .required("idempotencyKey", .text)),
        result: sent, isAdvertised: false)

    package static let messageAction = MethodContract(
        "message.action", .scope(.write), "puts a sign under a message, or takes it away",
        params: .open(
            .required("action", .text), .required("params", .open()), .optional("channel", .string),
            .optional("accountId", .string), .required("idempotencyKey", .text)),
        result: sent)

    package static let channelsLogout = MethodContract(
        "channels.logout", .scope(.admin), "stops an account, ends its session, and takes its secrets away",
        params: account,
        result: .open(
            .required("channel", .text), .required("accountId", .text), .required("cleared", .boolean),
            .required("loggedOut", .boolean), .required("remaining", .list(.open(.required("source", .text))))))
}
