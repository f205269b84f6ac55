/// Devices and their tokens (protocol.md section 7, devices).
extension MethodContract {
    private static let token = Shape.open(
        .required("role", .text), .required("scopes", .list(.text)), .required("createdAtMs", .natural),
        .optional("rotatedAtMs", .natural), .optional("revokedAtMs", .natural), .optional("lastUsedAtMs", .natural))

    private static let device = Shape.open(
        .required("deviceId", .text), .required("publicKey", .text), .optional("displayName", .string),
        .optional("platform", .string), .optional("clientId", .string), .optional("clientMode", .string),
        .optional("role", .text), .optional("roles", .list(.text)), .optional("scopes", .list(.text)),
        .optional("remoteIp", .string), .required("tokens", .list(token)), .required("createdAtMs", .natural),
        .required("approvedAtMs", .natural))

    private static let role = Shape.word(Role.allCases.map(\.rawValue))
    private static let requestID = Shape.object(.required("requestId", .text))

    package static let devicePairList = MethodContract(
        "device.pair.list", .scope(.pairing), "paired devices, and those that wait to be",
        result: .object(
            .required("pending", .list(.open(.required("requestId", .text), .required("deviceId", .text)))),
            .required("paired", .list(device))))

    package static let devicePairApprove = MethodContract(
        "device.pair.approve", .scope(.pairing), "lets a waiting device in, with scopes that the caller has",
        params: requestID, result: .object(.required("requestId", .text), .required("device", device)))

    package static let devicePairReject = MethodContract(
        "device.pair.reject", .scope(.pairing), "turns a waiting device away", params: requestID,
        result: .object(.required("requestId", .text), .required("deviceId", .text)))

    package static let devicePairRemove = MethodContract(
        "device.pair.remove", .scope(.pairing), "makes a device a stranger again, and closes its connections",
        params: .object(.required("deviceId", .text)), result: .object(.required("deviceId", .text)))

    package static let devicePairRename = MethodContract(
        "device.pair.rename", .scope(.pairing), "gives a device another name",
        params: .object(.required("deviceId", .text), .required("displayName", .text)),
        result: .object(.required("deviceId", .text), .required("displayName", .text)))

    package static let devicePairDashboardCode = MethodContract(
        "device.pair.dashboardCode", .scope(.admin),
        "lets one browser in as a new device, without approval: `bootstrapToken` is good once and for two minutes, behind "
            + "the `#` of an address whose path is `path`",
        result: .open(
            .required("bootstrapToken", .text), .required("expiresAtMs", .natural), .required("path", .text)))

    package static let deviceTokenRotate = MethodContract(
        "device.token.rotate", .scope(.pairing), "a new token for a device; told to that device alone",
        params: .object(
            .required("deviceId", .text), .required("role", role), .optional("scopes", .list(.text, 0...64))),
        result: .object(
            .required("deviceId", .text), .required("role", role), .optional("token", .text),
            .required("scopes", .list(.text)), .required("rotatedAtMs", .natural)))

    package static let deviceTokenRevoke = MethodContract(
        "device.token.revoke", .scope(.pairing), "ends a device's token, and the connections it opened",
        params: .object(.required("deviceId", .text), .required("role", role)),
        result: .object(
            .required("deviceId", .text), .required("role", role), .required("revokedAtMs", .natural)))
}
