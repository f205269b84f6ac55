import Contract
import Platform

extension Command {
    static let devicesList = Command(
        "devices list", "devices that may use the gateway, and those that ask to",
        flags: Flag.client,
        examples: ["openclaw devices list", "openclaw devices list --json"],
        seeAlso: ["devices approve", "devices revoke"], isEveryday: true,
        run: { invocation throws(CommandFailure) in
            let list = try await invocation.withGateway { gateway throws(CommandFailure) in
                try await gateway.call("device.pair.list")
            }
            if invocation.output.isJSON {
                invocation.output.json(list)
            } else {
                showDevices(list, invocation)
            }
            return .good
        })
}

@LoopActor
private func showDevices(_ list: JSON, _ invocation: Invocation) {
    let output = invocation.output
    let now = invocation.surroundings.clock.wall
    let pending = (list["pending"]?.array ?? []).map(DeviceRecord.init)
    let paired = (list["paired"]?.array ?? []).map(DeviceRecord.init)
    output.line("\(pending.isEmpty ? "●" : "▲") \(pending.count) to be approved, \(paired.count) approved")
    if !pending.isEmpty {
        var table = Table("request", "device", "asks for", "from", "since")
        table.rows = pending.map { [$0.shortRequest, $0.name, $0.asked, $0.from, $0.since(now)] }
        output.write(table.text(output.style))
    }
    if !paired.isEmpty {
        if !pending.isEmpty { output.line("") }
        var table = Table("device", "name", "may", "last used")
        table.rows = paired.map { [$0.shortID, $0.name, $0.granted, $0.lastUsed(now)] }
        output.write(table.text(output.style))
    }
    if let first = pending.first {
        output.command("  Next: ", "\(invocation.program) devices approve \(first.shortRequest)")
    }
}

/// A device, or a request of one, as `device.pair.list` has it.
struct DeviceRecord: Sendable {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    var requestID: String { json["requestId"]?.string ?? "" }
    /// The first part of a UUID; commands take it for the whole.
    var shortRequest: String { String(requestID.prefix(8)) }
    var deviceID: String { json["deviceId"]?.string ?? "" }
    /// Enough to tell devices apart; commands take it for the whole.
    var shortID: String { String(deviceID.prefix(12)) }

    var name: String {
        let platform = json["platform"]?.string
        let name = json["displayName"]?.string ?? json["clientId"]?.string ?? shortID
        return platform.map { "\(name) (\($0))" } ?? name
    }

    private var roles: [String] {
        json["roles"]?.array?.compactMap(\.string) ?? json["role"]?.string.map { [$0] } ?? []
    }

    private var scopes: [String] { json["scopes"]?.array?.compactMap(\.string) ?? [] }

    var asked: String { (roles + scopes.map(Self.short)).joined(separator: " ") }

    var granted: String {
        let tokens = (json["tokens"]?.array ?? []).filter { $0["revokedAtMs"] == nil }
        let words = tokens.flatMap { token in
            [token["role"]?.string ?? ""] + (token["scopes"]?.array?.compactMap(\.string) ?? []).map(Self.short)
        }
        return words.isEmpty ? "nothing: revoked" : words.joined(separator: " ")
    }

    private static func short(_ scope: String) -> String {
        scope.hasPrefix("operator.") ? String(scope.dropFirst("operator.".utf8.count)) : scope
    }

    var from: String { json["remoteIp"]?.string ?? "" }

    func since(_ now: WallTime) -> String { Self.age(json["ts"], now) }

    func lastUsed(_ now: WallTime) -> String {
        let times = (json["tokens"]?.array ?? []).compactMap { $0["lastUsedAtMs"]?.int }
        return times.max().map { Self.age(JSON($0), now) } ?? "never"
    }

    private static func age(_ value: JSON?, _ now: WallTime) -> String {
        value?.int.map { Age.ago(WallTime(milliseconds: Int64($0)), now: now) } ?? ""
    }
}
