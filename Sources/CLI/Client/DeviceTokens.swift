import Platform

/// Tokens that gateways issued to this device, in `<state>/identity/device-tokens.json`, by the gateway's address: one
/// gateway's token is never shown to another.
struct DeviceTokens {
    static let fileLimit = 256 * 1024

    let path: String

    init(in state: String) { path = state + "/identity/device-tokens.json" }

    func token(for gateway: String) -> String? {
        guard let bytes = try? FileReading.read(path, limit: Self.fileLimit),
            let file = try? JSONParser.parse(bytes.span)
        else { return nil }
        return file["gateways"]?[gateway]?["token"]?.string
    }

    /// Keeps a token; nil forgets one that the gateway no longer takes.
    func set(_ token: String?, scopes: [String], for gateway: String, at time: WallTime) throws(FileError) {
        let old = (try? FileReading.read(path, limit: Self.fileLimit)).flatMap { try? JSONParser.parse($0.span) }
        guard old?["gateways"]?[gateway]?["token"]?.string != token else { return }
        var gateways = old?["gateways"] ?? .object(JSONObject())
        gateways[gateway] = token.map {
            ["token": .string($0), "scopes": .array(scopes.map(JSON.string)), "issuedAtMs": .int(time.milliseconds)]
        }
        let file: JSON = ["version": 1, "gateways": gateways]
        try AtomicFile.write(JSONWriter.bytes(of: file, style: .pretty) + [0x0a], to: path)
    }
}
