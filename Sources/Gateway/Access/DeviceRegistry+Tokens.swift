import Contract
import Platform
import Store

/// Tokens by which paired devices come in: told once, kept as digests.
extension DeviceRegistry {
    private static let tokenBytes = 32
    /// A use is stored when the last one stored is as old as this.
    static let useInterval = Duration.seconds(600)

    /// What the token is worth; nil when it is not this device's for this role.
    func scopes(of token: SecretDigest, device id: String, role: Role) -> Set<Scope>? {
        guard var device = device(id), device.roles.contains(role), let known = device.tokens[role], known.isActive,
            let digest = known.digest, digest.matches(token)
        else { return nil }
        let now = clock.wall
        let last = known.lastUsedAt.map { now.milliseconds - $0.milliseconds } ?? .max
        if last >= Self.useInterval.inNanoseconds / 1_000_000 {
            device.tokens[role]?.lastUsedAt = now
            note(device)
        }
        return role == .operator ? known.scopes.intersection(device.scopes) : []
    }

    /// A token for a device that has proven itself otherwise; nil when it has one.
    func issue(_ id: String, role: Role) async throws(StoreError) -> Admission.IssuedToken? {
        guard var device = device(id), device.roles.contains(role), device.tokens[role]?.isActive != true else {
            return nil
        }
        let (token, digest) = Self.newToken()
        let now = clock.wall
        device.tokens[role] = DeviceToken(
            digest: digest, scopes: role == .operator ? device.scopes : [], createdAt: now)
        try await keep(device)
        return Admission.IssuedToken(token: token, issuedAt: now)
    }

    /// The old token is of no use any more. Told to the device itself the new one is good at once; otherwise the device
    /// is told one when it next proves itself. Nil when it has none for that role.
    func rotate(
        _ id: String, role: Role, scopes: Set<Scope>?, isTold: Bool
    ) async throws(StoreError) -> (token: String?, record: DeviceToken)? {
        guard var device = device(id), let old = device.tokens[role] else { return nil }
        let (token, digest) = Self.newToken()
        let record = DeviceToken(
            digest: isTold ? digest : nil, scopes: scopes ?? old.scopes, createdAt: old.createdAt,
            rotatedAt: clock.wall, lastUsedAt: old.lastUsedAt)
        device.tokens[role] = record
        try await enforce(device)
        return (isTold ? token : nil, record)
    }

    /// Nil when there is none for that role.
    func revoke(_ id: String, role: Role) async throws(StoreError) -> WallTime? {
        guard var device = device(id), device.tokens[role] != nil else { return nil }
        let now = clock.wall
        device.tokens[role]?.revokedAt = now
        device.tokens[role]?.digest = nil
        try await enforce(device)
        return now
    }

    /// Takes a role back, and with its last one the device.
    func revokeRole(_ role: Role, of id: String) async throws(StoreError) {
        guard var device = device(id), device.roles.contains(role) else { return }
        defer { endSessions("role removed") { $0.deviceID == id && $0.role == role } }
        guard device.roles.count > 1 else {
            _ = try await remove(id)
            return
        }
        device.roles.remove(role)
        device.tokens[role] = nil
        try await enforce(device)
    }

    /// Nil when there is no such device.
    func rename(_ id: String, to name: String) async throws(StoreError) -> PairedDevice? {
        guard var device = device(id) else { return nil }
        device.facts.displayName = name
        try await keep(device)
        return device
    }

    /// Closes connections after the present answer is out.
    func endSessions(_ why: String, where isMeant: @escaping @LoopActor @Sendable (Client) -> Bool) {
        startTask { [hub] in hub.close(.invalidated(why)) { client in isMeant(client) } }
    }

    private static func newToken() -> (token: String, digest: SecretDigest) {
        let token = Base64.url.encode(SecureRandom.bytes(tokenBytes))
        return (token, SecretDigest(of: token))
    }
}

extension DeviceRegistry: NodeRoleRevoking {
    func revokeNodeRole(of device: String) async throws(RPCError) {
        do throws(StoreError) {
            try await revokeRole(.node, of: device)
        } catch {
            throw .unavailable("not stored: \(error)")
        }
    }
}
