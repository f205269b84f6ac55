package import Platform
import Store
package import Wire

/// A bot of Discord's. Its gateway brings what happens, and when a session cannot be taken up again, what was said
/// meanwhile is asked for.
@LoopActor
package final class DiscordConnector: Connector {
    /// Connections in a row that led to nothing.
    static let mostFruitless = 3
    /// Discord lets a bot introduce itself once in so long.
    static let identifyPause = Duration.seconds(5)

    let settings: DiscordSettings
    let api: DiscordAPI
    let clock: any Clock
    let log: Log
    var hasToldMenu = false
    /// The direct chats that stand for people.
    var chats: [String: String] = [:]
    var reader = DiscordReader(id: "")
    var place: DiscordPlace
    var past: DiscordPast
    /// When the place was written last, and when what is owed was asked for last.
    var keptAt: Instant
    var settledAt: Instant
    private let http: HTTPClient
    private let chance: @LoopActor () -> Double

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
        place = DiscordPlace(intents: settings.intents)
        past = DiscordPast(api, clock)
        keptAt = clock.now
        settledAt = clock.now
    }

    package func run(_ intake: any Intake) async throws(ConnectorFault) {
        let identity = try await probe()
        reader = DiscordReader(id: identity.id)
        place = DiscordPlace(cursor: try await intake.enter(identity), intents: settings.intents)
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
        let link = try await connection(known)
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
                        if name == "READY" { begin(json, sequence) }
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

    private func connection(_ known: DiscordPlace.Session?) async throws(ConnectorFault) -> DiscordLink {
        guard let known else { return try await link(gateway(introducing: true)) }
        do throws(ConnectorFault) {
            return try await link(known.url)
        } catch {
            log.info("the address for taking a session up again does not answer", ["reason": .text(error.reason)])
            return try await link(gateway(introducing: false))
        }
    }

    private func link(_ address: String) async throws(ConnectorFault) -> DiscordLink {
        try await .open(http, address, isSecure: settings.root.scheme.isSecure, clock, chance: chance())
    }

    private func gateway(introducing: Bool) async throws(ConnectorFault) -> String {
        let json: JSON
        do throws(DiscordTrouble) { json = try await api.get("gateway/bot") } catch { throw error.fault }
        if introducing, json["session_start_limit"]?["remaining"]?.int == 0 {
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

    private func begin(_ json: JSON, _ sequence: Int) {
        place.owe((json["guilds"]?.array ?? []).compactMap { $0["id"]?.string } + [DiscordPlace.direct])
        place.begin(clock.wall)
        past.begin()
        settledAt = clock.now
        tellMenu(json["application"]?["id"]?.string)
        guard let id = json["session_id"]?.string, let url = json["resume_gateway_url"]?.string else { return }
        place.session = .init(id: id, url: url, sequence: sequence)
    }

    /// The session is not to be had (any more).
    private func forget(_ canResume: Bool) async throws(ConnectorFault) {
        if !canResume { place.session = nil }
        guard await Suspension(clock).wait(until: clock.now + Self.identifyPause) == .deadline else {
            throw .passing("it was stopped")
        }
    }
}
