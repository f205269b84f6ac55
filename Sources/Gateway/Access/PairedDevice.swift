import Contract
import Platform

/// What a device tells of itself when it connects.
struct DeviceFacts: Sendable, Hashable {
    var displayName: String?
    var platform: String?
    var deviceFamily: String?
    var modelIdentifier: String?
    var clientID: String?
    var clientMode: String?
    var remoteIP: String?

    init() {}

    init(_ client: ConnectParams.Client, from origin: ClientOrigin) {
        displayName = client.displayName
        platform = client.platform
        deviceFamily = client.deviceFamily
        modelIdentifier = client.modelIdentifier
        clientID = client.id
        clientMode = client.mode
        remoteIP = origin.address?.hostText
    }

    fileprivate static let keys: [(String, any WritableKeyPath<DeviceFacts, String?> & Sendable)] = [
        ("displayName", \.displayName), ("platform", \.platform), ("deviceFamily", \.deviceFamily),
        ("modelIdentifier", \.modelIdentifier), ("clientId", \.clientID), ("clientMode", \.clientMode),
        ("remoteIp", \.remoteIP),
    ]
}

/// A device that may come in, with its roles, its scopes and the tokens made for it: the record that decides.
struct PairedDevice: Sendable, Hashable {
    let id: String
    /// Raw, as base64url.
    let publicKey: String
    var facts: DeviceFacts
    var roles: Set<Role>
    /// What it may do as an operator.
    var scopes: Set<Scope>
    var tokens: [Role: DeviceToken] = [:]
    let createdAt: WallTime
    var approvedAt: WallTime
}

/// A device's token for one role, as its digest: the token itself was told once.
struct DeviceToken: Sendable, Hashable {
    /// Nil when the device has to be told a new one when it next proves itself otherwise.
    var digest: SecretDigest?
    var scopes: Set<Scope>
    let createdAt: WallTime
    var rotatedAt: WallTime?
    var revokedAt: WallTime?
    var lastUsedAt: WallTime?

    var isActive: Bool { digest != nil && revokedAt == nil }
}

/// A device that waits for somebody to let it in, or to let it do more.
struct PairingRequest: Sendable, Hashable {
    let id: String
    let deviceID: String
    let publicKey: String
    let facts: DeviceFacts
    let role: Role
    let scopes: Set<Scope>
    /// Whether the device is known and asks for more.
    let isRepair: Bool
    let askedAt: WallTime
}

// MARK: JSON

extension DeviceFacts {
    fileprivate func write(to json: inout JSON) {
        for (key, path) in Self.keys { json[key] = self[keyPath: path].map { .string($0) } }
    }

    fileprivate init(_ reader: JSONReader) {
        for (key, path) in Self.keys { self[keyPath: path] = reader.field(key).value?.string }
    }
}

extension PairedDevice {
    /// For people and clients (protocol.md section 7, devices): token values are never shown.
    var shown: JSON { json(withDigests: false) }

    /// For the store.
    var stored: JSON { json(withDigests: true) }

    private func json(withDigests: Bool) -> JSON {
        var json: JSON = [
            "deviceId": .string(id), "publicKey": .string(publicKey), "roles": roles.words,
            "scopes": .array(scopes.words.map { .string($0) }),
            "tokens": .array(
                tokens.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { role, token in
                    withDigests || token.digest != nil || token.revokedAt != nil
                        ? token.json(role, withDigest: withDigests) : nil
                }),
            "createdAtMs": .int(createdAt.milliseconds), "approvedAtMs": .int(approvedAt.milliseconds),
        ]
        json["role"] = (roles.contains(.operator) ? Role.operator : roles.first).map { .string($0.rawValue) }
        facts.write(to: &json)
        return json
    }

    init(_ field: JSONField) throws(JSONDecodingError) {
        let reader = try field.object()
        id = try reader.field("deviceId").string()
        publicKey = try reader.field("publicKey").string()
        facts = DeviceFacts(reader)
        roles = []
        for role in try reader.field("roles").array() { roles.insert(try role.oneOf(Role.self)) }
        scopes = try Scope.set(reader.field("scopes"))
        createdAt = try reader.field("createdAtMs").time()
        approvedAt = try reader.field("approvedAtMs").time()
        for token in try reader.field("tokens").array() {
            tokens[try token.object().field("role").oneOf(Role.self)] = try DeviceToken(token)
        }
    }
}

extension DeviceToken {
    fileprivate func json(_ role: Role, withDigest: Bool) -> JSON {
        var json: JSON = [
            "role": .string(role.rawValue), "scopes": .array(scopes.words.map { .string($0) }),
            "createdAtMs": .int(createdAt.milliseconds),
        ]
        if withDigest { json["digest"] = digest.map { .string(Hex.encode($0.bytes)) } }
        json["rotatedAtMs"] = rotatedAt.map { .int($0.milliseconds) }
        json["revokedAtMs"] = revokedAt.map { .int($0.milliseconds) }
        json["lastUsedAtMs"] = lastUsedAt.map { .int($0.milliseconds) }
        return json
    }

    fileprivate init(_ field: JSONField) throws(JSONDecodingError) {
        let reader = try field.object()
        digest = reader.field("digest").value?.string.flatMap { Hex.decode($0) }.flatMap { SecretDigest(bytes: $0) }
        scopes = try Scope.set(reader.field("scopes"))
        createdAt = try reader.field("createdAtMs").time()
        rotatedAt = try reader.field("rotatedAtMs").ifPresent?.time()
        revokedAt = try reader.field("revokedAtMs").ifPresent?.time()
        lastUsedAt = try reader.field("lastUsedAtMs").ifPresent?.time()
    }
}

extension PairingRequest {
    /// The payload of `device.pair.requested`, an entry of `device.pair.list`, and what the store keeps.
    var json: JSON {
        var json: JSON = [
            "requestId": .string(id), "deviceId": .string(deviceID), "publicKey": .string(publicKey),
            "role": .string(role.rawValue), "roles": [.string(role.rawValue)],
            "scopes": .array(scopes.words.map { .string($0) }), "silent": false, "isRepair": .bool(isRepair),
            "ts": .int(askedAt.milliseconds),
        ]
        facts.write(to: &json)
        return json
    }

    init(_ field: JSONField) throws(JSONDecodingError) {
        let reader = try field.object()
        id = try reader.field("requestId").string()
        deviceID = try reader.field("deviceId").string()
        publicKey = try reader.field("publicKey").string()
        facts = DeviceFacts(reader)
        role = try reader.field("role").oneOf(Role.self)
        scopes = try Scope.set(reader.field("scopes"))
        isRepair = try reader.field("isRepair").bool()
        askedAt = try reader.field("ts").time()
    }
}

extension Scope {
    fileprivate static func set(_ field: JSONField) throws(JSONDecodingError) -> Set<Scope> {
        var scopes: Set<Scope> = []
        for scope in try field.array() { scopes.insert(try scope.oneOf(Scope.self)) }
        return scopes
    }
}

extension Set<Role> {
    var words: JSON { .array(map(\.rawValue).sorted().map { .string($0) }) }
}

extension JSONField {
    fileprivate func time() throws(JSONDecodingError) -> WallTime {
        WallTime(nanoseconds: Int64(try integer(in: 0 ... .max / 1_000_000)) * 1_000_000)
    }
}
