/// The configuration (protocol.md section 7, config) and its secrets.
extension MethodContract {
    private static let issues = Shape.list(.open(.required("path", .string), .required("message", .text)))

    package static let configGet = MethodContract(
        "config.get", .scope(.read), "what the configuration file says, without its secrets",
        result: .open(
            .required("path", .text), .required("exists", .boolean), .required("raw", .string),
            .required("parsed", .open()), .required("valid", .boolean), .required("config", .open()),
            .optional("hash", .text), .required("issues", issues), .required("warnings", issues),
            .required("legacyIssues", issues), .optional("configRevisionHash", .text),
            .optional("appliedConfigHash", .text)))

    package static let configSchema = MethodContract(
        "config.schema", .scope(.admin), "every setting as JSON Schema, with hints for forms",
        result: .open(
            .required("schema", .open()), .required("uiHints", .map(.open())), .required("version", .text),
            .required("generatedAt", .text)))

    package static let configSchemaLookup = MethodContract(
        "config.schema.lookup", .scope(.read), "one setting and those below it",
        params: .object(.required("path", .string)),
        result: .open(
            .required("path", .string), .required("schema", .open()), .optional("hint", .open()),
            .optional("hintPath", .string), .optional("reloadKind", .word(["hot", "restart", "none"])),
            .required("children", .list(.open(.required("path", .text))))))

    package static let configValidate = MethodContract(
        "config.validate", .scope(.admin), "what is wrong with a text, as a configuration file; nothing is written",
        params: .object(.required("raw", .string)),
        result: .object(.required("valid", .boolean), .required("issues", issues), .required("warnings", issues)))

    private static let written: [Shape.Field] = [
        .required("ok", .boolean), .required("path", .text), .required("config", .open()),
    ]

    package static let configSet = MethodContract(
        "config.set", .scope(.admin), "replaces the configuration file",
        params: .object(.required("raw", .string), .optional("baseHash", .string)),
        result: .object(written, isOpen: true))

    private static let change: [Shape.Field] = [
        .required("raw", .string), .optional("baseHash", .string), .optional("sessionKey", .string),
        .optional("note", .string), .optional("restartDelayMs", .natural),
    ]

    private static let changed = Shape.object(
        written + [
            .optional("noop", .boolean),
            .required(
                "restart",
                .open(
                    .required("ok", .boolean), .required("pid", .natural), .required("signal", .string),
                    .required("delayMs", .natural), .required("reason", .string),
                    .required("mode", .word(["hot", "restart", "pending", "none"])))),
            .required("sentinel", .open(.required("path", .string), .required("payload", .open()))),
        ], isOpen: true)

    package static let configPatch = MethodContract(
        "config.patch", .scope(.admin),
        """
        merges a patch (RFC 7396) into the configuration file; comments stay; lists with ids are merged by them, and others \
        lose elements only when named in replacePaths; restart.mode says what becomes of it: `hot` is in use, `restart` comes by \
        itself, `pending` waits for one, `none` changed nothing that runs
        """,
        params: .object(change + [.optional("replacePaths", .list(.string))], isOpen: false), result: changed)

    package static let configApply = MethodContract(
        "config.apply", .scope(.admin),
        "replaces the configuration file and takes over what can be, with an answer as that of `config.patch`",
        params: .object(change, isOpen: false), result: changed)

    package static let secretsReload = MethodContract(
        "secrets.reload", .scope(.admin), "resolves the secrets of the configuration anew",
        result: .open(.required("ok", .boolean), .required("warningCount", .natural)))
}
