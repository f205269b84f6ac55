/// Channels (protocol.md section 7, channels).
extension MethodContract {
    package static let channelsStatus = MethodContract(
        "channels.status", .scope(.read), "each channel and its accounts",
        params: .object(
            .optional("probe", .boolean), .optional("timeoutMs", .natural), .optional("channel", .string)),
        result: .open(
            .required("ts", .natural), .required("channelOrder", .list(.string)),
            .required("channelLabels", .map(.string)), .required("channels", .map(.open())),
            .required("channelAccounts", .map(.list(.open(.required("accountId", .text))))),
            .required("channelDefaultAccountId", .map(.string))))
}
