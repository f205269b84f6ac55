package import Platform
import Store
package import Wire

/// A bot of Discord's. Its gateway brings what happens, and when a session cannot be taken up again, what was said
/// meanwhile is asked for.
@LoopActor
package final class DiscordConnector: Connector {
    /// How old the place on the disk may be while nothing is said.
    static let placeAge = Duration.seconds(60)
    /// Connections in a row that led to nothing.
    static let mostFruitless = 3
    /// Discord lets a bot introduce itself once in so long.
    static let identifyPause = Duration.seconds(5)

    let settings: DiscordSettings
    let api: DiscordAPI
    let clock: any Clock
    let log: Log
    /// The direct chats that stand for people.
    var chats: [String: String] = [:]
    private let http: HTTPClient
    private let chance: @LoopActor () -> Double
    private var reader = DiscordReader(id: "")
    private var place = DiscordPlace()
    private var past: DiscordPast
    private var keptAt: Instant

    package init(
        _ settings: DiscordSettings, http: HTTPClient, clock: any Clock, log: Log,
        chance: @escaping @LoopActor () -> Double
    ) {
        self.settings = settings
        self.http = http
        self.clock = clock
        self.log = log
        self.chance = chance
        api = DiscordAPI(settings, http: http, clock: clock)
        past = DiscordPast(api, clock)
        keptAt = clock.now
    }

    package func run(_ intake: any Intake) async throws(ConnectorFault) {
        let identity = try await probe()
        reader = DiscordReader(id: identity.id)
        place = DiscordPlace(cursor: try await intake.enter(identity))
        var fruitless = 0
        while !Task.isCancelled {
            guard fruitless < Self.mostFruitless else { throw .passing("Discord does not let the bot in") }
            fruitless = try await session(intake) ? 0 : fruitless + 1
        }
        throw .passing("it was stopped")
    }

    package func probe() async throws(ConnectorFault) -> BotIdentity {
        do throws(DiscordTrouble) {
            let me = try await api.get("users/@me")
            guard let id = me["id"]?.string, Snowflake(id) != nil else {
                throw .strange("Discord does not say who the bot is", status: 200)
            }
            var identity = BotIdentity(id: id, name: me["username"]?.string ?? id)
            // Without this it would be thrown out as soon as it says what it wants.
            let flags = try await api.get("applications/@me")["flags"]?.int ?? 0
            if settings.readsTexts, flags & (1 << 18 | 1 << 19) == 0 {
                identity.findings.append(
                    "Message Content Intent is off: turn it on, on the app's page Bot, or set intents.messageContent to "
                        + "false")
            }
            return identity
        } catch {
            throw error.fault
        }
    }

    // MARK: Sessions

    /// One connection; returns, when Discord wants another, whether it was of use.
    private func session(_ intake: any Intake) async throws(ConnectorFault) -> Bool {
        let known = place.session
        let address: String
        if let known { address = known.url } else { address = try await gateway() }
        let link = try await DiscordLink.open(
            http, address, isSecure: settings.root.scheme.isSecure, clock, chance: chance())
        defer { link.cut() }
        introduce(link, known)
        var isReady = false
        let deadline = clock.now + DiscordLink.stepTime
        do throws(ConnectorFault) {
            while !Task.isCancelled {
                guard let frame = try await link.next(by: isReady ? nil : deadline) else {
                    throw .passing(isReady ? "it was stopped" : "Discord did not let the bot in in time")
                }
                switch frame {
                case .acknowledged: if isReady { try await beat(intake) }
                case .reconnect:
                    await link.leave()
                    return isReady
                case .invalidSession(let canResume):
                    try await forget(canResume)
                    return false
                case .dispatch(let name, let json, let sequence):
                    place.session?.sequence = sequence
                    if name == "READY" || name == "RESUMED" {
                        isReady = true
                        begin(json, isNew: name == "READY", sequence)
                        try await beat(intake)
                    }
                    link.isHeld = true
                    defer { link.isHeld = false }
                    try await take(name, json, sequence, intake)
                }
            }
        } catch {
            if link.endsSession {
                place.session = nil
                try await keep([], intake)
            }
            throw error
        }
        throw .passing("it was stopped")
    }

    private func gateway() async throws(ConnectorFault) -> String {
        let json: JSON
        do throws(DiscordTrouble) { json = try await api.get("gateway/bot") } catch { throw error.fault }
        if json["session_start_limit"]?["remaining"]?.int == 0 {
            let wait = json["session_start_limit"]?["reset_after"]?.int ?? 60_000
            throw .passing("the bot has introduced itself as often as Discord allows today", after: .milliseconds(wait))
        }
        return json["url"]?.string ?? ""
    }

    private func introduce(_ link: DiscordLink, _ known: DiscordPlace.Session?) {
        if let known {
            link.sequence = known.sequence
            return link.send(
                6,
                [
                    "token": .string(settings.token), "session_id": .string(known.id),
                    "seq": JSON(known.sequence),
                ])
        }
        link.send(
            2,
            [
                "token": .string(settings.token), "intents": JSON(settings.intents),
                "properties": ["os": "linux", "browser": "openclaw", "device": "openclaw"],
            ])
    }

    private func begin(_ json: JSON, isNew: Bool, _ sequence: Int) {
        past.begin(since: isNew ? place.newest : nil, guilds: json["guilds"])
        guard isNew, let id = json["session_id"]?.string, let url = json["resume_gateway_url"]?.string else { return }
        place.session = .init(id: id, url: url, sequence: sequence)
    }

    /// The session is not to be had (any more).
    private func forget(_ canResume: Bool) async throws(ConnectorFault) {
        if !canResume { place.session = nil }
        guard await Suspension(clock).wait(until: clock.now + Self.identifyPause) == .deadline else {
            throw .passing("it was stopped")
        }
    }

    // MARK: Receiving

    private func beat(_ intake: any Intake) async throws(ConnectorFault) {
        intake.beat()
        guard clock.now - keptAt >= Self.placeAge else { return }
        try await keep([], intake)
    }

    private func keep(_ messages: [InboundMessage], _ intake: any Intake) async throws(ConnectorFault) {
        try await intake.keep(messages, cursor: place.cursor)
        keptAt = clock.now
    }

    private func take(
        _ name: String, _ json: JSON, _ sequence: Int, _ intake: any Intake
    ) async throws(ConnectorFault) {
        var message: InboundMessage?
        switch name {
        case "READY":
            // From now on the session can be taken up by another process.
            try await keep([], intake)
            return try await catchUp(place.directChats, guild: nil, intake)
        case "GUILD_CREATE":
            reader.learn(guild: json)
            guard past.wants(guild: json["id"]?.string) else { return }
            let chats = (json["channels"]?.array ?? []) + (json["threads"]?.array ?? [])
            return try await catchUp(past.changed(chats), guild: json["id"]?.string, intake)
        case "CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE": return reader.learn(json)
        case "MESSAGE_CREATE":
            await lookUp(json)
            message = reader.message(json)
            note(json)
        case "MESSAGE_UPDATE": message = reader.edited(json)
        case "MESSAGE_REACTION_ADD": message = reader.reaction(json, added: true, sequence: sequence)
        case "MESSAGE_REACTION_REMOVE": message = reader.reaction(json, added: false, sequence: sequence)
        default: return
        }
        if let message { try await keep([message], intake) }
    }

    private func note(_ json: JSON) {
        guard let id = json["id"]?.string.flatMap(Snowflake.init) else { return }
        place.note(id, directChat: json["guild_id"] == nil ? json["channel_id"]?.string : nil)
    }

    /// A thread that was asleep is not among those that were told.
    private func lookUp(_ json: JSON) async {
        guard json["guild_id"] != nil, let id = json["channel_id"]?.string, Snowflake(id) != nil,
            reader.channels[id] == nil
        else { return }
        if let channel = try? await api.get("channels/\(id)", within: .seconds(5)) { reader.learn(channel) }
    }

    /// What was said in these chats since the last message that was seen, oldest first.
    private func catchUp(_ chats: [String], guild: String?, _ intake: any Intake) async throws(ConnectorFault) {
        guard let since = past.since else { return }
        for chat in chats {
            let found = await past.read(chat)
            let messages = found.messages.compactMap { json -> InboundMessage? in
                var json = json
                json["guild_id"] = guild.map { .string($0) }
                note(json)
                return reader.message(json)
            }
            if !messages.isEmpty { try await keep(messages, intake) }
            guard let lack = found.lack else { continue }
            log.warn("not all that was said meanwhile could be read", ["reason": .text(lack)])
            intake.missed(from: since.time, to: clock.wall)
        }
    }
}
