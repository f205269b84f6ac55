package import Platform

/// The key by which this gateway is known, whatever address it is reached by: two ways to the same key are one gateway.
package struct GatewayIdentity: Sendable {
    /// Why there is no identity.
    package enum Failure: Error, Sendable, CustomStringConvertible {
        case file(FileError)
        case damaged(path: String)

        package var description: String {
            switch self {
            case .file(let error): "\(error)"
            case .damaged(let path):
                """
                the gateway's identity \(path) cannot be read
                  put back a copy of it, or remove it: the gateway then makes a new one, and clients that know the old one ask again
                """
            }
        }
    }

    private static let fileLimit = 4096

    let key: Ed25519.PrivateKey

    /// As a device's id: lower-case hex of the public key's SHA-256.
    var deviceID: String { Hex.encode(SHA256.hash(key.publicKey.rawBytes)) }
    /// Raw, as base64url.
    var publicKey: String { Base64.url.encode(key.publicKey.rawBytes) }

    /// Where it lies beneath the state directory.
    static func path(in stateDirectory: String) -> String { stateDirectory + "/identity/gateway.json" }

    /// Reads the key, or makes it. Blocks; for the blocking pool, and under the state's lock.
    static func open(in stateDirectory: String) throws(Failure) -> GatewayIdentity {
        let path = path(in: stateDirectory)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileReading.read(path, limit: fileLimit)
        } catch  where error.isMissing {
            return try make(at: path, in: stateDirectory)
        } catch {
            throw .file(error)
        }
        guard let json = try? JSONParser.parse(bytes.span), let text = json["privateKey"]?.string,
            let raw = Base64.url.decode(text), let key = Ed25519.PrivateKey(rawBytes: raw)
        else { throw .damaged(path: path) }
        return GatewayIdentity(key: key)
    }

    private static func make(at path: String, in stateDirectory: String) throws(Failure) -> GatewayIdentity {
        let identity = GatewayIdentity(key: Ed25519.PrivateKey())
        let json: JSON = [
            "version": 1, "deviceId": .string(identity.deviceID), "publicKey": .string(identity.publicKey),
            "privateKey": .string(Base64.url.encode(identity.key.rawBytes)),
        ]
        do throws(FileError) {
            try PrivateDirectory.create(stateDirectory + "/identity")
            try AtomicFile.write(JSONWriter.bytes(of: json) + [UInt8(ascii: "\n")], to: path)
        } catch {
            throw .file(error)
        }
        return identity
    }
}
