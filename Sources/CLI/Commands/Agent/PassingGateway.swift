import Gateway
import Platform
import Settings

/// A gateway within this process, for as long as one message takes: the same agents, conversations and rules, on the
/// state that no other gateway holds. It listens on this host only, on a port that is free, and ends with the answer.
@LoopActor
final class PassingGateway {
    private let invocation: Invocation
    private var ready = false
    private var refusal: CommandFailure?
    private var isOver = false
    private let change: Suspension

    init(_ invocation: Invocation) {
        self.invocation = invocation
        change = Suspension(invocation.surroundings.clock)
    }

    /// Runs `body` with a connection to it.
    func serve<Value>(
        _ body: @LoopActor (GatewaySession) async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        let process = GatewayProcess(
            try await prepared(), version: Help.version, log: LogOutput(LogSettings(level: .error)))
        startTask {
            do throws(GatewayRefusal) {
                _ = try await process.run { _ in
                    self.ready = true
                    self.change.wake()
                }
            } catch {
                self.refusal = self.failure(error)
            }
            self.isOver = true
            self.change.wake()
        }
        while !ready, !isOver { _ = await change.wait() }
        if let refusal { throw refusal }
        let outcome: Result<Value, CommandFailure>
        do throws(CommandFailure) {
            outcome = .success(try await connected(body))
        } catch {
            outcome = .failure(error)
        }
        process.end()
        while !isOver { _ = await change.wait() }
        return try outcome.get()
    }

    private func connected<Value>(
        _ body: @LoopActor (GatewaySession) async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        let access = await invocation.access()
        let client: GatewayClient
        do throws(ClientError) {
            // Its own socket, whatever the configuration says of gateways elsewhere.
            client = try await access.connect(access.finder.socket)
        } catch {
            throw error.failure(invocation.program)
        }
        defer { client.close() }
        return try await body(GatewaySession(client: client, invocation: invocation))
    }

    private func prepared() async throws(CommandFailure) -> GatewayStart {
        var flags = Instance.Flags()
        flags.profile = invocation.profileName
        flags.port = "0"
        let instance: Instance
        do throws(SettingsError) {
            instance = try Instance(flags: flags, environment: invocation.environment)
        } catch {
            throw .usage(error.description, hint: "usage: \(invocation.command.usage)")
        }
        var gateway = GatewayFlags()
        gateway.bind = BindMode.loopback.rawValue
        gateway.tailscale = TailscaleMode.off.rawValue
        gateway.allowUnconfigured = true
        do throws(ConfigRefusal) {
            return try await GatewayStart(
                instance, environment: invocation.environment, flags: gateway, isForced: false)
        } catch {
            throw CommandFailure(starting: error)
        }
    }

    private func failure(_ refusal: GatewayRefusal) -> CommandFailure {
        guard refusal.reason == .ownedState else { return CommandFailure(starting: refusal) }
        return CommandFailure(
            .notGood, "gateway-runs", "a gateway runs on this state, and answers itself; drop --local",
            details: refusal.description.split(separator: "\n").dropFirst().prefix(1).map { $0.trimmingPrefix(" ") }
                .map(String.init),
            next: ["\(invocation.program) agent --message 'Hello'"])
    }
}

extension Substring {
    fileprivate func trimmingPrefix(_ character: Character) -> Substring { drop { $0 == character } }
}
