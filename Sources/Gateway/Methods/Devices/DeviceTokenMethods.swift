import Contract
import Platform
import Store

/// `device.token.rotate`.
struct DeviceTokenRotateMethod: WaitingMethod {
    static let contract = MethodContract.deviceTokenRotate
    let devices: DeviceRegistry

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let caller = request.client
        let (id, role, asked) = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            var asked: Set<Scope>?
            if let list = params.field("scopes").ifPresent {
                asked = []
                for word in try list.array() { asked?.insert(try word.oneOf(Scope.self)) }
            }
            return (try params.field("deviceId").string(), try params.field("role").oneOf(Role.self), asked)
        }
        try caller.mustManage(id)
        guard let device = devices.device(id), let token = device.tokens[role] else { throw .unknownToken }
        let scopes = asked ?? token.scopes
        try caller.mustHold(scopes)
        guard role == .operator ? scopes.allSatisfy({ device.scopes.grants($0) }) : scopes.isEmpty else {
            throw .invalid("the device is not approved for all of these scopes")
        }
        // From generation 4 on nobody but the device itself is told (protocol.md section 7).
        let isTold = caller.generation < 4 || caller.deviceID == id
        defer { devices.endSessions("device token rotated") { $0.deviceID == id && $0.role == role && $0 !== caller } }
        let rotated = try await stored { () async throws(StoreError) in
            try await devices.rotate(id, role: role, scopes: scopes, isTold: isTold)
        }
        guard let rotated else { throw .unknownToken }
        var answer: JSON = [
            "deviceId": .string(id), "role": .string(role.rawValue),
            "scopes": .array(rotated.record.scopes.words.map { .string($0) }),
        ]
        answer["token"] = rotated.token.map { .string($0) }
        answer["rotatedAtMs"] = rotated.record.rotatedAt.map { .int($0.milliseconds) }
        return .json(answer)
    }
}

/// `device.token.revoke`.
struct DeviceTokenRevokeMethod: WaitingMethod {
    static let contract = MethodContract.deviceTokenRevoke
    let devices: DeviceRegistry

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let (id, role) = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            (try params.field("deviceId").string(), try params.field("role").oneOf(Role.self))
        }
        try request.client.mustManage(id)
        guard devices.device(id)?.tokens[role] != nil else { throw .unknownToken }
        defer { devices.endSessions("device token revoked") { $0.deviceID == id && $0.role == role } }
        let revoked = try await stored { () async throws(StoreError) in try await devices.revoke(id, role: role) }
        guard let revoked else { throw .unknownToken }
        return .object(
            ("deviceId", .string(id)), ("role", .string(role.rawValue)), ("revokedAtMs", .int(revoked.milliseconds)))
    }
}

extension Client {
    /// One can only grant scopes that one holds.
    func mustHold(_ wanted: Set<Scope>) throws(RPCError) {
        // Admin is named first: it covers the others.
        let lacking = wanted.filter { !scopes.grants($0) }
        if let first = lacking.contains(.admin) ? .admin : lacking.sorted().first { throw .missing(first) }
    }

    /// A device that is no administrator's manages itself alone (protocol.md section 4, extra checks).
    func mustManage(_ id: String) throws(RPCError) {
        guard let own = deviceID, own != id, !scopes.grants(.admin) else { return }
        throw .missing(.admin)
    }
}

extension Method {
    /// Does what has to be stored, and says so when it could not be.
    func stored<Value: Sendable>(
        _ body: @LoopActor () async throws(StoreError) -> Value
    ) async throws(RPCError) -> Value {
        do throws(StoreError) {
            return try await body()
        } catch {
            throw .unavailable("not stored: \(error)")
        }
    }
}

extension RPCError {
    fileprivate static var unknownToken: RPCError { .invalid("unknown deviceId or role") }
}
