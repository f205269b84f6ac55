import Platform
import Settings

/// How a command gets to its gateway.
@LoopActor
struct GatewayAccess {
    let invocation: Invocation
    let settings: ClientSettings
    private let connector: GatewayConnector

    init(_ invocation: Invocation, _ settings: ClientSettings) {
        self.invocation = invocation
        self.settings = settings
        let world = invocation.surroundings
        connector = GatewayConnector(
            stateDirectory: invocation.instance.stateDirectory, clock: world.clock, resolver: world.resolver,
            dial: world.dial)
    }

    var finder: RouteFinder { RouteFinder(invocation: invocation, settings: settings) }

    /// What `--timeout` allows for connecting, and for each answer.
    var timeout: Duration { invocation.timeout }

    /// Over the first way that leads anywhere. A gateway that answers and refuses is the answer.
    func connect(as role: ClientRole = .cli) async throws(CommandFailure) -> GatewayClient {
        let routes = try finder.routes()
        var tried: [(GatewayRoute, String)] = []
        for route in routes {
            do throws(ClientError) {
                return try await connector.connect(route, as: role, within: timeout)
            } catch .unreachable(let route, let reason) {
                tried.append((route, reason))
            } catch {
                throw error.failure(invocation.program)
            }
        }
        throw await unreachable(tried)
    }

    /// Over this way only.
    func connect(
        _ route: GatewayRoute, as role: ClientRole = .cli, within time: Duration? = nil
    ) async throws(ClientError) -> GatewayClient {
        try await connector.connect(route, as: role, within: time ?? timeout)
    }

    private func unreachable(_ tried: [(GatewayRoute, String)]) async -> CommandFailure {
        var details = tried.map { route, reason in "\(route.name): \(reason.shown)" }
        if let problem = settings.problem { details.append(problem.shown) }
        let isLocal = tried.contains { $0.0.transport == "unix" }
        let instance = invocation.instance
        if isLocal, (try? await MonitorCall(invocation: invocation).ask("failover.status")) != nil {
            // Run by hand it would only be held.
            return CommandFailure(
                .unreachable, "unreachable",
                "no gateway runs for profile \(instance.profile): its failover monitor starts it when it is needed",
                details: details, next: ["\(invocation.program) failover status"])
        }
        return CommandFailure(
            .unreachable, "unreachable",
            isLocal
                ? "no gateway answers for profile \(invocation.instance.profile)"
                : "no gateway answers on \(tried.last?.0.name ?? "any address")",
            details: details,
            next: isLocal ? ["\(invocation.program) gateway status", "\(invocation.program) gateway run"] : [])
    }
}

extension Invocation {
    var timeout: Duration { integer("--timeout").map { .milliseconds($0) } ?? GatewayClient.defaultTimeout }

    /// The way to the gateway that this command is for. With the command line read, and again with the settings read, a
    /// part of the start is over: most of what is resident by then was for it alone.
    @LoopActor
    func access() async -> GatewayAccess {
        StartupPages.releaseNow()
        let settings = await clientSettings()
        StartupPages.releaseNow()
        return GatewayAccess(self, settings)
    }

    /// Connects, lets `body` work, and closes.
    @LoopActor
    func withGateway<Value>(
        _ body: @LoopActor (GatewaySession) async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        let client = try await access().connect()
        defer { client.close() }
        return try await body(GatewaySession(client: client, invocation: self))
    }
}

/// A command's connection to its gateway: errors are the command's already.
@LoopActor
struct GatewaySession {
    let client: GatewayClient
    let invocation: Invocation

    var hello: Hello { client.hello }

    func call(
        _ method: String, _ params: JSON? = nil, within time: Duration? = nil
    ) async throws(CommandFailure) -> JSON {
        do throws(ClientError) {
            return try await client.call(method, params, within: time ?? invocation.timeout)
        } catch {
            throw error.failure(invocation.program)
        }
    }

    /// For methods that ask others in their turn: those have the time, and the gateway a little more to tell.
    func callThrough(_ method: String, _ params: JSON) async throws(CommandFailure) -> JSON {
        var params = params
        params["timeoutMs"] = .int(invocation.timeout.inNanoseconds / 1_000_000)
        return try await call(method, params, within: invocation.timeout + Self.tellingTime)
    }

    nonisolated static let tellingTime = Duration.seconds(5)

    /// For methods that answer twice: the second answer.
    func callForEnd(_ method: String, _ params: JSON?) async throws(CommandFailure) -> JSON {
        do throws(ClientError) {
            return try await client.callForEnd(method, params, within: invocation.timeout)
        } catch {
            throw error.failure(invocation.program)
        }
    }

    /// Nil when the gateway does not say that it can answer this.
    func callIfServed(_ method: String, _ params: JSON? = nil) async -> JSON? {
        guard hello.methods.contains(method) else { return nil }
        return try? await call(method, params)
    }
}

extension Flag {
    static let timeout = Flag(
        "--timeout", "<ms>", "how long to wait for the gateway, in milliseconds", kind: .integer(1...3_600_000),
        default: "10000")

    /// For commands that talk to a gateway.
    static let client: [Flag] = [
        Flag("--url", "<url>", "another gateway's address: ws:// or wss://"),
        Flag("--token", "<secret>", "the token for it: \(SecretArgument.forms)"),
        Flag("--password", "<secret>", "the password for it, in the same forms"),
        .timeout, .json,
    ]
}
