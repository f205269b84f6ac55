import Contract
import Platform

/// A device that has shown that it holds its key, now and for this connection (protocol.md section 3.2).
struct DeviceProof: Sendable {
    /// How far a device's clock may be off, by generation.
    static func tolerance(_ generation: Int) -> Int64 { generation >= 4 ? 120_000 : 600_000 }

    let id: String
    /// Raw, as base64url.
    let publicKey: String

    /// The checks of section 3.3 in their order.
    init(
        _ params: ConnectParams, _ device: ConnectParams.Device, generation: Int, challenge: Challenge,
        isDirectlyLocal: Bool, now: WallTime
    ) throws(ConnectRefusal) {
        guard let raw = Self.key(device.publicKey), let key = Ed25519.PublicKey(rawBytes: raw) else {
            throw .device("device public key invalid", "PUBLIC_KEY_INVALID")
        }
        guard Hex.encode(SHA256.hash(raw)) == device.id else {
            throw .device("device identity mismatch", "DEVICE_ID_MISMATCH")
        }
        let skew = device.signedAt - now.milliseconds
        guard skew.magnitude <= UInt64(Self.tolerance(generation)) else {
            throw .device("device signature expired", "SIGNATURE_EXPIRED")
        }
        let versions: [DeviceStatement.Version]
        if let nonce = device.nonce {
            guard nonce.hasSameBytes(as: challenge.nonce) else {
                throw .device("device nonce mismatch", "NONCE_MISMATCH")
            }
            versions = [.v3, .v2]
        } else {
            // Clients of generation 3 do not wait for the challenge when it is late; from afar that could be replayed.
            guard generation < 4, isDirectlyLocal else { throw .device("device nonce required", "NONCE_REQUIRED") }
            versions = [.v1]
        }
        let statement = DeviceStatement(params, device)
        guard let signature = Self.decode(device.signature),
            versions.contains(where: { key.isValid(signature, for: Array(statement.text($0).utf8)) })
        else { throw .device("device signature invalid", "SIGNATURE_INVALID") }
        id = device.id
        publicKey = Base64.url.encode(raw)
    }

    /// 32 bytes in base64url, or the PEM form of a public key (RFC 8410 section 4).
    static func key(_ text: String) -> [UInt8]? {
        guard text.hasPrefix("-----BEGIN PUBLIC KEY-----") else {
            return decode(text).flatMap { $0.count == Ed25519.keyBytes ? $0 : nil }
        }
        let body = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }.joined()
        guard let der = Base64.standard.decode(body), der.count == header.count + Ed25519.keyBytes,
            der.starts(with: header)
        else { return nil }
        return Array(der[header.count...])
    }

    /// What stands before an Ed25519 key in its DER form: the algorithm, and a bit string of 32 bytes.
    private static let header: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]

    private static func decode(_ text: String) -> [UInt8]? {
        Base64.url.decode(text) ?? Base64.standard.decode(text)
    }
}

extension ConnectRefusal {
    static func device(_ message: String, _ code: String) -> ConnectRefusal {
        ConnectRefusal(.invalid(message, details: ["code": .string("DEVICE_AUTH_\(code)")]))
    }
}
