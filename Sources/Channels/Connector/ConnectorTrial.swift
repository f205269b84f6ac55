package import Platform
import Settings
import Wire

/// Asks platforms who a bot is, apart from every connection that is in use. That takes nothing out of any queue.
@LoopActor
package struct ConnectorTrial {
    package enum Verdict: Sendable {
        case known(BotIdentity)
        case refused(ConnectorFault)
        /// Something is missing that can be told without asking.
        case incomplete(ChannelProblem)
    }

    /// How long a platform may take.
    package nonisolated static let time = Duration.seconds(15)

    private let environment: Environment
    private let version: String
    private let clock: any Clock
    private let log: Log

    /// Without a log only errors are told, on standard error.
    package init(_ environment: Environment, version: String, clock: any Clock, log: Log? = nil) {
        self.environment = environment
        self.version = version
        self.clock = clock
        self.log = log ?? Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels")
    }

    package func verdict(_ platform: ChannelPlatform, _ settings: AccountSettings) async -> Verdict {
        do throws(ChannelProblem) {
            return try await withConnector(platform, settings) { await self.ask($0) }
        } catch {
            return .incomplete(error)
        }
    }

    /// Lets `body` have a connector of its own.
    package func withConnector<Value>(
        _ platform: ChannelPlatform, _ settings: AccountSettings,
        _ body: @LoopActor (any Connector) async -> Value
    ) async throws(ChannelProblem) -> Value {
        let http = HTTPClient(
            connector: HTTPDialer(proxies: ProxySettings(environment), clock: clock), clock: clock,
            userAgent: "openclaw/\(version)")
        defer { http.close() }
        let make = try platform.connect(settings, ConnectorMeans(http: http, clock: clock, log: log, chance: { 0 }))
        return await body(make())
    }

    /// Once, but not for ever.
    private func ask(_ connector: any Connector) async -> Verdict {
        let answer = Awaited<Verdict>(clock)
        let task = startTask {
            do throws(ConnectorFault) { answer.bring(.known(try await connector.probe())) } catch {
                answer.bring(.refused(error))
            }
        }
        defer { task.cancel() }
        return await answer.wait(until: clock.now + Self.time) ?? .refused(.passing("no answer within \(Self.time)"))
    }
}
