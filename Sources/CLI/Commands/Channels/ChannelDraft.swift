import Channels
import Platform
import Settings
import Wire

/// An account as it would be with some settings more: what is written for it, and whether its platform lets it in.
struct ChannelDraft: Sendable {
    static let checkTime = Duration.seconds(15)

    enum Verdict: Sendable {
        case known(BotIdentity)
        case refused(ConnectorFault)
        /// Something is missing that can be told without asking.
        case incomplete(ChannelProblem)
    }

    let platform: ChannelPlatform
    let name: String
    /// A dot leads into an object.
    var values: [(setting: String, value: JSON)] = []

    init(_ platform: ChannelPlatform, account name: String? = nil) {
        self.platform = platform
        self.name = (name ?? AccountSettings.defaultName).lowercased()
    }

    var account: ChannelAccount { ChannelAccount(channel: platform.id, account: name) }

    /// The flags that mean it in commands.
    var words: String {
        "--channel \(platform.id)" + (name == AccountSettings.defaultName ? "" : " --account \(name)")
    }

    /// Where its settings stand in the file, or are to stand.
    func place(in parsed: JSON) -> JSONPointer {
        let section = JSONPointer(["channels", platform.id])
        let known = parsed[section]?["accounts"]?.object?.members.first { $0.key.lowercased() == name }
        if let known { return JSONPointer(section.tokens + ["accounts", known.key]) }
        return name == AccountSettings.defaultName ? section : JSONPointer(section.tokens + ["accounts", name])
    }

    /// As the configuration has it with the new values, its secrets included. Nil when there is no such account.
    func settings(in config: JSON, _ environment: (String) -> String?) -> AccountSettings? {
        var config = config
        let base = place(in: config)
        if config[base] == nil { config.set(base.tokens, [:]) }
        for (setting, value) in values { config.set(base.appending(dotted: setting).tokens, value) }
        // A file with a token goes before a token.
        if let other = replaced(in: config) { config = config.without(other.tokens) }
        return ChannelSettings(platform, config, environment: environment)?.accounts
            .first { $0.account.account == name }
    }

    func edits(_ parsed: JSON) -> [ConfigEdit] {
        let base = place(in: parsed)
        if parsed[base] == nil, values.isEmpty { return [.set(base, [:])] }
        let changes = values.compactMap { setting, value -> ConfigEdit? in
            let pointer = base.appending(dotted: setting)
            return parsed[pointer] == value ? nil : .set(pointer, value)
        }
        return (replaced(in: parsed).map { [.remove($0)] } ?? []) + changes
    }

    /// The setting that would keep a new token from being used.
    private func replaced(in parsed: JSON) -> JSONPointer? {
        let pointer = place(in: parsed).appending("tokenFile")
        let isNew = values.contains { $0.setting.hasSameBytes(as: platform.tokenSetting) }
        return isNew && parsed[pointer] != nil ? pointer : nil
    }

    /// Whose secret one of the values is already.
    @LoopActor
    func user(among neighbours: Neighbours) -> (setting: String, profile: String, theirs: String)? {
        for (setting, value) in values {
            guard let text = value.string, let user = neighbours.user(of: text) else { continue }
            return (setting, user.profile, user.setting)
        }
        return nil
    }

    /// Asks the platform who it is.
    @LoopActor
    func verdict(_ settings: AccountSettings, _ invocation: Invocation) async -> Verdict {
        do throws(ChannelProblem) {
            return try await withConnector(settings, invocation) { connector in
                switch await ChannelTrial(invocation.surroundings.clock).ask(connector, within: Self.checkTime) {
                case .success(let identity): .known(identity)
                case .failure(let fault): .refused(fault)
                }
            }
        } catch {
            return .incomplete(error)
        }
    }

    /// Lets `body` have a connector of its own.
    @LoopActor
    func withConnector<Value>(
        _ settings: AccountSettings, _ invocation: Invocation, _ body: @LoopActor (any Connector) async -> Value
    ) async throws(ChannelProblem) -> Value {
        let clock = invocation.surroundings.clock
        let http = HTTPClient(
            connector: HTTPDialer(proxies: ProxySettings(invocation.environment), clock: clock), clock: clock,
            userAgent: "openclaw/\(Help.version)")
        defer { http.close() }
        let log = Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels")
        let make = try platform.connect(settings, ConnectorMeans(http: http, clock: clock, log: log, chance: { 0 }))
        return await body(make())
    }
}

/// Asks a platform once, but not for ever.
@LoopActor
struct ChannelTrial {
    private let clock: any Clock

    init(_ clock: any Clock) { self.clock = clock }

    func ask(_ connector: any Connector, within time: Duration) async -> Result<BotIdentity, ConnectorFault> {
        let answer = Awaited<Result<BotIdentity, ConnectorFault>>(clock)
        let task = startTask {
            do throws(ConnectorFault) { answer.bring(.success(try await connector.probe())) } catch {
                answer.bring(.failure(error))
            }
        }
        defer { task.cancel() }
        return await answer.wait(until: clock.now + time) ?? .failure(.passing("no answer within \(time)"))
    }
}

extension JSON {
    /// The same without a value deep inside.
    fileprivate func without(_ path: [String]) -> JSON {
        guard let first = path.first, let inner = self[first] else { return self }
        var copy = self
        copy[first] = path.count == 1 ? nil : inner.without(Array(path.dropFirst()))
        return copy
    }
}
