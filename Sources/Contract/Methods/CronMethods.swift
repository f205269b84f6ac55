/// Jobs that run at a time (protocol.md section 7, cron).
extension MethodContract {
    package static let cronList = MethodContract(
        "cron.list", .scope(.read), "the jobs, the next to run first",
        params: .object(
            .optional("includeDisabled", .boolean), .optional("limit", .integer(1 ... .max)),
            .optional("offset", .natural), .optional("query", .string), .optional("enabled", .any),
            .optional("scheduleKind", .string), .optional("lastRunStatus", .string), .optional("sortBy", .string),
            .optional("sortDir", .word(["asc", "desc"])), .optional("agentId", .string),
            .optional("compact", .boolean)),
        result: .open(
            .required("jobs", .list(.open(.required("id", .text)))), .optional("total", .natural),
            .optional("offset", .natural), .optional("hasMore", .boolean)))

    package static let cronStatus = MethodContract(
        "cron.status", .scope(.read), "whether jobs run, how many there are, and when the next is due",
        result: .open(
            .required("enabled", .boolean), .required("storePath", .string), .required("jobs", .natural),
            .required("nextWakeAtMs", .nullable(.natural))))

    package static let cronRuns = MethodContract(
        "cron.runs", .scope(.read), "past runs of a job",
        params: .open(
            .optional("id", .text), .optional("jobId", .text), .optional("limit", .integer(1 ... .max)),
            .optional("offset", .natural), .optional("scope", .word(["job", "all"])), .optional("runId", .string)),
        result: .open(
            .required("entries", .list(.open())), .optional("total", .natural), .optional("hasMore", .boolean)))
}
