import Models
import Platform
import Support
import Testing

@testable import Agents

/// Runs with scripted models, sessions in memory and a clock that the test moves.
@LoopActor
final class RunBench {
    static let main = SessionKey.main("main")

    let clock: FakeClock
    let sessions: MemorySessions
    let models: ScriptedModels
    let tools = ScriptedTools()
    let roster: AgentRoster
    let desk: ModelDesk
    let facts = ScriptedFacts()
    let runs: AgentRuns
    let watcher = Watcher()
    private var count = 0

    /// `chain`: the models of the default agent, in their order; none for no model at all.
    /// `shelf`: sessions on a disk in the place of those in memory.
    init(
        _ steps: [String: [ScriptedModels.Step]], chain: [String] = ["a"], _ extra: String = "",
        on shelf: ShelfBench? = nil
    ) throws {
        clock = shelf?.clock ?? FakeClock()
        let configuration = try RunBench.configuration(chain, extra)
        let models = ScriptedModels(steps, clock: clock)
        self.models = models
        sessions = MemorySessions(clock)
        roster = AgentRoster(defaultID: "main", workspace: "/work")
        roster.take(configuration)
        desk = ModelDesk(
            ModelConfiguration(configuration, environment: { _ in nil }), clock: clock, sources: { _ in models })
        let services = TurnServices(
            roster: roster, sessions: shelf?.shelf ?? sessions, models: desk, tools: tools,
            prompts: PlainSystemPrompt(roster: roster, clock: clock), program: "openclaw", clock: clock)
        runs = AgentRuns(services, commands: CommandDesk(services, facts: facts, sessions: sessions))
        runs.watch(watcher)
    }

    private static func reference(_ name: String) -> String { name.contains("/") ? name : "p/\(name)" }

    /// Providers `p` and `q` without a key, and what `extra` adds at the top level. A model of `q` is written `q/name`.
    static func configuration(_ chain: [String], _ extra: String) throws -> JSON {
        let providers = ["p", "q"].map { provider in
            let models = chain.filter { $0.hasPrefix("q/") == (provider == "q") }.map {
                "{ id: '\($0.split(separator: "/").last ?? "")', contextWindow: 100000 }"
            }
            return "\(provider): { baseUrl: 'http://127.0.0.1:1/v1', models: [\(models.joined(separator: ", "))] }"
        }
        let text = "{ models: { providers: { \(providers.joined(separator: ", ")) } }, \(extra) }"
        var json = try JSON5Document(text).value
        if let first = chain.first {
            var agents = json["agents"] ?? [:]
            var defaults = agents["defaults"] ?? [:]
            defaults["model"] = [
                "primary": .string(Self.reference(first)),
                "fallbacks": .array(chain.dropFirst().map { .string(Self.reference($0)) }),
            ]
            agents["defaults"] = defaults
            json["agents"] = agents
        }
        return json
    }

    func request(
        _ text: String, id: String? = nil, key: SessionKey = main, isOwner: Bool = true,
        _ change: (inout RunRequest) -> Void = { _ in }
    ) -> RunRequest {
        count += 1
        var request = RunRequest(
            id: id ?? "r\(count)", sessionKey: key, message: [.text(text)], origin: RunOrigin(channel: "webchat"),
            isOwner: isOwner)
        change(&request)
        return request
    }

    /// Sends and follows.
    func send(
        _ text: String, id: String? = nil, key: SessionKey = main, isOwner: Bool = true,
        _ change: (inout RunRequest) -> Void = { _ in }
    ) throws -> Follower {
        let follower = Follower()
        _ = try runs.start(request(text, id: id, key: key, isOwner: isOwner, change), observer: follower)
        return follower
    }

    /// Sends and waits for the end, letting waits of the run pass.
    func ask(_ text: String, isOwner: Bool = true, _ change: (inout RunRequest) -> Void = { _ in }) async throws
        -> RunResult
    {
        let follower = try send(text, isOwner: isOwner, change)
        return try await end(of: follower)
    }

    func end(of follower: Follower, steps: Int = 200) async throws -> RunResult {
        for _ in 0..<steps where follower.result == nil {
            for _ in 0..<8 where follower.result == nil { await clock.settle() }
            if follower.result == nil { await clock.advance(by: .milliseconds(500)) }
        }
        return try #require(follower.result, "the run hangs")
    }

