import Contract
import Platform
import Wire

@testable import Gateway

/// A device with a key of its own, which signs as clients do.
struct HarnessDevice {
    let key = Ed25519.PrivateKey()

    var id: String { Hex.encode(SHA256.hash(key.publicKey.rawBytes)) }
    var publicKey: String { Base64.url.encode(key.publicKey.rawBytes) }

    /// `params` with this device's proof. `nonce` and `at` are the challenge's.
    func signing(
        _ params: JSON, nonce: String?, at time: Int64, _ version: DeviceStatement.Version = .v3,
        change: (inout JSON) -> Void = { _ in }
    ) throws -> JSON {
        var device: JSON = [
            "id": .string(id), "publicKey": .string(publicKey), "signature": "x", "signedAt": .int(time),
        ]
        device["nonce"] = nonce.map { .string($0) }
        var all = params
        all["device"] = device
        let connect = try ConnectParams(all)
        let statement = DeviceStatement(connect, connect.device!)
        device["signature"] = .string(Base64.url.encode(key.sign(Array(statement.text(version).utf8))))
        change(&device)
        all["device"] = device
        return all
    }
}

extension GatewayHarness {
    /// Opens a WebSocket and answers the challenge with this device's proof. Returns the answer to `connect`.
    func attempt(
        _ device: HarnessDevice, _ params: JSON = GatewayHarness.params(), _ version: DeviceStatement.Version = .v3,
        from peer: HTTPPeer = loopback, fields: KeyValuePairs<String, String> = ["Host": "127.0.0.1:18789"],
        change: (inout JSON) -> Void = { _ in }
    ) async throws -> (client: HarnessClient, answer: JSON) {
        let client = try await open("/", fields, from: peer)
        let challenge = try await client.event("connect.challenge")
        let nonce = version == .v1 ? nil : challenge["nonce"]?.string
        let signed = try device.signing(
            params, nonce: nonce, at: Int64(challenge["ts"]?.int ?? 0), version, change: change)
        return (client, try await client.request("connect", signed))
    }

    /// The same without a device.
    func attempt(
        _ params: JSON = GatewayHarness.params(), from peer: HTTPPeer = loopback,
        fields: KeyValuePairs<String, String> = ["Host": "127.0.0.1:18789"]
    ) async throws -> (client: HarnessClient, answer: JSON) {
        let client = try await open("/", fields, from: peer)
        _ = try await client.event("connect.challenge")
        return (client, try await client.request("connect", params))
    }
}

extension JSON {
    /// Of a refused `connect`.
    var refusalCode: String? { self["error"]?["details"]?["code"]?.string }
    var grantedScopes: [String]? { self["payload"]?["auth"]?["scopes"]?.array?.compactMap(\.string) }
    var deviceToken: String? { self["payload"]?["auth"]?["deviceToken"]?.string }
}
