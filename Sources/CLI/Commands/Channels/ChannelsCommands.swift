import Channels
import Platform
import Settings

extension Command {
    static let channelFlags: [Flag] = [
        Flag("--channel", "<name>", "which channel: telegram, slack, …", default: "the only one that is set up"),
        Flag("--account", "<id>", "which account of the channel", default: "the channel's default"),
    ]

    static let channelsStatus = Command(
        "channels status", "each account: whether it receives, whether it sends, since when, and what is wrong",
        notes: "Exit code 1 when an account that is wanted does not receive.",
        flags: [
            Flag("--probe", nil, "ask each platform now"),
            Flag("--channel", "<name>", "only this channel", default: "all"),
        ] + Flag.client,
        examples: ["openclaw channels status", "openclaw channels status --probe --json"],
        seeAlso: ["channels list", "channels start", "status"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in
            var params: JSON = ["probe": .bool(invocation.has("--probe"))]
            params["channel"] = invocation["--channel"].map { .string($0) }
            let (request, isProbing) = (params, invocation.has("--probe"))
            let answer = try await invocation.withGateway { gateway throws(CommandFailure) in
                // The platforms have the time that is given, and one that says nothing costs the others nothing.
                isProbing
                    ? try await gateway.callThrough("channels.status", request)
                    : try await gateway.call("channels.status", request)
            }
            return ChannelsView(answer).show(invocation)
        })

    static let channelsList = Command(
        "channels list", "the channels that the configuration names, and those that there are",
        flags: [.json],
        examples: ["openclaw channels list", "openclaw channels list --json"],
        seeAlso: ["channels status", "channels capabilities"],
        run: { invocation throws(CommandFailure) in
            let snapshot = try await invocation.configuration()
            var rows: [[String]] = []
            var list: [JSON] = []
            for platform in ChannelPlatform.all {
                let settings = ChannelSettings(platform, snapshot.resolved) { snapshot.environment[$0] }
                for account in settings?.accounts ?? [] {
                    let state = account.isEnabled ? "on" : "off"
                    rows.append([platform.facts.label, account.account.account, state, account.rules.direct.rawValue])
                    list.append([
                        "channel": .string(platform.id), "accountId": .string(account.account.account),
                        "enabled": .bool(account.isEnabled), "dmPolicy": .string(account.rules.direct.rawValue),
                    ])
                }
            }
            let output = invocation.output
            if output.isJSON {
                output.json([
                    "ok": true, "accounts": .array(list), "known": .array(ChannelPlatform.all.map { .string($0.id) }),
                ])
                return .good
            }
            if rows.isEmpty {
                output.line("○ no channel is configured")
            } else {
                var table = Table("channel", "account", "connected", "direct messages")
                table.rows = rows
                output.write(table.text(output.style))
            }
            output.line("  There are: \(ChannelPlatform.all.map(\.id).joined(separator: ", "))")
            return .good
        })

    static let channelsCapabilities = Command(
        "channels capabilities", "what each platform lets a bot do here",
        flags: [Flag("--channel", "<name>", "only this channel", default: "all"), .json],
        examples: ["openclaw channels capabilities", "openclaw channels capabilities --channel irc --json"],
        seeAlso: ["channels list"],
        run: { invocation throws(CommandFailure) in
            let shown = ChannelPlatform.all.filter {
                invocation["--channel"] == nil || $0.id == invocation["--channel"]
            }
            func words(_ platform: ChannelPlatform) -> [String] {
                ConnectorFacts.Abilities.names.filter { platform.facts.abilities.contains($0.0) }.map(\.1)
            }
            let output = invocation.output
            if output.isJSON {
                let list = shown.map { platform -> JSON in
                    ["channel": .string(platform.id), "capabilities": .array(words(platform).map { .string($0) })]
                }
                output.json(["ok": true, "channels": .array(list)])
                return .good
            }
            var table = Table("channel", "can")
            table.rows = shown.map { [$0.facts.label, words($0).joined(separator: ", ")] }
            output.write(table.text(output.style))
            return .good
        })