    func words(_ key: SessionKey = main) -> [String] { sessions.words(key) }
}

/// Keeps what a run tells.
@LoopActor
final class Follower: RunObserver {
    private(set) var events: [RunEvent] = []
    /// Held up here, as by a slow reader.
    var gate: Suspension?

    func take(_ event: RunEvent) async {
        events.append(event)
        if let gate { _ = await gate.wait() }
    }

    var result: RunResult? {
        for case .finished(let result) in events { return result }
        return nil
    }

    var text: String { events.map { if case .text(let text) = $0 { text } else { "" } }.joined() }

    /// The names of events, in order.
    var words: [String] {
        events.map { event in
            switch event {
            case .started: "started"
            case .answering(let model): "answering \(model)"
            case .text(let text): "text \(text)"
            case .thinking(let text): "thinking \(text)"
            case .toolStarted(_, let name, _): "tool \(name)"
            case .toolProgress(_, _, let report): "progress \(report)"
            case .toolEnded(_, _, let output): "tool end\(output.isError ? " error" : "")"
            case .compactionStarted: "compaction"
            case .compactionEnded(let willRetry): "compaction end \(willRetry)"
            case .finished(let result): "finished \(result.word)"
            }
        }
    }
}

/// Hears of all runs.
@LoopActor
final class Watcher: RunWatching {
    private(set) var accepted: [String] = []
    private(set) var finished: [String] = []

    func accepted(_ run: RunFacts) { accepted.append(run.id) }

    func take(_ event: RunEvent, of run: RunFacts) async {
        if case .finished = event { finished.append(run.id) }
    }
}

extension RunResult {
    var word: String {
        switch ending {
        case .answered(let finish): "answered \(finish.openAIName)"
        case .clientTools(let calls): "client tools \(calls.map(\.name))"
        case .aborted(let reason): "aborted \(reason)"
        case .failed(let failure): "failed \(failure)"
        }
    }
}

/// Tools that do as the test says.
@LoopActor
final class ScriptedTools: ToolProviding {
    var all: [any Tool] = []

    func tools(for context: ToolContext, model: ModelReference?) -> [any Tool] { all }

    func add(
        _ name: String,
        _ body: @escaping @LoopActor @Sendable (ToolInvocation) async throws(CancellationError) -> ToolOutput
    ) {
        all.append(ScriptedTool(name, body))
    }
}

struct ScriptedTool: Tool {
    let definition: ToolDefinition
    let group = "test"
    let body: @LoopActor @Sendable (ToolInvocation) async throws(CancellationError) -> ToolOutput

    init(
        _ name: String,
        _ body: @escaping @LoopActor @Sendable (ToolInvocation) async throws(CancellationError) -> ToolOutput
    ) {
        definition = ToolDefinition(name: name, description: name, parameters: ["type": "object"])
        self.body = body
    }

    func run(_ call: ToolInvocation) async throws(CancellationError) -> ToolOutput { try await body(call) }
}

/// A gateway as commands see it.
@LoopActor
final class ScriptedFacts: OperatorFacts {
    var state = GatewayState(
        version: "2026.1.0", profile: "default", processID: 42, uptime: .seconds(3700), failing: [], clients: 2,
        residentBytes: 20 << 20, configPath: "/state/openclaw.json", stateDirectory: "/state", logPath: "/state/log",
        logFailure: nil, off: [])
    var settings: [String: JSON] = [:]
    var pendingApprovals: [(id: String, command: String)] = []
    var lines: [String] = []

    func setting(_ path: String) async throws(CommandRefusal) -> JSON? { settings[path] }

    func change(_ path: String, to value: String?) async throws(CommandRefusal) -> String {
        settings[path] = value.map { .string($0) }
        return "Written."
    }

    func restart(by who: String) async throws(CommandRefusal) -> String { "Restart asked for by \(who)." }

    func logLines(_ count: Int) async -> [String] { Array(lines.suffix(count)) }

    func approve(_ id: String, _ decision: String, by who: String) throws(CommandRefusal) -> String {
        guard pendingApprovals.contains(where: { $0.id == id }) else { throw CommandRefusal("unknown") }
        return "\(decision): \(id) by \(who)"
    }
}
