import Channels
import Platform
import Settings
import Wire

extension Command {
    static let channelsAdd = Command(
        "channels add", "set up an account of a chat platform: asks the platform first, then writes the configuration",
        notes: """
            A secret is best given in a file. A token that another gateway of this host uses is refused: each would take the
            other's messages.
            """,
        flags: [
            Flag("--channel", "<name>", "which platform: telegram, discord, slack, irc, …"),
            Flag("--account", "<id>", "which account of it", default: "default"),
            Flag("--token-file", "<path>", "a file with the bot's token"),
            Flag(
                "--set", "<name=value>", "another setting of the account; `@` and a path for a file's content",
                isRepeatable: true),
            Flag("--no-check", nil, "do not ask the platform"), .json,
        ],
        examples: [
            "openclaw channels add --channel telegram --token-file ~/telegram-token",
            "openclaw channels add --channel irc --set host=irc.libera.chat --set nick=molly-bot --set 'channels=[\"#molly\"]'",
        ],
        seeAlso: ["channels status", "channels remove", "pairing list"],
        run: { invocation throws(CommandFailure) in try await ChannelAddition(invocation).add() })

    static let channelsRemove = Command(
        "channels remove", "take an account out of the configuration; what it received and sent stays in the state",
        flags: [
            Flag("--channel", "<name>", "which platform"),
            Flag("--account", "<id>", "which account of it", default: "all of them"),
            .yes, .json,
        ],
        examples: [
            "openclaw channels remove --channel irc",
            "openclaw channels remove --channel telegram --account work --yes",
        ],
        seeAlso: ["channels add", "channels stop", "config restore"],
        run: { invocation throws(CommandFailure) in
            let channel = try invocation.required("--channel").lowercased()
            let account = invocation["--account"]?.lowercased()
            let steps = ["channels", channel] + (account.map { ["accounts", $0] } ?? [])
            let pointer = JSONPointer(steps)
            try invocation.confirm(
                "\(steps.joined(separator: ".").shown) will be taken out of \(invocation.instance.configPath).")
            try await invocation.editConfig { before throws(CommandFailure) in
                guard before.parsed[pointer] != nil else {
                    throw CommandFailure(
                        .notGood, "unknown-channel",
                        "there is no \(steps.joined(separator: ".").shown) in the configuration",
                        next: ["\(invocation.program) channels list"])
                }
                return [.remove(pointer)]
            }
            invocation.changed(
                "\(steps.joined(separator: ".").shown) is removed", undo: "\(invocation.program) config restore",
                json: ["channel": .string(channel)])
            return .good
        })
}

/// One account on its way into the configuration.
@LoopActor
private struct ChannelAddition {
    static let checkTime = Duration.seconds(15)
    /// Bytes of a file with a secret.
    static let secretLimit = 64 << 10

    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    func add() async throws(CommandFailure) -> ExitCode {
        let platform = try platform()
        let name = (invocation["--account"] ?? AccountSettings.defaultName).lowercased()
        let values = try await settings(platform)
        let neighbours = await Neighbours(beside: invocation)
        for (setting, value) in values {
            guard let text = value.string, let user = neighbours.user(of: text) else { continue }
            throw CommandFailure(
                .notGood, "token-taken",
                "\(setting.shown) is used by profile \(user.profile) already (\(user.setting))",
                details: ["each gateway would take the other's messages; give this one an account of its own"],
                next: ["\(invocation.program) channels list"])
        }
        let before = try await invocation.configuration()
        let config = merged(values, platform, name, before.resolved)
        guard
            let account = ChannelSettings(platform, config, environment: { before.environment[$0] })?.accounts
                .first(where: { $0.account.account == name })
        else { throw CommandFailure(.notGood, "no-account", "\(platform.id) has no account \(name.shown)") }
        let identity = try await check(account, platform)
        try await invocation.editConfig { before throws(CommandFailure) in edits(values, platform, name, before.parsed)
        }
        var json: JSON = ["channel": .string(platform.id), "accountId": .string(name)]
        json["bot"] = identity.map { ["id": .string($0.id), "name": .string($0.name)] }
        let words = identity.map { ": the platform knows it as \($0.name.shown)" } ?? ""
        invocation.changed(
            "\(account.account) is set up\(words)",
            undo: "\(invocation.program) channels remove --channel \(platform.id)"
                + (name == AccountSettings.defaultName ? "" : " --account \(name)"), json: json)
        guard !invocation.output.isJSON else { return .good }
        for finding in identity?.findings ?? [] { invocation.output.line("  ▲ \(finding.shown)") }
        invocation.output.command("  Next: write to it, then ", "\(invocation.program) pairing list")
        return .good
    }

