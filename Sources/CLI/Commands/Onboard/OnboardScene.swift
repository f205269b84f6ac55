import Gateway
import Models
import Platform
import Settings
import Supervision
import Wire

/// What stands already, looked at once before the first question.
@LoopActor
struct OnboardScene {
    static let shortestSecret = 16

    let invocation: Invocation
    let snapshot: ConfigSnapshot
    let models: ModelConfiguration
    let neighbours: Neighbours
    /// There is a service manager, and this user may have a service of his own.
    let canInstall: Bool
    /// This profile's own gateway runs.
    let isRunning: Bool
    private let isFree: (PortPlan) -> Bool

    init(_ invocation: Invocation) async throws(CommandFailure) {
        self.invocation = invocation
        snapshot = try await invocation.configuration(.all)
        models = ModelConfiguration(snapshot)
        neighbours = await Neighbours(beside: invocation)
        let desk = ServiceDesk(invocation)
        let condition = await desk.found().state.condition
        canInstall = if case .noManager = condition { false } else { !desk.isRoot }
        isRunning = ProcessQuery(invocation: invocation).process != nil
        isFree = { PortTrial.taken($0) == nil }
    }

    var instance: Instance { invocation.instance }
    var configName: String { instance.shown(instance.configPath) }

    /// The gateway that a rescue gateway could watch over, and was not told about yet.
    var watchable: String? {
        guard "\(instance.profile)" == "rescue", snapshot.given("rescue.watch") == nil,
            snapshot.given("failover") == nil
        else { return nil }
        return neighbours.main?.name
    }

    // MARK: Ports

    /// What the file says, else what holds without it.
    var presentPort: UInt16 {
        snapshot.given("gateway.port")?.int.flatMap { UInt16(exactly: $0) } ?? instance.profile.defaultPort
    }

    /// The port that is proposed: the present one where it is set or in use, else one with nothing in the way.
    var proposedPort: UInt16 {
        if snapshot.given("gateway.port") != nil || isRunning { return presentPort }
        return neighbours.proposal(isFree: isFree) ?? presentPort
    }

    enum PortProblem: Equatable {
        case near(name: String, port: UInt16, free: UInt16?)
        case taken(UInt16, free: UInt16?)
    }

    /// Why a port is of no use; nil when it is. The one that is set already is not tried: this gateway may have it.
    func problem(_ port: UInt16) -> PortProblem? {
        if let other = neighbours.conflict(port) {
            let distance = max(port, other.port) - min(port, other.port)
            // Browser ranges that touch are allowed where somebody set them so.
            if distance < PortPlan.leastDistance || port != presentPort {
                return .near(name: other.name, port: other.port, free: neighbours.proposal(isFree: isFree))
            }
        }
        if isRunning, port == ProcessQuery(invocation: invocation).port ?? presentPort { return nil }
        guard let taken = PortTrial.taken(PortPlan(base: port)) else { return nil }
        return .taken(taken, free: neighbours.proposal(isFree: isFree))
    }

    /// What is written: nothing where the port is the profile's own anyway.
    func written(_ port: UInt16) -> UInt16? {
        snapshot.given("gateway.port") == nil && port == instance.profile.defaultPort ? nil : port
    }

    // MARK: Secrets

    var hasAuthentication: Bool {
        ["token", "password", "mode"].contains { snapshot.config["gateway"]?["auth"]?[$0] != nil }
    }

    func user(of secret: String) -> (profile: String, setting: String)? { neighbours.user(of: secret) }

    // MARK: Models

    /// Providers that need a key and have one in a variable of this shell, which a service would not see.
    var found: [(provider: String, variable: String, key: String)] {
        WellKnown.providers.filter(\.needsKey).compactMap { known in
            for profile in models.providers[known.id]?.profiles ?? [] {
                guard let key = profile.key, invocation.environment[profile.source] == key else { continue }
                return (known.id, profile.source, key)
            }
            return nil
        }
    }

    /// The models of a server on this machine; nil when none answers there.
    func served(_ provider: String) async -> [String]? {
        guard let settings = models.providers[provider] else { return nil }
        return await ModelListing.ask(settings.base, key: nil, clock: invocation.surroundings.clock)
    }

    /// One real completion, with exactly the key that was given.
    func trial(_ answer: ModelAnswer) async -> ModelTrial.Outcome {
        var config = snapshot.resolved
        var provider = config["models"]?["providers"]?[answer.provider] ?? .object(JSONObject())
        if let base = answer.baseURL { provider["baseUrl"] = .string(base) }
        if let api = answer.api { provider["api"] = .string(api) }
        if let secret = answer.secret { provider["apiKey"] = .string(secret) }
        config.set(["models", "providers", answer.provider], provider)
        // A key that was given is tried alone: one in a variable must not answer in its place.
        let environment = snapshot.environment
        let hasOwn = answer.secret != nil
        let models = ModelConfiguration(config) { hasOwn ? nil : environment[$0] }
        let (candidates, left) = models.candidates(ModelChoice(primary: answer.reference))
        guard let candidate = candidates.first, let profile = candidate.profiles.first else {
            let problem = (left + models.problems).first { $0.setting.contains(answer.provider) }
            return ModelTrial.Outcome(
                model: answer.reference, profile: "", reason: problem?.message ?? "its provider is not configured")
        }
        return await ModelTrial(models, invocation, timeout: Self.trialTime).ask(candidate, profile)
    }

    /// A model on one's own machine is loaded first.
    private static let trialTime = Duration.seconds(60)
}

/// Which models a server has, by the OpenAI protocol's own list, which Ollama and LM Studio speak too.
@LoopActor
enum ModelListing {
    static let time = Duration.seconds(3)
    private static let bytes = 1 << 20

    static func ask(_ base: WebURL, key: String?, clock: any Clock) async -> [String]? {
        let client = HTTPClient(connector: HTTPDialer(clock: clock), clock: clock)
        defer { client.close() }
        guard let url = try? base.appending(path: "models") else { return nil }
        var request = HTTPClientRequest(.get, url)
        if let key { request.fields.set("Authorization", "Bearer \(key)") }
        request.bodyLimit = bytes
        request.deadlines.total = time
        guard let response = try? await client.send(request), response.status == .ok,
            let body = try? await response.body.collect(limit: bytes), let json = try? JSONParser.parse(body.span)
        else { return nil }
        return json["data"]?.array?.compactMap { $0["id"]?.string }.filter { $0 == $0.shown }
    }
}

extension JSON {
    /// Sets a value deep inside, with objects around it where there are none.
    mutating func set(_ path: [String], _ value: JSON) {
        guard let first = path.first else {
            self = value
            return
        }
        var inner = self[first] ?? .object(JSONObject())
        inner.set(Array(path.dropFirst()), value)
        if object == nil { self = .object(JSONObject()) }
        self[first] = inner
    }
}
