import Agents
import Gateway
import Platform

/// The key by which gateways elsewhere know this installation. One that is here already stays.
enum IdentityImport {
    private static let path = "identity/device.json"

    /// Blocks.
    static func run(_ source: SafeDirectory, into state: String, isTrial: Bool) -> ImportTally {
        var tally = ImportTally("identity")
        guard let object = ForeignJSON.object(path, in: source, &tally) else { return tally }
        guard let key = object["privateKeyPem"]?.string.flatMap(PEMKey.privateKey) else {
            tally.leave(path, "it holds no key of this kind")
            return tally
        }
        let identity = DeviceIdentity(key: key)
        let target = DeviceIdentity.path(in: state)
        do throws(FileError) {
            if let present = try presentKey(target) {
                let isSame = present.publicKey.rawBytes == key.publicKey.rawBytes
                tally.count(isSame ? .known : .left("there is another here already; it stays"), path)
                return tally
            }
            if !isTrial {
                try PrivateDirectory.create(state + "/identity")
                try AtomicFile.write(
                    identity.fileBytes(at: WallTime(foreign: object["createdAtMs"]) ?? .system()), to: target)
            }
            tally.count(.taken, path)
        } catch {
            tally.leave(path, "\(error)")
        }
        return tally
    }

    private static func presentKey(_ path: String) throws(FileError) -> Ed25519.PrivateKey? {
        do throws(FileError) {
            let bytes = try FileReading.read(path, limit: DeviceIdentity.fileLimit)
            guard let key = (try? JSONParser.parse(bytes))?["privateKeyPem"]?.string.flatMap(PEMKey.privateKey) else {
                throw .notRegular(path: path)
            }
            return key
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }
}
