import Contract
import Platform

extension Flag {
    fileprivate static let device = Flag("--device", "<id>", "the device, by its id or the beginning of it")
    fileprivate static let role = Flag(
        "--role", "<role>", "as what", kind: .oneOf(Role.allCases.map(\.rawValue)), default: Role.operator.rawValue)
}

extension Command {
    static let devicesRotate = Command(
        "devices rotate", "give a device a new token; the old one ends",
        arguments: [Argument("device", "the device, by its id or the beginning of it", .optional)],
        flags: [
            .device, .role,
            Flag("--scope", "<scope>", "what the new token may do, if not the same as before", isRepeatable: true),
            .yes,
        ] + Flag.client,
        examples: ["openclaw devices rotate 3fa94b1c", "openclaw devices rotate 3fa94b1c --scope operator.read"],
        seeAlso: ["devices list", "devices revoke"],
        run: { invocation throws(CommandFailure) in
            try await change(invocation, "Rotate the token of") { device, role in
                var params: JSON = ["deviceId": .string(device.deviceID), "role": .string(role)]
                if let scopes = invocation.values["--scope"] { params["scopes"] = .array(scopes.map(JSON.string)) }
                return ("device.token.rotate", params, "rotated the token of", nil)
            }
        })

    static let devicesRevoke = Command(
        "devices revoke", "take a device's token back; its connections end at once",
        arguments: [Argument("device", "the device, by its id or the beginning of it", .optional)],
        flags: [.device, .role, .yes] + Flag.client,
        examples: ["openclaw devices revoke 3fa94b1c", "openclaw devices revoke 3fa94b1c --role node"],
        seeAlso: ["devices list", "devices remove"],
        run: { invocation throws(CommandFailure) in
            try await change(invocation, "Revoke the token of") { device, role in
                (
                    "device.token.revoke", ["deviceId": .string(device.deviceID), "role": .string(role)],
                    "revoked the token of", "\(invocation.program) devices rotate \(device.shortID) --role \(role)"
                )
            }
        })

    static let devicesRemove = Command(
        "devices remove", "forget a device; to come back it has to be approved again",
        arguments: [Argument("device", "the device, by its id or the beginning of it", .optional)],
        flags: [.device, .yes] + Flag.client,
        examples: ["openclaw devices remove 3fa94b1c", "openclaw devices remove 3fa94b1c --yes"],
        seeAlso: ["devices list", "devices approve"],
        run: { invocation throws(CommandFailure) in
            try await change(invocation, "Remove") { device, _ in
                ("device.pair.remove", ["deviceId": .string(device.deviceID)], "removed", nil)
            }
        })
}

/// What is to be called for a device: method, parameters, the deed in words, and the way back.
private typealias DeviceChange = (method: String, params: JSON, deed: String, undo: String?)

@LoopActor
private func change(
    _ invocation: Invocation, _ plan: String, _ make: @LoopActor (DeviceRecord, String) -> DeviceChange
) async throws(CommandFailure) -> ExitCode {
    guard let id = invocation.arguments.first ?? invocation["--device"] else {
        throw .usage(
            "\(invocation.command.name) needs <device>, as devices list shows it",
            hint: "usage: \(invocation.command.usage)")
    }
    return try await invocation.withGateway { gateway throws(CommandFailure) in
        let list = try await gateway.call("device.pair.list")
        let devices = (list["paired"]?.array ?? []).map(DeviceRecord.init)
        let device = try invocation.one("device", id, of: devices.map { ($0.deviceID, $0.name, $0) })
        let change = make(device, invocation["--role"] ?? Role.operator.rawValue)
        try invocation.confirm("\(plan) \(device.name)".shown)
        let answer = try await gateway.call(change.method, change.params)
        invocation.done("\(change.deed) \(device.name)", undo: change.undo, json: answer)
        if let token = answer["token"]?.string, !invocation.output.isJSON, invocation.output.style.isTerminal {
            invocation.output.line("  The new token, shown once: \(token.shown)")
        }
        return .good
    }
}

extension Invocation {
    /// The one of `things` whose id begins with `id`.
    func one<Thing>(
        _ kind: String, _ id: String, of things: [(id: String, name: String, thing: Thing)]
    ) throws(CommandFailure) -> Thing {
        if let exact = things.first(where: { $0.id == id }) { return exact.thing }
        let found = things.filter { $0.id.hasPrefix(id) || $0.name == id }
        if found.count == 1 { return found[0].thing }
        let listed = found.isEmpty ? things : found
        throw CommandFailure(
            .notGood, found.isEmpty ? "unknown-\(kind)" : "ambiguous",
            found.isEmpty ? "no \(kind) \"\(id.shown)\"" : "\(found.count) \(kind)s begin with \"\(id.shown)\"",
            details: listed.map { "\($0.id.prefix(12))  \($0.name)".shown },
            next: ["\(program) \(command.path[0]) list"])
    }
}
