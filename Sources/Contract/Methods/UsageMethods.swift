/// What models were used and what that cost (protocol.md section 7, usage).
extension MethodContract {
    private static let counts: [Shape.Field] = [
        .required("input", .natural), .required("output", .natural), .required("cacheRead", .natural),
        .required("cacheWrite", .natural), .required("totalTokens", .natural), .required("totalCost", .number),
        .required("missingCostEntries", .natural),
    ]

    package static let usageStatus = MethodContract(
        "usage.status", .scope(.read), "how much of their allowance the providers' accounts have used",
        result: .open(
            .required("updatedAt", .natural),
            .required("providers", .list(.open(.required("provider", .text), .required("windows", .list(.open())))))))

    package static let usageCost = MethodContract(
        "usage.cost", .scope(.read), "tokens and cost by day",
        params: .open(
            .optional("days", .integer(1...3660)), .optional("startDate", .string), .optional("endDate", .string),
            .optional("agentId", .string), .optional("mode", .string), .optional("timeZone", .string),
            .optional("utcOffset", .string)),
        result: .open(
            .required("updatedAt", .natural), .required("days", .natural),
            .required("daily", .list(.object([.required("date", .text)] + counts, isOpen: true))),
            .required("totals", .object(counts, isOpen: true))))
}
