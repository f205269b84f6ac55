import Contract
import Platform

/// The key by which gateways know this installation, in `<state>/identity/device.json`.
struct DeviceIdentity: Sendable {
    static let fileLimit = 16 * 1024

    let key: Ed25519.PrivateKey

    /// Lower-case hex of the public key's SHA-256 (protocol.md section 3.2).
    var id: String { Hex.encode(SHA256.hash(key.publicKey.rawBytes)) }
    var publicKey: String { Base64.url.encode(key.publicKey.rawBytes) }

    static func path(in state: String) -> String { state + "/identity/device.json" }

    /// The identity of this state directory, made at first use. A damaged file is an error and not replaced: gateways
    /// know the key in it.
    static func loadOrCreate(in state: String) throws(ClientError) -> DeviceIdentity {
        if let identity = try load(in: state) { return identity }
        let identity = DeviceIdentity(key: Ed25519.PrivateKey())
        try identity.keep(in: state)
        return identity
    }

    /// Nil where there is none yet.
    static func load(in state: String) throws(ClientError) -> DeviceIdentity? {
        let path = path(in: state)
        let written: [UInt8]?
        do throws(FileError) {
            written = try read(path)
        } catch {
            throw .identity("\(error)")
        }
        guard let written else { return nil }
        let text = (try? JSONParser.parse(written.span))?["privateKeyPem"]?.string
        guard let key = text.flatMap(PEMKey.privateKey) else {
            throw .identity(
                "\(path) holds no key of this program; restore it, or move it away to get a new one, "
                    + "which gateways then have to approve")
        }
        return DeviceIdentity(key: key)
    }

    private static func read(_ path: String) throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try FileReading.read(path, limit: fileLimit)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    func keep(in state: String) throws(ClientError) {
        do throws(FileError) {
            try PrivateDirectory.create(state + "/identity")
            try AtomicFile.write(fileBytes(at: .system()), to: Self.path(in: state))
        } catch {
            throw .identity("\(error)")
        }
    }

    func fileBytes(at time: WallTime) -> [UInt8] {
        JSONWriter.bytes(
            of: [
                "version": 1, "deviceId": .string(id), "publicKeyPem": .string(PEMKey.text(key.publicKey)),
                "privateKeyPem": .string(PEMKey.text(key)), "createdAtMs": .int(time.milliseconds),
            ], style: .pretty) + [0x0a]
    }

    /// Proves the key for one `connect`.
    func proof(_ statement: DeviceStatement) -> JSON {
        var statement = statement
        statement.deviceID = id
        // Every server that takes protocol 3 or 4 accepts this version.
        let signature = key.sign(Array(statement.text(.v2).utf8))
        return [
            "id": .string(id), "publicKey": .string(publicKey), "signature": .string(Base64.url.encode(signature)),
            "signedAt": .int(statement.signedAt), "nonce": .string(statement.nonce),
        ]
    }
}
