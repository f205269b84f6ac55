/// Who and what there is on a platform. Named by us: the protocol has no methods for it.
extension MethodContract {
    private static let account: [Shape.Field] = [
        .optional("channel", .string), .optional("accountId", .string), .optional("timeoutMs", .natural),
    ]
    private static let list: [Shape.Field] =
        account + [.optional("query", .string), .optional("limit", .integer(1...1000))]
    private static let entry = Shape.open(
        .required("kind", .text), .required("id", .text), .required("target", .text), .required("name", .text),
        .optional("title", .string), .optional("space", .string), .optional("active", .boolean))
    private static let found = Shape.open(
        .required("channel", .text), .required("accountId", .text), .required("entries", .list(entry)),
        .required("more", .boolean), .optional("note", .string))

    package static let channelsResolve = MethodContract(
        "channels.resolve", .scope(.read), "the ids that names of people and chats stand for",
        params: .object(
            account + [
                .required("names", .list(.text, 1...50)),
                .optional("kind", .word(["auto", "user", "group", "channel"])),
            ], isOpen: false),
        result: .open(
            .required("channel", .text), .required("accountId", .text),
            .required(
                "results",
                .list(
                    .open(
                        .required("input", .text), .required("resolved", .boolean), .optional("id", .text),
                        .optional("note", .string))))))

    package static let directorySelf = MethodContract(
        "directory.self", .scope(.read), "who the platform says an account is", params: .object(account, isOpen: false),
        result: .open(
            .required("channel", .text), .required("accountId", .text), .required("id", .text),
            .required("name", .string), .required("findings", .list(.string))))

    package static let directoryPeers = MethodContract(
        "directory.peers.list", .scope(.read), "people of a platform, as far as it tells a bot of them",
        params: .object(list, isOpen: false), result: found)

    package static let directoryGroups = MethodContract(
        "directory.groups.list", .scope(.read), "chats of a platform, as far as it tells a bot of them",
        params: .object(list, isOpen: false), result: found)

    package static let directoryMembers = MethodContract(
        "directory.groups.members", .scope(.read), "who is in a chat",
        params: .object(list + [.required("groupId", .text)], isOpen: false), result: found)
}
