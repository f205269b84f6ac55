import Platform
import Settings

/// Secrets of this node that were brought from elsewhere: in secrets.json of the state directory, which only its owner
/// may read, with a reference in the configuration.
@LoopActor
struct KeptSecrets {
    private static let bytesLimit = 1 << 20

    private let file: SecretsFile

    init(_ instance: Instance) { file = SecretsFile(instance) }

    /// What makes the configuration know the file.
    nonisolated static let providerPointer = JSONPointer(["secrets", "providers", SecretsFile.provider])

    var providerEntry: JSON { file.providerEntry }

    nonisolated static func ref(_ setting: String) -> JSON { SecretsFile.ref(setting) }

    func value(_ setting: String) async throws(CommandFailure) -> String? {
        try await document()?.value[JSONPointer([setting])]?.string
    }

    func keep(_ values: [String: String]) async throws(CommandFailure) {
        let present = try await document()
        var document = if let present { present } else { try Self.parsed(Array("{\n}\n".utf8), file.shown) }
        do throws(JSON5EditError) {
            for (setting, value) in values.sorted(by: { $0.key < $1.key }) {
                let pointer = JSONPointer([setting])
                if document.value[pointer]?.string != value { try document.set(pointer, to: .string(value)) }
            }
        } catch {
            throw CommandFailure(.notGood, "not-written", "\(file.shown): \(error)")
        }
        try await write(document.bytes)
    }

    /// An empty file goes with its last secret.
    func drop(_ settings: [String]) async throws(CommandFailure) {
        guard var document = try await document() else { return }
        do throws(JSON5EditError) {
            for setting in settings where document.value[JSONPointer([setting])] != nil {
                try document.remove(JSONPointer([setting]))
            }
        } catch {
            throw CommandFailure(.notGood, "not-written", "\(file.shown): \(error)")
        }
        if document.value.object?.isEmpty == true {
            do throws(FileError) { try await FileRemoval.remove(file.path) } catch {
                throw CommandFailure(.notGood, "not-written", "\(error)")
            }
        } else {
            try await write(document.bytes)
        }
    }

    private func document() async throws(CommandFailure) -> JSON5Document? {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try await FileReading.read(file.path, limit: Self.bytesLimit) } catch {
            if error.isMissing { return nil }
            throw CommandFailure(.notGood, "not-read", "\(error)")
        }
        return try Self.parsed(bytes, file.shown)
    }

    private static func parsed(_ bytes: [UInt8], _ name: String) throws(CommandFailure) -> JSON5Document {
        do throws(JSONError) { return try JSON5Document(bytes) } catch {
            throw CommandFailure(.notGood, "not-read", "\(name) is not JSON: \(error)")
        }
    }

    private func write(_ bytes: [UInt8]) async throws(CommandFailure) {
        do throws(FileError) { try await AtomicFile.write(bytes, to: file.path) } catch {
            throw CommandFailure(.notGood, "not-written", "\(error)")
        }
    }
}
