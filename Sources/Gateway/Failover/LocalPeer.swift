import Platform
import Settings
import Wire

/// Another profile on this host, found by what its configuration says.
@LoopActor
final class LocalPeer {
    /// So often its configuration is looked at.
    static let interval = Duration.seconds(60)

    private let profile: String
    private let environment: Environment
    private let clock: any Clock
    private var known: (url: WebURL, at: Instant)?

    init(_ profile: String, environment: Environment, clock: any Clock) {
        self.profile = profile
        self.environment = environment
        self.clock = clock
    }

    func url() async -> WebURL? {
        if let known, clock.now - known.at < Self.interval { return known.url }
        var flags = Instance.Flags()
        flags.profile = profile
        guard let instance = try? Instance(flags: flags, environment: environment) else { return known?.url }
        var (scheme, port) = ("http", instance.port)
        let loader = ConfigLoader(instance, environment: environment, schema: .product)
        if let snapshot = try? await loader.load() {
            if snapshot.bool("gateway.tls.enabled") == true { scheme = "https" }
            if let given = snapshot.integer("gateway.port").flatMap(UInt16.init(exactly:)) { port = given }
        } else if let known {
            // Broken for the moment: it runs where it ran.
            return known.url
        }
        guard let url = try? WebURL("\(scheme)://127.0.0.1:\(port)") else { return nil }
        known = (url, clock.now)
        return url
    }
}
