import Platform

extension Command {
    private static let job = Argument("job", "its id or name")

    private static let what: [Flag] = [
        Flag("--at", "<time>", "once: 2027-01-15T09:30, or 20m from now"),
        Flag("--every", "<time>", "again and again: 30m, 2h, 1d"),
        Flag("--cron", "<fields>", "at times of day: five cron fields, or six with seconds"),
        Flag("--tz", "<zone>", "whose clock counts for --cron and --at", default: "this host's; for --at UTC"),
        Flag("--message", "<text>", "what the agent is to do, in a conversation of the job's own"),
        Flag("--system-event", "<text>", "what the main conversation is told"),
        Flag("--name", "<text>", "what to call it", default: "the first words"),
        Flag("--agent", "<id>", "which agent"),
        Flag("--session", "<word>", "main, isolated, or session:<key> for one that goes on"),
        Flag("--model", "<model>", "provider/model, if not the agent's own"),
        Flag("--thinking", "<level>", "how much the model thinks"),
        Flag("--timeout-seconds", "<number>", "how long a run may take", kind: .integer(1...172_800), default: "3600"),
        Flag("--channel", "<id>", "the channel that the answer goes to", default: "where you wrote last"),
        Flag("--to", "<id>", "the chat or person there"),
        Flag("--account", "<id>", "which account of the channel"),
        Flag("--no-deliver", nil, "send the answer nowhere"),
        Flag("--catch-up", "<time>", "how late it may begin after a stop", default: "1h; with --at 24h"),
    ]

    static let cronAdd = Command(
        "cron add", "have an agent do something at set times",
        notes: "One of --at, --every and --cron says when, one of --message and --system-event what.",
        flags: what + [
            Flag("--disabled", nil, "keep it, and do not run it yet"),
            Flag("--keep-after-run", nil, "with --at: keep the job when it was done"),
        ] + Flag.client,
        examples: [
            "openclaw cron add --cron '0 8 * * 1-5' --tz Europe/Berlin --message 'Tell me what is new'",
            "openclaw cron add --at 20m --system-event 'Look at the oven'",
        ],
        seeAlso: ["cron list", "cron edit"],
        run: { invocation throws(CommandFailure) in
            let params = try await JobWish(invocation).added()
            let job = try await invocation.withGateway { gateway throws(CommandFailure) in
                try await gateway.call("cron.add", params)
            }
            let view = JobView(json: job, now: invocation.surroundings.clock.wall)
            invocation.done(
                "\(view.name): \(view.schedule), next \(view.next)", undo: "\(invocation.program) cron rm \(view.id)",
                json: job)
            return .good
        })

    static let cronEdit = Command(
        "cron edit", "change a job; what is not named stays",
        arguments: [job], flags: what + Flag.client,
        examples: [
            "openclaw cron edit morning --cron '30 7 * * *'", "openclaw cron edit morning --to 42 --channel telegram",
        ],
        seeAlso: ["cron list", "cron disable"],
        run: { invocation throws(CommandFailure) in
            let patch = try await JobWish(invocation).changed()
            return try await change(invocation, patch, "is changed", undo: nil)
        })

    static let cronEnable = Command(
        "cron enable", "let a job run again",
        arguments: [job], flags: Flag.client,
        examples: ["openclaw cron enable morning", "openclaw cron enable 6f1c2a90 --json"],
        seeAlso: ["cron disable", "cron list"],
        run: { invocation throws(CommandFailure) in
            try await change(invocation, ["enabled": true], "is on", undo: "disable")
        })

    static let cronDisable = Command(
        "cron disable", "keep a job, and do not run it",
        arguments: [job], flags: Flag.client,
        examples: ["openclaw cron disable morning", "openclaw cron disable 6f1c2a90 --json"],
        seeAlso: ["cron enable", "cron rm"],
        run: { invocation throws(CommandFailure) in
            try await change(invocation, ["enabled": false], "is off", undo: "enable")
        })

    static let cronRemove = Command(
        "cron rm", "take a job away; the log of its runs stays",
        arguments: [job], flags: [.yes] + Flag.client,
        examples: ["openclaw cron rm morning", "openclaw cron rm 6f1c2a90 --yes"],
        seeAlso: ["cron list", "cron disable"],
        run: { invocation throws(CommandFailure) in
            try await invocation.withGateway { gateway throws(CommandFailure) in
                let job = try await gateway.job(invocation.arguments[0])
                let name = job["name"]?.string ?? ""
                try invocation.confirm("Take away the job \(name)".shown)
                let answer = try await gateway.call("cron.remove", ["id": job["id"] ?? .null])
                invocation.done("\(name) is gone", undo: nil, json: answer)
                return .good
            }
        })

    static let cronRun = Command(
        "cron run", "run a job now; its own times stay as they are",
        arguments: [job],
        flags: [Flag("--due", nil, "only if it is due")] + Flag.client,
        examples: ["openclaw cron run morning", "openclaw cron run 6f1c2a90 --due"],
        seeAlso: ["cron runs", "cron list"],
        run: { invocation throws(CommandFailure) in try await runJob(invocation) })
}

@LoopActor
private func change(
    _ invocation: Invocation, _ patch: JSON, _ deed: String, undo: String?
) async throws(CommandFailure) -> ExitCode {
    try await invocation.withGateway { gateway throws(CommandFailure) in
        let job = try await gateway.job(invocation.arguments[0])
        let answer = try await gateway.call("cron.update", ["id": job["id"] ?? .null, "patch": patch])
        let view = JobView(json: answer, now: invocation.surroundings.clock.wall)
        invocation.done(
            "\(view.name) \(deed): \(view.schedule), next \(view.next)",
            undo: undo.map { "\(invocation.program) cron \($0) \(view.id)" }, json: answer)
        return .good
    }
}

@LoopActor
private func runJob(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let (name, answer) = try await invocation.withGateway { gateway throws(CommandFailure) in
        let job = try await gateway.job(invocation.arguments[0])
        let mode: JSON = invocation.has("--due") ? "due" : "force"
        return (
            job["name"]?.string ?? "", try await gateway.call("cron.run", ["id": job["id"] ?? .null, "mode": mode])
        )
    }
    if answer["ran"]?.bool == true {
        invocation.done("\(name) runs", undo: nil, json: answer)
        if !invocation.output.isJSON {
            invocation.output.command(
                "  What comes of it: ", "\(invocation.program) cron runs \(invocation.arguments[0])")
        }
        return .good
    }
    let reason =
        switch answer["reason"]?.string {
        case "not-due": "it is not due"
        case "already-running": "it runs already"
        case let other: other ?? "it cannot run"
        }
    throw CommandFailure(
        .notGood, answer["reason"]?.string ?? "not-run", "\(name.shown) was not run: \(reason)",
        next: ["\(invocation.program) cron list --all"])
}
