import Contract
import Platform

extension Command {
    static let devicesApprove = Command(
        "devices approve", "let a device in that asks to",
        notes: "Without a request the requests are shown, or with --latest the newest one is taken.",
        arguments: [Argument("request", "the request's id, as devices list shows it", .optional)],
        flags: [Flag("--latest", nil, "the newest request"), .yes] + Flag.client,
        examples: ["openclaw devices approve --latest", "openclaw devices approve 6f1c2f9e"],
        seeAlso: ["devices list", "devices reject"],
        run: { invocation throws(CommandFailure) in try await decide("approve", invocation) })

    static let devicesReject = Command(
        "devices reject", "turn a device away that asks to be let in",
        arguments: [Argument("request", "the request's id, as devices list shows it", .optional)],
        flags: [Flag("--latest", nil, "the newest request"), .yes] + Flag.client,
        examples: ["openclaw devices reject 6f1c2f9e", "openclaw devices reject --latest"],
        seeAlso: ["devices list", "devices approve"],
        run: { invocation throws(CommandFailure) in try await decide("reject", invocation) })
}

@LoopActor
private func decide(_ verb: String, _ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    try await invocation.withGateway { gateway throws(CommandFailure) in
        let list = try await gateway.call("device.pair.list")
        let pending = (list["pending"]?.array ?? []).map(DeviceRecord.init)
        let request = try choose(pending, verb, invocation)
        let isApproval = verb == "approve"
        let plan = "\(isApproval ? "Approve" : "Reject") \(request.name), which asks for: \(request.asked)"
        try invocation.confirm(plan.shown)
        let answer = try await gateway.call("device.pair.\(verb)", ["requestId": .string(request.requestID)])
        invocation.done(
            "\(isApproval ? "approved" : "rejected") \(request.name)",
            undo: isApproval ? "\(invocation.program) devices remove \(request.shortID)" : nil, json: answer)
        return .good
    }
}

/// The request that is meant: by its id or the beginning of it, the newest one, or the only one there is.
private func choose(
    _ pending: [DeviceRecord], _ verb: String, _ invocation: Invocation
) throws(CommandFailure) -> DeviceRecord {
    if let id = invocation.arguments.first {
        return try invocation.one("request", id, of: pending.map { ($0.requestID, $0.name, $0) })
    }
    guard let newest = pending.max(by: { ($0.json["ts"]?.int ?? 0) < ($1.json["ts"]?.int ?? 0) }) else {
        throw CommandFailure(.notGood, "nothing-pending", "no device asks to be let in")
    }
    if invocation.has("--latest") { return newest }
    throw CommandFailure(
        .usage, "usage", "which request?", details: pending.map { "\($0.shortRequest)  \($0.name)".shown },
        next: ["\(invocation.program) devices \(verb) \(newest.shortRequest)"])
}
