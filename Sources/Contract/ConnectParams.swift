package import Platform

/// What a client says of itself in `connect` (protocol.md section 3.1). Closed at each level.
package struct ConnectParams: Sendable {
    /// The program at the other end.
    package struct Client: Sendable {
        package let id: String
        package let mode: String
        package let version: String
        package let platform: String
        package let displayName: String?
        package let deviceFamily: String?
        package let modelIdentifier: String?
        package let instanceID: String?
    }

    /// A device's proof of its key.
    package struct Device: Sendable {
        package let id: String
        package let publicKey: String
        package let signature: String
        package let signedAt: Int64
        package let nonce: String?
    }

    /// The credentials, as many as were given.
    package struct Credentials: Sendable {
        package var token: String?
        package var password: String?
        package var deviceToken: String?
        package var bootstrapToken: String?

        package init() {}

        /// The one that the device's signature covers; never the password.
        package var signedToken: String { token ?? deviceToken ?? bootstrapToken ?? "" }

        package var isEmpty: Bool { token == nil && password == nil && deviceToken == nil && bootstrapToken == nil }
    }

    package let minProtocol: Int
    package let maxProtocol: Int
    package let client: Client
    /// As sent; `operator` when absent. Whether it is a role is checked later, with its own refusal.
    package let role: String
    /// As sent, in order; nil when absent.
    package let scopes: [String]?
    package let caps: [String]
    package let commands: [String]
    package let permissions: [String: Bool]
    package let pathEnv: String?
    package let device: Device?
    package let auth: Credentials
    package let locale: String?
    package let userAgent: String?

    package static let clientIDs = [
        "webchat-ui", "openclaw-control-ui", "webchat", "cli", "gateway-client", "openclaw-macos", "openclaw-ios",
        "openclaw-android", "openclaw-tui", "node-host", "test", "fingerprint", "openclaw-probe",
    ]
    package static let clientModes = ["webchat", "cli", "ui", "backend", "node", "probe", "test"]

    /// Lists of a client that are longer are refused: they are kept for as long as it is connected.
    package static let listLimit = 256

    static let words = Shape.list(.string, 0...listLimit)

    package static let contract = MethodContract(
        "connect", .scope(.read), "the first request of every connection",
        params: .object(
            .required("minProtocol", .integer(1 ... .max)), .required("maxProtocol", .integer(1 ... .max)),
            .required(
                "client",
                .object(
                    .required("id", .word(clientIDs)), .required("version", .text), .required("platform", .text),
                    .required("mode", .word(clientModes)), .optional("displayName", .text),
                    .optional("deviceFamily", .text), .optional("modelIdentifier", .text),
                    .optional("instanceId", .text))),
            .optional("role", .text), .optional("scopes", words), .optional("caps", words),
            .optional("commands", words), .optional("permissions", .map(.boolean)), .optional("pathEnv", .string),
            .optional(
                "device",
                .object(
                    .required("id", .text), .required("publicKey", .text), .required("signature", .text),
                    .required("signedAt", .natural), .optional("nonce", .text))),
            .optional(
                "auth",
                .object(
                    .optional("token", .string), .optional("password", .string), .optional("bootstrapToken", .string),
                    .optional("deviceToken", .string), .optional("approvalRuntimeToken", .string),
                    .optional("agentRuntimeIdentityToken", .string))),
            .optional("locale", .string), .optional("userAgent", .string)),
        isAdvertised: false)

    package init(_ params: JSON?) throws(RPCError) {
        let reader = try Self.contract.read(params)
        do throws(JSONDecodingError) {
            self = try Self(reader)
        } catch {
            throw Self.contract.refusal(error)
        }
    }

    private init(_ reader: JSONReader) throws(JSONDecodingError) {
        minProtocol = try reader.field("minProtocol").integer()
        maxProtocol = try reader.field("maxProtocol").integer()
        let client = try reader.field("client").object()
        self.client = Client(
            id: try client.field("id").string(), mode: try client.field("mode").string(),
            version: try client.field("version").string(), platform: try client.field("platform").string(),
            displayName: client.field("displayName").value?.string,
            deviceFamily: client.field("deviceFamily").value?.string,
            modelIdentifier: client.field("modelIdentifier").value?.string,
            instanceID: client.field("instanceId").value?.string)
        role = reader.field("role").value?.string ?? Role.operator.rawValue
        scopes = reader.field("scopes").value?.array?.compactMap(\.string)
        caps = reader.field("caps").value?.array?.compactMap(\.string) ?? []
        commands = reader.field("commands").value?.array?.compactMap(\.string) ?? []
        permissions = Dictionary(
            (reader.field("permissions").value?.object?.members ?? []).compactMap { member in
                member.value.bool.map { (member.key, $0) }
            }, uniquingKeysWith: { $1 })
        pathEnv = reader.field("pathEnv").value?.string
        device = try reader.field("device").ifPresent.map { (field) throws(JSONDecodingError) in
            let device = try field.object()
            return Device(
                id: try device.field("id").string(), publicKey: try device.field("publicKey").string(),
                signature: try device.field("signature").string(),
                signedAt: Int64(try device.field("signedAt").integer()),
                nonce: device.field("nonce").value?.string)
        }
        var auth = Credentials()
        if let given = reader.field("auth").value {
            auth.token = given["token"]?.string
            auth.password = given["password"]?.string
            auth.deviceToken = given["deviceToken"]?.string
            auth.bootstrapToken = given["bootstrapToken"]?.string
        }
        self.auth = auth
        locale = reader.field("locale").value?.string
        userAgent = reader.field("userAgent").value?.string
    }

    /// The generation to speak: the highest that both sides know.
    package var negotiated: Int? {
        let lowest = max(minProtocol, WireFacts.protocols.lowerBound)
        let highest = min(maxProtocol, WireFacts.protocols.upperBound)
        return lowest <= highest ? highest : nil
    }
}
