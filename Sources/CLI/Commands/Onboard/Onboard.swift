import Gateway
import Platform

extension Command {
    static let onboard = Command(
        "onboard", "the whole first setup, one question after another: model, chat, port, access, service",
        notes:
            "It asks on a terminal, with arrow keys or numbers; Esc or < goes back, Ctrl-C ends it and leaves nothing "
            + "behind. All answers are written at once, at the end, a model only when it has answered, a bot only when its "
            + "platform knows it. Done again, it shows what is set and changes what is answered otherwise. Scripts give --non-interactive "
            + "--accept-risk and a flag for each answer. Questions come in English, zh-CN or zh-TW, as OPENCLAW_LOCALE, "
            + "LC_ALL, LC_MESSAGES or LANG say.",
        flags: [
            Flag("--non-interactive", nil, "ask nothing; answers are flags, or what is usual"),
            Flag("--accept-risk", nil, "agents act on this machine, and that is understood"),
            Flag("--mode", "<mode>", "where the gateway runs", kind: .oneOf(["local", "remote"]), default: "local"),
            Flag("--workspace", "<dir>", "where agents work"),
            Flag(
                "--auth-choice", "<choice>", "how a model is reached", kind: .oneOf(AuthChoice.words),
                default: "the one whose key is given"),
            Flag("--model", "<model>", "which model answers", default: "a usual one of the provider"),
            Flag("--custom-provider-id", "<id>", "the name of a server of your own", default: "custom"),
            Flag("--custom-base-url", "<url>", "its address, or that of a local server"),
            Flag("--custom-model-id", "<model>", "the model, as the server calls it"),
            Flag(
                "--custom-compatibility", "<api>", "what the server speaks",
                kind: .oneOf(["openai", "openai-responses", "anthropic"]), default: "openai"),
            Flag("--custom-api-key", "<secret>", "its key: \(SecretArgument.forms)"),
        ] + AuthChoice.keyFlags.map(\.flag) + [
            Flag(
                "--secret-input-mode", "<mode>", "keep a key itself, or the name of its variable",
                kind: .oneOf(["plaintext", "ref"]), default: "plaintext"),
            Flag("--skip-model-test", nil, "write the model without asking it for an answer"),
            Flag("--gateway-port", "<number>", "the gateway's port", kind: .integer(1...65535)),
            Flag(
                "--gateway-bind", "<where>", "who can reach it", kind: .oneOf(BindMode.allCases.map(\.rawValue)),
                default: "loopback"),
            Flag("--gateway-bind-host", "<ip>", "with --gateway-bind custom: which address of this machine"),
            Flag(
                "--gateway-auth", "<kind>", "how clients prove themselves", kind: .oneOf(["token", "password"]),
                default: "token"),
            Flag("--gateway-token", "<secret>", "a token of your own: \(SecretArgument.forms)", default: "a new one"),
            Flag("--gateway-token-ref-env", "<name>", "keep the name of the variable that has the token"),
            Flag("--gateway-password", "<secret>", "with --gateway-auth password, in the same forms"),
            Flag("--watch", "<profile>", "the gateway that this one may look into, to help it (rescue.watch)"),
            Flag("--remote-url", "<url>", "with --mode remote: the gateway's address, ws:// or wss://"),
            Flag("--remote-token", "<secret>", "with --mode remote: its token: \(SecretArgument.forms)"),
            Flag("--remote-password", "<secret>", "with --mode remote: its password"),
            Flag("--install-daemon", nil, "install the service and start it"),
            Flag("--no-install-daemon", nil, "do not"),
            Flag("--skip-daemon", nil, "the same"),
            Flag("--skip-health", nil, "do not wait until the gateway answers"),
            Flag("--skip-bootstrap", nil, "put no files into a new workspace"),
            Flag("--channel", "<name>", "a chat platform: telegram, discord, slack, …", default: "none"),
            Flag("--channel-token-file", "<path>", "with --channel: a file with the bot's token"),
            Flag("--skip-channels", nil, "do not ask for a chat platform"),
            Flag("--skip-skills", nil, "taken and without effect, as are the next three: nothing is asked of it"),
            Flag("--skip-search", nil, "see --skip-skills"),
            Flag("--skip-ui", nil, "see --skip-skills"),
            Flag("--skip-hooks", nil, "see --skip-skills"),
            .json,
        ],
        examples: ["openclaw onboard", "openclaw onboard --non-interactive --accept-risk --auth-choice skip --json"],
        seeAlso: ["configure", "setup", "models test", "gateway status"],
        run: { invocation throws(CommandFailure) in try await OnboardRun(invocation).run() })
}
