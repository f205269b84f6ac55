package import Platform
import Store
package import Wire

/// One bot in one workspace of Slack.
@LoopActor
package final class SlackConnector: Connector, RouteServing {
    /// In HTTP mode: how often it is asked whether the bot is still let in.
    nonisolated static let interval = Duration.seconds(20)
    /// What the connector makes use of.
    nonisolated static let scopes = [
        "app_mentions:read", "channels:history", "groups:history", "im:history", "mpim:history", "chat:write",
        "reactions:read", "reactions:write", "files:read", "files:write", "im:write", "users:read",
    ]
    nonisolated static let mismatch = ConnectorFault.lasting(
        "the bot token and the app token belong to different apps",
        cure: "take both tokens from the settings of one app: channels.slack.botToken and channels.slack.appToken")

    let settings: SlackSettings
    /// For what is said.
    let speech: SlackAPI
    let clock: any Clock
    /// The conversations that stand for people.
    var conversations: [String: String] = [:]
    let api: SlackAPI
    /// What is being written before people's eyes, and whether Slack lets us.
    var streams = SlackStreams()
    var canStream = true
    private let http: HTTPClient
    let log: Log
    private(set) var receiver: SlackReceiver?
    private var desk: SlackDesk?

    package init(_ settings: SlackSettings, http: HTTPClient, clock: any Clock, log: Log) {
        self.settings = settings
        self.http = http
        self.clock = clock
        self.log = log
        let client = ServiceClient(http, clock)
        api = SlackAPI(settings.apiRoot, client, patience: SlackAPI.patience)
        speech = SlackAPI(settings.apiRoot, client, patience: SlackAPI.longPatience)
    }

    package func run(_ intake: any Intake) async throws(ConnectorFault) {
        let bot = try await identify()
        let cursor = try await intake.enter(bot.identity)
        let receiver = SlackReceiver(bot.reader, intake, cursor: cursor, clock, log)
        self.receiver = receiver
        let history = SlackHistory(api, settings.userToken ?? settings.botToken, clock)
        switch settings.mode {
        case .http: try await listen(receiver, history)
        case .socket:
            let sockets = SlackSockets(receiver, history, app: bot.app, clock) { [self] changed in
                SlackLink(api, settings.appToken ?? "", http, clock, receiver, changed: changed)
            }
            try await sockets.run()
        }
    }

    package func probe() async throws(ConnectorFault) -> BotIdentity {
        let bot = try await identify()
        guard settings.mode == .socket else { return bot.identity }
        do throws(SlackTrouble) {
            // The address is good for one socket, and ends by itself if none is opened.
            _ = try await api.call("apps.connections.open", settings.appToken ?? "")
        } catch {
            throw error.fault
        }
        return bot.identity
    }

    // MARK: Who we are

    private struct Bot {
        let identity: BotIdentity
        let reader: SlackReader
        let app: String?
    }

    private func identify() async throws(ConnectorFault) -> Bot {
        try settings.check()
        let reply: SlackReply
        do throws(SlackTrouble) {
            reply = try await api.call("auth.test", settings.botToken)
        } catch {
            throw error.fault
        }
        guard let user = reply.json["user_id"]?.string, SlackID.isValid(user) else {
            throw .passing("Slack does not say who the bot is")
        }
        let bot = reply.json["bot_id"]?.string
        var identity = BotIdentity(id: user, name: reply.json["user"]?.string ?? user)
        identity.findings = Self.findings(reply, isBot: bot != nil)
        let app = settings.mode == .socket ? await app(of: bot, reply) : nil
        if let app, let other = settings.appOfToken, app != other { throw Self.mismatch }
        let reader = SlackReader(botUser: user, botID: bot, team: reply.json["team_id"]?.string)
        return Bot(identity: identity, reader: reader, app: app)
    }

    /// Slack says it if it may; nobody is kept from working by its silence.
    private func app(of bot: String?, _ reply: SlackReply) async -> String? {
        if let app = (reply.json["app_id"] ?? reply.json["api_app_id"])?.string { return app }
        guard let bot else { return nil }
        let more = try? await api.call("bots.info", settings.botToken, form: ["bot": bot])
        return more?.json["bot"]?["app_id"]?.string
    }

    static func findings(_ reply: SlackReply, isBot: Bool) -> [String] {
        var findings: [String] = []
        if !isBot {
            findings.append("the token is a person's: set channels.slack.botToken to one that begins with xoxb-")
        }
        if let given = reply.fields["x-oauth-scopes"] {
            let names = given.split(separator: ",").map { $0.filter { $0 != " " } }
            let missing = scopes.filter { !names.contains($0) }
            if !missing.isEmpty {
                findings.append(
                    "scopes are missing: \(missing.joined(separator: ", ")); add them under OAuth & Permissions and "
                        + "install the app again")
            }
        }
        return findings
    }

    // MARK: HTTP mode

    /// What is to be said to a request of Slack's.
    package typealias Answer = RouteAnswer

    /// Slack comes to us; all there is to do is to see that it would.
    private func listen(_ receiver: SlackReceiver, _ history: SlackHistory) async throws(ConnectorFault) {
        desk = SlackDesk(signingSecret: settings.signingSecret ?? "")
        defer { desk = nil }
        do throws(StoreError) {
            try await receiver.beat()
            try await receiver.catchUp(history)
        } catch {
            throw .store(error)
        }
        var failures = 0
        while !Task.isCancelled {
            do throws(StoreError) {
                if failures == 0 { try await receiver.beat() }
            } catch {
                throw .store(error)
            }
            guard await Suspension(clock).wait(until: clock.now + Self.interval) == .deadline else { break }
            do throws(SlackTrouble) {
                _ = try await api.call("auth.test", settings.botToken)
                failures = 0
            } catch {
                failures += 1
                let fault = error.fault
                if case .lasting = fault { throw fault }
                if failures > 1 { throw fault }
            }
        }
        throw .passing("it was stopped")
    }

    /// It is answered when what it brings is on the disk, which Slack gives 3 s.
    package func receive(_ body: [UInt8], _ field: (String) -> String?) async -> Answer {
        let (signature, timestamp) = (field("X-Slack-Signature"), field("X-Slack-Request-Timestamp"))
        let contentType = field("Content-Type")
        guard let desk, let receiver else { return Answer(status: .unavailable, text: "not connected") }
        let verdict = desk.look(
            signature: signature, timestamp: timestamp, contentType: contentType, body: body, now: clock.wall)
        switch verdict {
        case .refused(let reason): return Answer(status: .unauthorized, text: reason)
        case .unreadable(let reason): return Answer(status: .badRequest, text: reason)
        case .challenge(let text): return Answer(status: .ok, text: text)
        case .known: return Answer(status: .ok, text: "")
        case .envelope(let envelope, let event):
            do throws(StoreError) {
                try await receiver.take(envelope)
            } catch {
                log.warn("an event of Slack's was not kept, it will be brought again", ["reason": .text("\(error)")])
                return Answer(status: .unavailable, text: "it was not kept")
            }
            if let event { self.desk?.keep(event) }
            return Answer(status: .ok, text: "")
        }
    }

    /// We wrote in a thread: who goes on there means us.
    func wrote(in chat: String, _ thread: String?) {
        if let thread { receiver?.threads.insert(chat, thread) }
    }
}
