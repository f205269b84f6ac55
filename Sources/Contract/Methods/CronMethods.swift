/// Jobs that run at set times (protocol.md section 7, cron).
extension MethodContract {
    private static let job = Shape.open(.required("id", .text), .optional("state", .open()))

    package static let cronList = MethodContract(
        "cron.list", .scope(.read), "the jobs, the next to run first",
        params: .object(
            .optional("includeDisabled", .boolean), .optional("limit", .integer(1 ... .max)),
            .optional("offset", .natural), .optional("query", .string), .optional("enabled", .any),
            .optional("scheduleKind", .string), .optional("lastRunStatus", .string), .optional("sortBy", .string),
            .optional("sortDir", .word(["asc", "desc"])), .optional("agentId", .string),
            .optional("compact", .boolean)),
        result: .open(
            .required("jobs", .list(job)), .optional("total", .natural),
            .optional("offset", .natural), .optional("hasMore", .boolean)))

    package static let cronStatus = MethodContract(
        "cron.status", .scope(.read), "whether jobs run, how many there are, and when the next is due",
        result: .open(
            .required("enabled", .boolean), .required("storePath", .string), .required("jobs", .natural),
            .required("nextWakeAtMs", .nullable(.natural))))

    package static let cronGet = MethodContract(
        "cron.get", .scope(.read), "one job",
        params: .open(.optional("id", .text), .optional("jobId", .text)), result: job)

    package static let cronRuns = MethodContract(
        "cron.runs", .scope(.read), "past runs of a job",
        params: .open(
            .optional("id", .text), .optional("jobId", .text), .optional("limit", .integer(1 ... .max)),
            .optional("offset", .natural), .optional("scope", .word(["job", "all"])), .optional("runId", .string),
            .optional("sortDir", .word(["asc", "desc"])), .optional("statuses", .list(.string)),
            .optional("status", .string)),
        result: .open(
            .required("entries", .list(.open())), .optional("total", .natural), .optional("hasMore", .boolean)))

    package static let cronAdd = MethodContract(
        "cron.add", .scope(.admin), "keeps a job",
        params: .open(
            .optional("name", .string), .optional("enabled", .boolean), .optional("deleteAfterRun", .boolean),
            .required("schedule", .open()), .optional("sessionTarget", .string),
            .optional("wakeMode", .word(["now", "next-heartbeat"])), .required("payload", .open()),
            .optional("delivery", .open()), .optional("catchUpMs", .natural)),
        result: job)

    package static let cronUpdate = MethodContract(
        "cron.update", .scope(.admin), "changes members of a job; null takes one away",
        params: .open(.optional("id", .text), .optional("jobId", .text), .required("patch", .open())), result: job)

    package static let cronRemove = MethodContract(
        "cron.remove", .scope(.admin), "takes a job away",
        params: .open(.optional("id", .text), .optional("jobId", .text)),
        result: .open(.required("ok", .boolean), .required("removed", .boolean)))

    package static let cronRun = MethodContract(
        "cron.run", .scope(.admin), "runs a job now, or only if it is due",
        params: .open(
            .optional("id", .text), .optional("jobId", .text),
            .optional("mode", .word(["due", "force", "if-enabled"]))),
        result: .open(
            .required("ok", .boolean), .optional("ran", .boolean), .optional("enqueued", .boolean),
            .optional("runId", .string), .optional("reason", .string)))
}
