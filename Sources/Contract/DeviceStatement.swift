/// The text that a device signs to prove its key (protocol.md section 3.2).
package struct DeviceStatement: Sendable {
    package enum Version: String, Sendable, CaseIterable { case v1, v2, v3 }

    package var deviceID: String
    package var clientID: String
    package var clientMode: String
    package var role: String
    /// As requested, in the order sent.
    package var scopes: [String]
    package var signedAt: Int64
    package var token: String
    package var nonce: String
    package var platform: String
    package var deviceFamily: String

    package init(
        deviceID: String, clientID: String, clientMode: String, role: String, scopes: [String], signedAt: Int64,
        token: String, nonce: String, platform: String, deviceFamily: String
    ) {
        self.deviceID = deviceID
        self.clientID = clientID
        self.clientMode = clientMode
        self.role = role
        self.scopes = scopes
        self.signedAt = signedAt
        self.token = token
        self.nonce = nonce
        self.platform = platform
        self.deviceFamily = deviceFamily
    }

    /// What `params` claim to have signed.
    package init(_ params: ConnectParams, _ device: ConnectParams.Device) {
        self.init(
            deviceID: device.id, clientID: params.client.id, clientMode: params.client.mode, role: params.role,
            scopes: params.scopes ?? [], signedAt: device.signedAt, token: params.auth.signedToken,
            nonce: device.nonce ?? "", platform: params.client.platform,
            deviceFamily: params.client.deviceFamily ?? "")
    }

    package func text(_ version: Version) -> String {
        var parts = [
            version.rawValue, deviceID, clientID, clientMode, role, scopes.joined(separator: ","), String(signedAt),
            token,
        ]
        if version != .v1 { parts.append(nonce) }
        if version == .v3 { parts += [Self.normal(platform), Self.normal(deviceFamily)] }
        return parts.joined(separator: "|")
    }

    /// Trimmed, ASCII letters lower-cased.
    private static func normal(_ text: String) -> String {
        var bytes = Array(text.utf8)[...]
        let isSpace = { (byte: UInt8) in byte == 32 || (9...13).contains(byte) }
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return String(decoding: bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }
}
