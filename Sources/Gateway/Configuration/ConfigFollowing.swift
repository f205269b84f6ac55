import Platform
import Settings

/// Takes over at once what may change while the gateway runs: who may come in, what is served, what the log keeps and
/// must hide. It says in the log what became of each change.
@LoopActor
struct ConfigFollowing {
    static let sections = [
        "gateway.auth", "gateway.trustedProxies", "gateway.allowRealIpFallback", "gateway.allowedHosts",
        "gateway.controlUi", "gateway.nodes", "gateway.http.endpoints", "gateway.http.lenientModel",
    ]
    static let logSections = ["logging.level", "logging.consoleLevel"]

    private let start: GatewayStart
    private let configuration: LiveConfiguration
    private let output: LogOutput
    private let log: Log

    init(_ start: GatewayStart, _ configuration: LiveConfiguration, output: LogOutput) {
        self.start = start
        self.configuration = configuration
        self.output = output
        log = Log(output, subsystem: "config")
    }

    func begin(_ plane: ControlPlane) async {
        let (instance, flags) = (start.instance, start.flags)
        configuration.rules = { (snapshot) throws(ConfigRefusal) in
            _ = try GatewaySettings(snapshot, instance: instance, flags: flags)
        }
        configuration.add(checked: Self.sections) {
            [output] (snapshot) throws(ConfigRefusal) -> LiveConfiguration.Commit in
            let settings = try GatewaySettings(snapshot, instance: instance, flags: flags)
            return {
                output.redaction.register(all: snapshot.secrets.union(settings.secrets))
                plane.entrance.replace(AccessSettings(settings))
                plane.api.settings = settings.http
                plane.page.settings = settings.controlUI
                plane.nodes.registry.policy = NodeCommandPolicy(
                    allow: Set(settings.allowCommands), deny: Set(settings.denyCommands))
            }
        }
        configuration.add(Self.logSections) { [output] snapshot in
            let levels = GatewayLogSettings(snapshot, instance: instance)
            output.setLevels(
                kept: levels.level ?? .error, shown: flags.isVerbose ? .trace : levels.consoleLevel ?? .error)
        }
        configuration.onNews.append { [log] in Self.tell($0, log) }
        await configuration.begin(with: start.snapshot, fallback: start.opening.fallback)
        await configuration.startWatching()
    }

    private static func tell(_ news: LiveConfiguration.Outcome, _ log: Log) {
        if let refusal = news.refusal {
            return log.error(
                "the changed configuration is not used; the gateway goes on with the one it has",
                ["reason": LogValue(refusal)])
        }
        let (taken, left) = (news.taken.joined(separator: ", "), news.left.joined(separator: ", "))
        switch (taken.isEmpty, left.isEmpty) {
        case (true, true): log.info("the configuration changed, and nothing here reads what did")
        case (false, true): log.info("the configuration changed", ["inUse": .text(taken)])
        case (true, false): log.warn("the configuration changed", ["afterARestart": .text(left)])
        case (false, false):
            log.warn("the configuration changed", ["inUse": .text(taken), "afterARestart": .text(left)])
        }
    }
}
