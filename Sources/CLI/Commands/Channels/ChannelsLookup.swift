import Platform

extension Command {
    static let channelsResolve = Command(
        "channels resolve", "the ids that names of people and chats stand for",
        notes: """
            `@name` is a person and `#name` a chat; without a sign it may be either, unless --kind says which. A name that
            several have is not guessed at. Exit code 1 when one is not found.
            """,
        arguments: [Argument("name", "a name, as people write it", .any)],
        flags: [
            Flag(
                "--kind", "<kind>", "what the names are of", kind: .oneOf(["auto", "user", "group", "channel"]),
                default: "auto")
        ] + channelFlags + Flag.client,
        examples: [
            "openclaw channels resolve --channel slack '#general' @jane",
            "openclaw channels resolve --channel discord 'My Server/#support' --kind group --json",
        ],
        seeAlso: ["directory peers", "directory groups", "message send"],
        run: { invocation throws(CommandFailure) in
            guard !invocation.arguments.isEmpty else {
                throw .usage("channels resolve needs a name", hint: "usage: \(invocation.command.usage)")
            }
            var params = invocation.account
            params["names"] = .array(invocation.arguments.map(JSON.string))
            params["kind"] = invocation["--kind"].map { .string($0) }
            let answer = try await invocation.look("channels.resolve", params)
            return DirectoryView(answer, invocation).resolved()
        })

    static let directorySelf = Command(
        "directory self", "who the platform says an account is",
        flags: channelFlags + Flag.client,
        examples: ["openclaw directory self --channel telegram", "openclaw directory self --channel matrix --json"],
        seeAlso: ["directory peers", "channels status"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in
            let answer = try await invocation.look("directory.self", invocation.account)
            return DirectoryView(answer, invocation).own()
        })

    static let directoryPeers = Command(
        "directory peers", "people of a platform, as far as it tells a bot of them",
        notes: "The target is what message send takes, the id what lists of people in the configuration take.",
        arguments: [Argument("deed", "what to do with them", .optional, kind: .oneOf(["list"]))],
        flags: listFlags,
        examples: [
            "openclaw directory peers list --channel slack --query jane",
            "openclaw directory peers list --channel matrix --limit 10 --json",
        ],
        seeAlso: ["channels resolve", "directory groups", "message send"],
        run: { invocation throws(CommandFailure) in
            let answer = try await invocation.look("directory.peers.list", invocation.search)
            return DirectoryView(answer, invocation).list("nobody was found")
        })

    static let directoryGroups = Command(
        "directory groups", "chats of a platform, as far as it tells a bot of them, and who is in one",
        arguments: [
            Argument("deed", "list them, or the members of one", .optional, kind: .oneOf(["list", "members"]))
        ],
        flags: [Flag("--group-id", "<id>", "with members: which chat")] + listFlags,
        examples: [
            "openclaw directory groups list --channel discord --query support",
            "openclaw directory groups members --channel slack --group-id C012ABCDEF",
        ],
        seeAlso: ["channels resolve", "directory peers", "message send"],
        run: { invocation throws(CommandFailure) in
            guard invocation.arguments.first == "members" else {
                let answer = try await invocation.look("directory.groups.list", invocation.search)
                return DirectoryView(answer, invocation).list("no chat was found")
            }
            var params = invocation.search
            params["groupId"] = .string(try invocation.required("--group-id"))
            let answer = try await invocation.look("directory.groups.members", params)
            return DirectoryView(answer, invocation).list("nobody was found in it")
        })

    private static let listFlags: [Flag] =
        [
            Flag("--query", "<text>", "only those with this in a name", default: "all"),
            Flag("--limit", "<number>", "how many at most", kind: .integer(1...1000), default: "50"),
        ] + channelFlags + Flag.client
}

extension Invocation {
    fileprivate var account: JSON {
        var params: JSON = [:]
        params["channel"] = self["--channel"].map { .string($0) }
        params["accountId"] = self["--account"].map { .string($0) }
        return params
    }

    fileprivate var search: JSON {
        var params = account
        params["query"] = self["--query"].map { .string($0) }
        params["limit"] = integer("--limit").map { JSON($0) }
        return params
    }

    @LoopActor
    fileprivate func look(_ method: String, _ params: JSON) async throws(CommandFailure) -> JSON {
        try await withGateway { gateway throws(CommandFailure) in try await gateway.callThrough(method, params) }
    }
}

/// What a platform's directory told, for people.
@LoopActor
private struct DirectoryView {
    private let answer: JSON
    private let output: Output
    private let program: String

    init(_ answer: JSON, _ invocation: Invocation) {
        self.answer = answer
        output = invocation.output
        program = invocation.program
    }

    /// `slack`, or `slack/work`.
    private var account: String {
        let (channel, account) = (answer["channel"]?.string ?? "", answer["accountId"]?.string ?? "")
        return (account == "default" ? channel : "\(channel)/\(account)").shown
    }

    func own() -> ExitCode {
        if output.isJSON {
            output.json(answer)
            return .good
        }
        output.line(
            "● \(account) is \(answer["name"]?.string?.shown ?? "")   id \(answer["id"]?.string?.shown ?? "")")
        for finding in answer["findings"]?.array ?? [] { output.sentence("  ▲ \(finding.string?.shown ?? "")") }
        return .good
    }

    func list(_ nothing: String) -> ExitCode {
        if output.isJSON {
            output.json(answer)
            return .good
        }
        let entries = answer["entries"]?.array ?? []
        if entries.isEmpty {
            output.line("○ \(account): \(nothing)")
        } else {
            var table = Table("name", "called", "id", "target")
            table.rows = entries.map { [name($0), title($0), $0["id"]?.string ?? "", $0["target"]?.string ?? ""] }
            output.write(table.text(output.style))
        }
        if let note = answer["note"]?.string { output.sentence("  \(note.shown)") }
        if answer["more"]?.bool == true { output.line("  There are more: narrow it with --query, or raise --limit.") }
        return .good
    }

    func resolved() -> ExitCode {
        let results = answer["results"]?.array ?? []
        let isWhole = results.allSatisfy { $0["resolved"]?.bool == true }
        if output.isJSON {
            output.json(answer)
            return isWhole ? .good : .notGood
        }
        let found = results.filter { $0["resolved"]?.bool == true }
        if !found.isEmpty {
            var table = Table("asked", "is", "called", "id", "target")
            table.rows = found.map { one in
                [
                    one["input"]?.string ?? "", name(one), title(one), one["id"]?.string ?? "",
                    one["target"]?.string ?? "",
                ]
            }
            output.write(table.text(output.style))
        }
        for one in results where one["resolved"]?.bool != true {
            output.sentence("✗ \(one["input"]?.string?.shown ?? ""): \(one["note"]?.string?.shown ?? "not found")")
        }
        return isWhole ? .good : .notGood
    }

    private func name(_ entry: JSON) -> String {
        let sign = entry["kind"]?.string == "user" ? "@" : "#"
        let away = entry["active"]?.bool == false ? " (put away)" : ""
        return sign + (entry["name"]?.string ?? "") + away
    }

    private func title(_ entry: JSON) -> String {
        [entry["title"]?.string, entry["space"]?.string].compactMap { $0 }.joined(separator: ", ")
    }
}
