/// Health, presence and the like (protocol.md section 7, system).
extension MethodContract {
    package static let health = MethodContract(
        "health", .scope(.read), "the health snapshot; made anew when it is older than a minute or `probe` is true",
        params: .open(.optional("probe", .boolean)),
        result: .open(
            .required("ok", .boolean), .required("ts", .natural), .required("durationMs", .natural),
            .required("channels", .map(.any)), .required("channelOrder", .list(.string)),
            .required("channelLabels", .map(.string)), .required("heartbeatSeconds", .natural),
            .required("defaultAgentId", .text), .required("agents", .list(.any)),
            .required("sessions", .open(.required("count", .natural)))))

    package static let systemPresence = MethodContract(
        "system-presence", .scope(.read), "who is there: the gateway, clients, and what reported itself",
        result: .list(.open(.required("ts", .natural))))

    package static let gatewayIdentity = MethodContract(
        "gateway.identity.get", .scope(.read), "the key by which this gateway is known",
        result: .object(.required("deviceId", .text), .required("publicKey", .text)))
}