    private func platform() throws(CommandFailure) -> ChannelPlatform {
        let name = try invocation.required("--channel").lowercased()
        if let platform = ChannelPlatform.all.first(where: { $0.id == name }) { return platform }
        throw CommandFailure(
            .usage, "usage", "there is no channel \"\(name.shown)\"",
            details: ["one of \(ChannelPlatform.all.map(\.id).joined(separator: ", "))"])
    }

    // MARK: What is given

    private func settings(_ platform: ChannelPlatform) async throws(CommandFailure) -> [(String, JSON)] {
        var values: [(String, JSON)] = []
        if let path = invocation["--token-file"] {
            values.append((platform.tokenSetting, .string(try await content(of: path))))
        }
        for text in invocation.values["--set"] ?? [] {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw .usage("--set: \"\(text.shown)\" is no name=value", hint: "usage: \(invocation.command.usage)")
            }
            values.append((parts[0], try await value(parts[1])))
        }
        return values
    }

    private func value(_ text: String) async throws(CommandFailure) -> JSON {
        if text.hasPrefix("@") { return .string(try await content(of: String(text.dropFirst()))) }
        guard let json = try? JSONParser.parse(Array(text.utf8)) else { return .string(text) }
        return json
    }

    private func content(of path: String) async throws(CommandFailure) -> String {
        let path = invocation.instance.expanded(path)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try await FileReading.read(path, limit: Self.secretLimit)
        } catch {
            throw CommandFailure(.notGood, "no-secret", "the file with the secret cannot be read: \(error)")
        }
        let text = String(decoding: bytes, as: UTF8.self).withoutOuterSpace
        guard !text.isEmpty else { throw CommandFailure(.notGood, "no-secret", "\(path.shown) is empty") }
        return text
    }

    // MARK: Where it goes

    private func merged(
        _ values: [(String, JSON)], _ platform: ChannelPlatform, _ name: String, _ config: JSON
    ) -> JSON {
        var account: JSON = [:]
        for (setting, value) in values { account[setting] = value }
        let section: JSON = name == AccountSettings.defaultName ? account : ["accounts": [:]]
        var own = section
        if name != AccountSettings.defaultName { own["accounts"] = .object(JSONObject([(name, account)])) }
        return ConfigSnapshot.merged(config, ["channels": .object(JSONObject([(platform.id, own)]))])
    }

    private func edits(
        _ values: [(String, JSON)], _ platform: ChannelPlatform, _ name: String, _ parsed: JSON
    ) -> [ConfigEdit] {
        let place = name == AccountSettings.defaultName ? [platform.id] : [platform.id, "accounts", name]
        let base = JSONPointer(["channels"] + place)
        if parsed[base] == nil, values.isEmpty { return [.set(base, [:])] }
        return values.map { .set(base.appending($0.0), $0.1) }
    }

    // MARK: The platform's word

    private func check(
        _ account: AccountSettings, _ platform: ChannelPlatform
    ) async throws(CommandFailure) -> BotIdentity? {
        let clock = invocation.surroundings.clock
        let http = HTTPClient(
            connector: HTTPDialer(proxies: ProxySettings(invocation.environment), clock: clock), clock: clock,
            userAgent: "openclaw/\(Help.version)")
        defer { http.close() }
        let log = Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels")
        let connector: any Connector
        do throws(ChannelProblem) {
            let means = ConnectorMeans(http: http, clock: clock, log: log, chance: { 0 })
            connector = try platform.connect(account, means)()
        } catch {
            throw CommandFailure(
                .notGood, "incomplete", "\(error.setting.shown) \(error.reason)", details: [error.cure],
                next: ["\(invocation.program) channels add --help"])
        }
        guard !invocation.has("--no-check") else { return nil }
        switch await ChannelTrial(clock).ask(connector, within: Self.checkTime) {
        case .success(let identity): return identity
        case .failure(let fault):
            var details: [String] = ["nothing was written; --no-check writes it all the same"]
            if case .lasting(_, let cure) = fault { details.insert(cure, at: 0) }
            throw CommandFailure(
                .notGood, "not-working", "\(platform.facts.label) does not let it in: \(fault.reason.shown)",
                details: details)
        }
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
