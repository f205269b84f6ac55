import Gateway
import Settings

/// What is not about one command.
struct HelpTopic: Sendable {
    enum Block: Sendable {
        case text(String)
        case rows([(String, String)])
    }

    let name: String
    let summary: String
    let blocks: [Block]

    static let all: [HelpTopic] = [.profiles, .ports, .exitCodes, .startReasons]

    static let profiles = HelpTopic(
        name: "profiles", summary: "several gateways on one host",
        blocks: [
            .text(
                "A profile is a gateway of its own: configuration, state, workspace, service and ports. Any command "
                    + "takes --profile, before or behind its name."),
            .rows([
                ("openclaw --profile rescue status", "the status of that gateway"),
                ("OPENCLAW_PROFILE=rescue", "the same, from the environment"),
                ("openclaw --dev status", "the profile \"dev\", base port \(Profile.dev.defaultPort)"),
                ("openclaw --profile default status", "the default profile, whatever the environment says"),
                ("openclaw profiles list", "every gateway of this user on this host"),
                ("openclaw --profile rescue onboard", "a second gateway, which can repair the first"),
            ]),
            .rows([
                ("configuration", "~/.openclaw/openclaw.json; of profile <p>: ~/.openclaw-<p>/openclaw.json"),
                ("state", "~/.openclaw; of profile <p>: ~/.openclaw-<p>"),
                ("workspace", "~/.openclaw/workspace; of profile <p>: ~/.openclaw/workspace-<p>"),
            ]),
            .text("OPENCLAW_HOME, OPENCLAW_STATE_DIR and OPENCLAW_CONFIG_PATH move these places by hand."),
        ])

    static let ports = HelpTopic(
        name: "ports", summary: "which ports a gateway uses",
        blocks: [
            .text(
                "The base port is what --port says, else OPENCLAW_GATEWAY_PORT, else gateway.port in the "
                    + "configuration, else \(Profile.default.defaultPort) (dev: \(Profile.dev.defaultPort))."),
            .rows([
                ("base", "all that clients speak: WebSocket, HTTP, pages"),
                ("base + 2", "browser control, on loopback only"),
                ("base + 3", "metrics, on loopback only, with gateway.metrics.enabled"),
                ("base + 11 ... base + 110", "the browsers' debugging ports"),
            ]),
            .text(
                "Base ports of one host are at least 20 apart; 110 where both gateways use browsers. Commands reach "
                    + "their own gateway through a socket in its state directory, which needs no port and no token."),
        ])

    static let exitCodes = HelpTopic(
        name: "exit-codes", summary: "what the process tells its caller",
        blocks: [.rows(ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) })])

    static let startReasons = HelpTopic(
        name: "start-reasons", summary: "why a gateway did not start, for programs",
        blocks: [
            .text(
                "With --json, gateway run says it in one object: error.exitCode, error.reason, error.message, and for "
                    + "some reasons further members of error, named here. Behind exit code 78 starting again does not "
                    + "help."),
            .rows(GatewayRefusal.Reason.allCases.map { ($0.rawValue, $0.meaning) }),
        ])
}

/// What a page of help is about.
enum HelpSubject: Sendable {
    case overview
    case topics
    case topic(HelpTopic)
    case group(CommandGroup)
    case command(Command)
}
