import Models
import Platform
import Wire

extension ModelTrial {
    /// Asks from this program.
    init(_ models: ModelConfiguration, _ invocation: Invocation, timeout: Duration) {
        let clock = invocation.surroundings.clock
        let http = ModelClient.make(
            HTTPDialer(proxies: ProxySettings(invocation.environment), clock: clock), clock: clock,
            userAgent: "openclaw/\(Help.version)")
        self.init(ConfiguredProviders(models, http: http, clock: clock), timeout: timeout, clock: clock)
    }
}
