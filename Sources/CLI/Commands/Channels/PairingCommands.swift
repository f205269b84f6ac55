import Channels
import Platform

extension Command {
    static let pairingList = Command(
        "pairing list", "people who wrote to a bot and wait to be let in, and those who were",
        arguments: [Argument("channel", "only this channel", .optional)],
        flags: Flag.client,
        examples: ["openclaw pairing list", "openclaw pairing list telegram --json"],
        seeAlso: ["pairing approve", "pairing reject"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in
            var params: JSON = [:]
            params["channel"] = invocation.arguments.first.map { .string($0) }
            let request = params
            let answer = try await invocation.withGateway { gateway throws(CommandFailure) in
                try await gateway.call("channels.pairing.list", request)
            }
            let output = invocation.output
            if output.isJSON {
                output.json(answer)
                return .good
            }
            let waiting = answer["waiting"]?.array ?? []
            let approved = answer["approved"]?.array ?? []
            output.line(waiting.isEmpty ? "● nobody waits to be let in" : "▲ \(waiting.count) wait to be let in")
            let now = invocation.surroundings.clock.wall
            if !waiting.isEmpty {
                var table = Table("code", "channel", "who", "since")
                table.rows = waiting.map { $0.pairingRow(first: $0["code"]?.string ?? "", now) }
                output.write(table.text(output.style))
                let first = waiting[0]
                output.command(
                    "  Let one in: ",
                    "\(invocation.program) pairing approve \(first["channel"]?.string?.shown ?? "") "
                        + "\(first["code"]?.string?.shown ?? "")")
            }
            if !approved.isEmpty {
                output.line("  Let in by a code:")
                var table = Table("account", "channel", "who", "since")
                table.rows = approved.map { $0.pairingRow(first: $0["accountId"]?.string ?? "", now) }
                output.write(table.text(output.style))
            }
            return .good
        })

    static let pairingApprove = Command(
        "pairing approve", "let in who waits under a code; the first one becomes the owner",
        notes: "While `commands.ownerAllowFrom` names nobody, whoever is let in first is written there.",
        arguments: [Argument("channel", "the channel"), Argument("code", "what the bot told them")],
        flags: [Flag("--account", "<id>", "which account of the channel", default: "any")] + Flag.client,
        examples: [
            "openclaw pairing approve telegram K7QM2XWD", "openclaw pairing approve irc K7QM2XWD --account work",
        ],
        seeAlso: ["pairing list", "pairing reject"],
        run: { invocation throws(CommandFailure) in
            let answer = try await invocation.settlePairing("channels.pairing.approve")
            let who = answer["id"]?.string ?? ""
            invocation.done("\(who) may write directly from now on", undo: nil, json: answer)
            try await invocation.nameOwner(answer["channel"]?.string ?? "", who)
            return .good
        })

    static let pairingReject = Command(
        "pairing reject", "send away who waits under a code; they may ask again",
        arguments: [Argument("channel", "the channel"), Argument("code", "what the bot told them")],
        flags: [Flag("--account", "<id>", "which account of the channel", default: "any")] + Flag.client,
        examples: ["openclaw pairing reject telegram K7QM2XWD", "openclaw pairing reject irc K7QM2XWD --account work"],
        seeAlso: ["pairing list", "pairing approve"],
        run: { invocation throws(CommandFailure) in
            let answer = try await invocation.settlePairing("channels.pairing.reject")
            invocation.done("\(answer["id"]?.string ?? "") is sent away", undo: nil, json: answer)
            return .good
        })
}

extension JSON {
    fileprivate func pairingRow(first: String, _ now: WallTime) -> [String] {
        let id = self["id"]?.string ?? ""
        let since = WallTime(milliseconds: Int64(self["since"]?.int ?? 0))
        return [
            first, self["channel"]?.string ?? "", self["name"]?.string.map { "\($0) (\(id))" } ?? id,
            Age.ago(since, now: now),
        ]
    }
}

extension Invocation {
    fileprivate func settlePairing(_ method: String) async throws(CommandFailure) -> JSON {
        var params: JSON = ["channel": .string(arguments[0]), "code": .string(arguments[1])]
        params["accountId"] = self["--account"].map { .string($0) }
        let request = params
        return try await withGateway { gateway throws(CommandFailure) in try await gateway.call(method, request) }
    }

    /// Whoever is let in first owns the gateway: somebody must be able to give it commands.
    fileprivate func nameOwner(_ channel: String, _ id: String) async throws(CommandFailure) {
        let answer = try await withGateway { gateway throws(CommandFailure) -> Bool in
            let config = try await gateway.call("config.get")
            guard (config["config"]?["commands"]?["ownerAllowFrom"]?.array ?? []).isEmpty else { return false }
            let patch: JSON = ["commands": ["ownerAllowFrom": [.string("\(channel):\(id)")]]]
            var params: JSON = ["raw": .string(patch.description)]
            params["baseHash"] = config["hash"]
            _ = try await gateway.call("config.patch", params)
            return true
        }
        guard answer, !output.isJSON else { return }
        output.line("  This is the first one, so commands.ownerAllowFrom names them: they may give commands.")
    }
}