    static let channelsStart = Command(
        "channels start", "connect an account that was stopped",
        flags: channelFlags + Flag.client,
        examples: [
            "openclaw channels start --channel telegram", "openclaw channels start --channel irc --account work",
        ],
        seeAlso: ["channels stop", "channels status"],
        run: { invocation throws(CommandFailure) in
            try await invocation.turnChannel("channels.start", "connects", undo: "stop")
        })

    static let channelsStop = Command(
        "channels stop", "disconnect an account, until it is started or the gateway is",
        flags: channelFlags + Flag.client,
        examples: ["openclaw channels stop --channel telegram", "openclaw channels stop --channel irc --account work"],
        seeAlso: ["channels start", "channels status"],
        run: { invocation throws(CommandFailure) in
            try await invocation.turnChannel("channels.stop", "is stopped", undo: "start")
        })

    static let channelsLetters = Command(
        "channels dead-letters", "messages that were given up: list them, or have one answered after all",
        arguments: [
            Argument("deed", "list or resubmit", .optional), Argument("id", "the message, for resubmit", .optional),
        ],
        flags: Flag.client,
        examples: ["openclaw channels dead-letters", "openclaw channels dead-letters resubmit 42"],
        seeAlso: ["channels status"],
        run: { invocation throws(CommandFailure) in
            switch invocation.arguments.first ?? "list" {
            case "list": return try await invocation.listLetters()
            case "resubmit":
                guard invocation.arguments.count == 2, let id = Int(invocation.arguments[1]), id > 0 else {
                    throw .usage("resubmit needs the number of a message", hint: "openclaw channels dead-letters")
                }
                let answer = try await invocation.withGateway { gateway throws(CommandFailure) in
                    try await gateway.call("channels.deadLetters.resubmit", ["id": JSON(id)])
                }
                invocation.done("message \(id) waits to be answered", undo: nil, json: answer)
                return .good
            default:
                throw .usage("dead-letters takes list or resubmit", hint: "usage: \(invocation.command.usage)")
            }
        })
}

extension Invocation {
    @LoopActor
    fileprivate func turnChannel(
        _ method: String, _ words: String, undo: String
    ) async throws(CommandFailure) -> ExitCode {
        var params: JSON = ["channel": .string(try await channel())]
        params["accountId"] = self["--account"].map { .string($0) }
        let request = params
        let answer = try await withGateway { gateway throws(CommandFailure) in try await gateway.call(method, request) }
        let channel = answer["channel"]?.string ?? ""
        let account = answer["accountId"]?.string ?? AccountSettings.defaultName
        let name = "\(ChannelAccount(channel: channel, account: account))"
        done(
            "\(name) \(words)",
            undo: "\(program) channels \(undo) --channel \(channel.shown) --account \(account.shown)",
            json: answer)
        return .good
    }

    @LoopActor
    fileprivate func listLetters() async throws(CommandFailure) -> ExitCode {
        let answer = try await withGateway { gateway throws(CommandFailure) in
            try await gateway.call("channels.deadLetters.list")
        }
        if output.isJSON {
            output.json(answer)
            return .good
        }
        let letters = answer["letters"]?.array ?? []
        guard !letters.isEmpty else {
            output.line("● no message was given up")
            return .good
        }
        var table = Table("id", "channel", "received", "why")
        let now = surroundings.clock.wall
        table.rows = letters.map { letter in
            [
                "\(letter["id"]?.int ?? 0)", letter["channel"]?.string ?? "",
                Age.ago(WallTime(milliseconds: Int64(letter["receivedAt"]?.int ?? 0)), now: now),
                letter["error"]?.string ?? "",
            ]
        }
        output.write(table.text(output.style))
        output.command("  Answer one after all: ", "\(program) channels dead-letters resubmit <id>")
        return .good
    }
}
