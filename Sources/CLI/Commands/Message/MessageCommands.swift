import Platform

extension Command {
    private static let place: [Flag] = [
        Flag("--channel", "<name>", "by which channel: telegram, slack, …", default: "the only one that is set up"),
        Flag("--account", "<id>", "which account of the channel", default: "the channel's default"),
    ]

    static let messageSend = Command(
        "message send", "send a message to a person or a room, over a channel",
        flags: [
            Flag("--target", "<target>", "to whom: a number, a user, a room, as the channel names them"),
            Flag("--message", "<text>", "what to send"),
            Flag("--media", "<path>", "a picture or file to go along: a file here, or an https address"),
            Flag("--presentation", "<json>", "more of the message, with buttons: {blocks: [{type: buttons, …}]}"),
            Flag("--force-document", nil, "send a picture as a file, as it is"),
            Flag("--reply-to", "<id>", "the message that it answers"),
            Flag("--thread", "<id>", "the thread that it goes into"),
        ] + place + Flag.client,
        examples: [
            "openclaw message send --channel telegram --target @molly --message 'The backup is done'",
            "openclaw message send --channel slack --target '#ops' --message 'Deployed' --media chart.png --json",
        ],
        seeAlso: ["message read", "message poll", "agent"],
        run: { invocation throws(CommandFailure) in
            let to = try invocation.required("--target")
            let isGiven = ["--message", "--media", "--presentation"].contains { invocation[$0] != nil }
            guard isGiven else {
                throw .usage(
                    "message send needs --message, --media or --presentation",
                    hint: "usage: \(invocation.command.usage)")
            }
            var params: JSON = ["to": .string(to), "message": .string(invocation["--message"] ?? "")]
            if let media = invocation["--media"] { try await MediaArgument(media).add(to: &params) }
            if let text = invocation["--presentation"] {
                guard let parts = try? JSONParser.parse(text), parts.object != nil else {
                    throw .usage(
                        "--presentation must be an object in JSON",
                        hint: #"for instance '{"blocks":[{"type":"buttons","buttons":[{"label":"Yes"}]}]}'"#)
                }
                params["presentation"] = parts
            }
            if invocation.has("--force-document") { params["forceDocument"] = true }
            params["replyToId"] = invocation["--reply-to"].map { .string($0) }
            params["threadId"] = invocation["--thread"].map { .string($0) }
            return try await Messenger(invocation).run("send", params, "sent to \(to)")
        })

    static let messagePoll = Command(
        "message poll", "ask a room to choose, over a channel that can",
        flags: [
            Flag("--target", "<target>", "whom to ask"), Flag("--question", "<text>", "what to ask"),
            Flag("--option", "<text>", "what can be chosen; at least two", isRepeatable: true),
            Flag("--multi", nil, "several may be chosen"),
            Flag("--hours", "<number>", "how long it is open, in hours", kind: .integer(1...720)),
        ] + place + Flag.client,
        examples: [
            "openclaw message poll --channel telegram --target -100123 --question 'Lunch?' --option Soup --option Salad",
            "openclaw message poll --target '#ops' --question 'Deploy?' --option Now --option Later --hours 2",
        ],
        seeAlso: ["message send"],
        run: { invocation throws(CommandFailure) in
            let options = invocation.values["--option"] ?? []
            guard options.count >= 2 else {
                throw .usage("message poll needs two --option at least", hint: "usage: \(invocation.command.usage)")
            }
            let to = try invocation.required("--target")
            var params: JSON = [
                "to": .string(to), "question": .string(try invocation.required("--question")),
                "options": .array(options.map(JSON.string)),
            ]
            if invocation.has("--multi") { params["maxSelections"] = JSON(options.count) }
            params["durationHours"] = invocation.integer("--hours").map { JSON($0) }
            return try await Messenger(invocation).run("poll", listedAs: "send", params, "asked \(to)")
        })

    static let messageRead = Command(
        "message read", "the last messages of a room, over a channel that tells",
        flags: [
            Flag("--target", "<target>", "the person or room"),
            Flag("--limit", "<number>", "how many", kind: .integer(1...200), default: "20"),
        ] + place + Flag.client,
        examples: [
            "openclaw message read --channel slack --target '#ops'",
            "openclaw message read --channel discord --target 1178 --limit 50 --json",
        ],
        seeAlso: ["message send", "sessions show"],
        run: { invocation throws(CommandFailure) in
            let action: JSON = [
                "to": .string(try invocation.required("--target")), "limit": JSON(invocation.integer("--limit") ?? 20),
            ]
            return try await Messenger(invocation).run("message.action", ["action": "read", "params": action], "read")
        })

    static let messageReact = Command(
        "message react", "put a sign under a message, or take it away",
        flags: [
            Flag("--target", "<target>", "the person or room"), Flag("--message-id", "<id>", "the message"),
            Flag("--emoji", "<sign>", "the sign"), Flag("--remove", nil, "take it away"),
        ] + place + Flag.client,
        examples: [
            "openclaw message react --channel slack --target '#ops' --message-id 1712.04 --emoji 👍",
            "openclaw message react --target @molly --message-id 77 --emoji 👍 --remove",
        ],
        seeAlso: ["message send", "message read"],
        run: { invocation throws(CommandFailure) in
            var action: JSON = [
                "to": .string(try invocation.required("--target")),
                "messageId": .string(try invocation.required("--message-id")),
                "emoji": .string(try invocation.required("--emoji")),
            ]
            if invocation.has("--remove") { action["remove"] = true }
            return try await Messenger(invocation).run(
                "message.action", ["action": "react", "params": action], "done")
        })
}

/// Hands something to a channel of the gateway.
@LoopActor
private struct Messenger {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    /// A method that gateways do not list comes with another that they do.
    func run(
        _ method: String, listedAs listed: String? = nil, _ params: JSON, _ deed: String
    ) async throws(CommandFailure) -> ExitCode {
        var params = params
        params["channel"] = invocation["--channel"].map { .string($0) }
        params["accountId"] = invocation["--account"].map { .string($0) }
        params["idempotencyKey"] = .string(UUIDText.random())
        let request = params
        let answer = try await invocation.withGateway { gateway throws(CommandFailure) in
            guard gateway.hello.methods.contains(listed ?? method) else { throw try await unavailable(gateway) }
            return try await gateway.call(method, request)
        }
        if invocation.command.path.last == "read", !invocation.output.isJSON {
            invocation.output.json(answer)
        } else {
            invocation.done(deed, undo: nil, json: answer)
        }
        return .good
    }

    /// What keeps it from being done, as the gateway's own facts have it.
    private func unavailable(_ gateway: GatewaySession) async throws(CommandFailure) -> CommandFailure {
        let status = await gateway.callIfServed("channels.status")
        let channels = status?["channels"]?.object?.members.filter { $0.value["configured"]?.bool == true }.map(\.key)
        let named = channels ?? []
        return CommandFailure(
            .notGood, "unavailable",
            named.isEmpty
                ? "no channel is set up, so nothing was sent"
                : "this gateway cannot do that over its channels (\(named.joined(separator: ", "))); nothing was sent",
            details: ["gateway \(gateway.hello.serverVersion.shown) serves no such method"],
            next: ["\(invocation.program) status"])
    }
}
