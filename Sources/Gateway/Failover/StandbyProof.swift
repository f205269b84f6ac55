package import Channels
package import Failover
package import Models
package import Platform
package import Settings
import Wire

/// Why a node could not answer people if it had to now.
package enum StandbyFault: Sendable {
    case configuration(String)
    case noModelChosen
    /// What keeps the models that are chosen from being asked at all.
    case model(ModelProblem, provider: String)
    case noModelAnswers([ModelTrial.Outcome])
    case account(ChannelAccount, ConnectorTrial.Verdict)
    /// Nobody could write to it.
    case noChannel

    /// What the owner is told; nil is that all is well again.
    static func news(_ failure: String?) -> String {
        failure.map { "could not answer if it had to: \($0); openclaw failover check" }
            ?? "could answer again if it had to"
    }

    package var text: String {
        switch self {
        case .configuration(let problem): "the configuration cannot be read: \(problem)"
        case .noChannel: "it has no channel of its own that could be used"
        case .noModelChosen: "no model is chosen: people get answers to commands, and to nothing else"
        case .model(let problem, _): "\(problem)"
        case .noModelAnswers(let outcomes):
            "no model answers: \(outcomes.map { "\($0.model): \($0.words)" }.joined(separator: "; "))"
        case .account(let account, .refused(let fault)): "channels.\(account): \(fault.reason)"
        case .account(_, .incomplete(let problem)): "\(problem.setting) \(problem.reason)"
        case .account(let account, .known): "channels.\(account) works"
        }
    }

    /// It ends only when somebody does something.
    package var isLasting: Bool {
        switch self {
        case .configuration, .noModelChosen, .model, .noChannel, .account(_, .incomplete),
            .account(_, .refused(.lasting)):
            true
        case .noModelAnswers(let outcomes): outcomes.allSatisfy(\.isLasting)
        case .account: false
        }
    }

    /// The same for the same trouble, in whatever words.
    var key: String {
        let subject =
            switch self {
            case .noModelChosen, .model, .noModelAnswers: "model"
            case .account(let account, _): "\(account)"
            case .configuration: "configuration"
            case .noChannel: "channel"
            }
        return isLasting ? "\(subject), lasting" : subject
    }
}

/// Whether this node could answer people: a model is asked for one word, and each platform who the bot is. No message is
/// taken from anywhere.
@LoopActor
package struct StandbyProof {
    private static let modelTime = Duration.seconds(20)
    /// For fetching secrets before what failed is told.
    static let secretsTime = Duration.seconds(30)

    private let settings: FailoverSettings
    private let environment: Environment
    private let version: String
    private let platforms: [ChannelPlatform]
    private let clock: any Clock
    private let log: Log?

    package init(
        _ settings: FailoverSettings, environment: Environment, version: String,
        platforms: [ChannelPlatform] = ChannelPlatform.all, clock: any Clock, log: Log? = nil
    ) {
        self.settings = settings
        self.environment = environment
        self.version = version
        self.platforms = platforms
        self.clock = clock
        self.log = log
    }

    /// All that is in the way; none when it could.
    package func faults(_ snapshot: ConfigSnapshot) async -> [StandbyFault] {
        let model = await modelFault(snapshot)
        // Beside the profile that it watches its channels are in use all the time, and show by themselves what works.
        return [model].compactMap { $0 } + (settings.mode == .split ? await channelFaults(snapshot) : [])
    }

    /// One real request, the smallest there is, to each model in their order until one answers. Offline it is only looked
    /// whether one could be asked.
    package func modelFault(_ snapshot: ConfigSnapshot, isOffline: Bool = false) async -> StandbyFault? {
        let models = ModelConfiguration(snapshot)
        guard let choice = models.defaultChoice else { return .noModelChosen }
        let (candidates, left) = models.candidates(choice)
        if let problem = left.first, candidates.isEmpty { return .model(problem, provider: choice.primary.provider) }
        guard !isOffline else { return nil }
        let http = ModelClient.make(
            HTTPDialer(proxies: ProxySettings(environment), clock: clock), clock: clock,
            userAgent: "openclaw/\(version)")
        defer { http.close() }
        let trial = ModelTrial(
            ConfiguredProviders(models, http: http, clock: clock), timeout: Self.modelTime, clock: clock)
        var failures: [ModelTrial.Outcome] = []
        for candidate in candidates {
            for profile in candidate.profiles {
                let outcome = await trial.ask(candidate, profile)
                if outcome.isGood { return nil }
                failures.append(outcome)
            }
        }
        return .noModelAnswers(failures)
    }

    /// Asks each platform that this node would serve who the bot is.
    package func channelFaults(_ snapshot: ConfigSnapshot) async -> [StandbyFault] {
        let release = settings.role == .primary ? ChannelRelease.all : ChannelRelease(listed: settings.channels)
        let trial = ConnectorTrial(environment, version: version, clock: clock, log: log)
        var faults: [StandbyFault] = []
        var isThere = false
        for platform in platforms where release.includes(platform.id) {
            let section = ChannelSettings(platform, snapshot.resolved) { snapshot.environment[$0] }
            for account in section?.accounts ?? [] where account.isEnabled {
                isThere = true
                let verdict = await trial.verdict(platform, account)
                if case .known = verdict { continue }
                faults.append(.account(account.account, verdict))
            }
        }
        if !isThere, settings.role == .standby, settings.mode == .split { faults.append(.noChannel) }
        return faults
    }
}

extension ModelTrial.Outcome {
    fileprivate var isLasting: Bool {
        guard let error else { return true }
        return [.badKey, .billing, .unknownModel, .badRequest].contains(error.kind)
    }
}
