import Agents
import Platform
import Settings
import Store
import Wire

/// Webhooks that come in and events that go out, put together.
@LoopActor
final class HookServices {
    let routes: HookRoutes
    let events: EventHooks
    private let ledger: HookLedger

    /// What of the gateway they are for.
    struct Scene {
        let entrance: Entrance
        let agents: AgentServices
        let heartbeats: HeartbeatService
        let waiting: SystemEvents
        let sender: ChannelSender
        let environment: Environment
    }

    init(_ scene: Scene, userAgent: String, clock: any Clock, log: Log) {
        let environment = scene.environment
        let transform = HookTransform(runner: ChildProcess(clock: clock), environment: environment)
        ledger = HookLedger(clock: clock, log: log)
        let runs = HookRuns(
            scene.agents, heartbeats: scene.heartbeats, events: scene.waiting, sender: scene.sender, log: log)
        routes = HookRoutes(
            scene.entrance, runs: runs, ledger: ledger, transform: transform, clock: clock, log: log)
        let dialer = HTTPDialer(proxies: ProxySettings(environment), clock: clock)
        events = EventHooks(
            runner: ChildProcess(clock: clock),
            http: HTTPClient(connector: dialer, clock: clock, userAgent: userAgent),
            variables: transform.variables, clock: clock, log: log)
    }

    /// Takes over what a configuration says (`hooks`).
    func take(_ snapshot: ConfigSnapshot) {
        routes.take(HookSettings(snapshot))
        events.take(snapshot)
    }

    /// Takes up what was done before, and hears of sessions from now on.
    func open(_ store: Store, _ shelf: SessionShelf?) async throws(StoreError) {
        try await ledger.load(store)
        shelf?.listeners.append(events)
    }

    /// This gateway's part in a pair is another one: `watching`, `active`, …
    func failoverChanged(to word: String, _ context: JSONObject = JSONObject()) {
        events.happened("failover:\(word)", context)
    }

    /// Says that the gateway ends, and returns when that is told.
    func drain(reason: String, restartExpected: Duration?) async {
        var context = JSONObject([("reason", .string(reason))])
        if let restartExpected {
            context["restartExpectedMs"] = .int(restartExpected.inNanoseconds / 1_000_000)
            events.happened("gateway:pre-restart", context)
        }
        events.happened("gateway:shutdown", context)
        await events.drain()
    }
}
