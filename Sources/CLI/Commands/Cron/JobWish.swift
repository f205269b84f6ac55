import Platform
import Settings

/// What the flags of `cron add` and `cron edit` say of a job.
@LoopActor
struct JobWish {
    private let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func added() async throws(CommandFailure) -> JSON {
        guard let schedule = try schedule() else {
            throw refusal("no time is named", "one of --at, --every and --cron says when")
        }
        guard let payload = try payload() else {
            throw refusal("nothing is to be done", "one of --message and --system-event says what")
        }
        var job: JSON = ["schedule": schedule, "payload": payload, "enabled": .bool(!invocation.has("--disabled"))]
        try fill(&job)
        if invocation.has("--keep-after-run") { job["deleteAfterRun"] = false }
        return job
    }

    func changed() async throws(CommandFailure) -> JSON {
        var patch: JSON = [:]
        patch["schedule"] = try schedule()
        patch["payload"] = try payload()
        try fill(&patch)
        guard patch != [:] else { throw refusal("nothing is to be changed", "name what is to be otherwise") }
        return patch
    }

    private func refusal(_ what: String, _ detail: String) -> CommandFailure {
        CommandFailure(
            .usage, "usage", what, details: [detail],
            next: ["\(invocation.program) \(invocation.command.name) --help"])
    }

    private func fill(_ job: inout JSON) throws(CommandFailure) {
        for (flag, member) in [("--name", "name"), ("--agent", "agentId"), ("--session", "sessionTarget")] {
            if let text = invocation[flag] { job[member] = .string(text) }
        }
        if let text = invocation["--catch-up"] {
            guard let time = SettingDuration.parse(text) else { throw badTime("--catch-up", text) }
            job["catchUpMs"] = .int(time.inNanoseconds / 1_000_000)
        }
        var delivery: JSON = [:]
        for (flag, member) in [("--channel", "channel"), ("--to", "to"), ("--account", "accountId")] {
            if let text = invocation[flag] { delivery[member] = .string(text) }
        }
        if delivery != [:] { delivery["mode"] = "announce" }
        if invocation.has("--no-deliver") { delivery["mode"] = "none" }
        if delivery != [:] { job["delivery"] = delivery }
    }

    private func payload() throws(CommandFailure) -> JSON? {
        let (message, event) = (invocation["--message"], invocation["--system-event"])
        guard message == nil || event == nil else {
            throw refusal("--message and --system-event are both there", "a job does one of them")
        }
        if let event { return ["kind": "systemEvent", "text": .string(event)] }
        var payload: JSON = ["kind": "agentTurn"]
        payload["message"] = message.map { .string($0) }
        payload["model"] = invocation["--model"].map { .string($0) }
        payload["thinking"] = invocation["--thinking"].map { .string($0) }
        payload["timeoutSeconds"] = invocation.integer("--timeout-seconds").map { JSON($0) }
        return payload == ["kind": "agentTurn"] ? nil : payload
    }

    private func schedule() throws(CommandFailure) -> JSON? {
        let given = ["--at", "--every", "--cron"].compactMap { name in invocation[name].map { (name, $0) } }
        guard let (name, text) = given.first else { return nil }
        guard given.count == 1 else {
            throw refusal("\(given[0].0) and \(given[1].0) are both there", "a job has one of them")
        }
        let zone = invocation["--tz"]
        switch name {
        case "--every":
            guard zone == nil else { throw refusal("--tz is there with --every", "an interval has no time of day") }
            guard let time = SettingDuration.parse(text), time > .zero else { throw badTime(name, text) }
            return ["kind": "every", "everyMs": .int(time.inNanoseconds / 1_000_000)]
        case "--cron":
            var schedule: JSON = ["kind": "cron", "expr": .string(text)]
            schedule["tz"] = zone.map { .string($0) }
            return schedule
        default:
            if let time = SettingDuration.parse(text) {
                let moment = invocation.surroundings.clock.wall.milliseconds + time.inNanoseconds / 1_000_000
                return ["kind": "at", "at": .string(CalendarDate(WallTime(milliseconds: moment)).text())]
            }
            guard CalendarDate.read(iso: text) != nil else { throw badTime(name, text) }
            var schedule: JSON = ["kind": "at", "at": .string(text)]
            schedule["tz"] = zone.map { .string($0) }
            return schedule
        }
    }

    private func badTime(_ flag: String, _ text: String) -> CommandFailure {
        let example = flag == "--at" ? "2027-01-15T09:30, 2027-01-15T09:30:00+01:00, 20m, 2h" : "90s, 30m, 2h, 1d"
        return refusal("\(flag) \"\(text.shown)\" is no time", "such as \(example)")
    }
}
