import Platform
import Support
import Testing
import Wire

@testable import Channels

/// A service that answers by paths, and connectors of every platform that talk to it.
@LoopActor
final class FileBench {
    let clock = FakeClock()
    let scratch = ScratchDirectory()
    private(set) var service: FakeService!
    /// What requests are answered with whose path begins so: the first that fits.
    var answers: [(start: String, status: HTTPStatus, fields: HTTPFields, body: String)] = []

    init() {
        service = FakeService(clock) { [unowned self] exchange, _ in
            let path = exchange.request.path
            guard let found = answers.first(where: { path.hasPrefix($0.start) }) else {
                return exchange.respond(json: ["error": "nothing is here"], .notFound)
            }
            exchange.respond(HTTPResponse(found.status, fields: found.fields, body: Array(found.body.utf8)))
        }
        scratch.write("hello, file", to: "a.txt")
    }

    func on(_ start: String, _ status: HTTPStatus = .ok, _ fields: HTTPFields = [:], _ body: String) {
        answers.append((start, status, fields, body))
    }

    private var log: Log { Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels") }

    func telegram() throws -> TelegramConnector {
        let settings = TelegramSettings(
            ChannelAccount(channel: "telegram"), path: "channels.telegram", token: .text("123:secret"),
            root: try WebURL("https://telegram.test"))
        return TelegramConnector(settings, TelegramBots(), http: service.client(), clock: clock, log: log)
    }

    func discord() throws -> DiscordConnector {
        let settings = DiscordSettings(token: "secret", root: try WebURL("https://discord.test/api/v10"))
        return DiscordConnector(settings, http: service.client(), clock: clock, log: log, chance: { 0 })
    }

    func slack() -> SlackConnector {
        let settings = SlackSettings(
            botToken: "xoxb-secret", appToken: "xapp-1-A1-x", apiRoot: "https://slack.test/api")
        return SlackConnector(settings, http: service.client(), clock: clock, log: log)
    }

    /// Logged in.
    func rocketChat(_ base: String = "https://chat.test") async throws -> RocketChatConnector {
        let settings = RocketChatSettings(
            baseURL: try WebURL(base), credentials: .token(userID: "bot", authToken: "secret"))
        let connector = RocketChatConnector(settings, http: service.client(), clock: clock, log: log)
        on(try WebURL(base).appending(path: "api/v1/me").path, .ok, [:], #"{"_id":"bot","success":true}"#)
        _ = try await connector.probe()
        return connector
    }

    /// Logged in.
    func matrix() async throws -> MatrixConnector {
        let settings = MatrixSettings(homeserver: try WebURL("https://hs.test"), credentials: .token("secret"))
        let connector = MatrixConnector(settings, http: service.client(), clock: clock, log: log)
        on("/_matrix/client/v3/account/whoami", .ok, [:], #"{"user_id":"@molly:hs.test"}"#)
        on("/_matrix/client/v3/rooms/%21r/state", .notFound, [:], #"{"errcode":"M_NOT_FOUND","error":"none"}"#)
        _ = try await connector.probe()
        return connector
    }

    /// Fetches to `got`; nil when it is there.
    func fetch(_ source: any MediaSource, _ reference: String, limit: Int = 100) async -> MediaTrouble? {
        let task = startTask { [scratch] () -> MediaTrouble? in
            do throws(MediaTrouble) {
                try await source.fetch(
                    .init(kind: "file", reference: reference), to: scratch.path("got"), limit: limit)
                return nil
            } catch {
                return error
            }
        }
        return (try? await task.value) ?? nil
    }

    var got: String? { scratch.read("got") }

    /// Paths that were asked for since the last time, with the fields of the requests.
    func asked(_ start: String) -> [HTTPRequest] { service.heads.filter { $0.path.hasPrefix(start) } }

    /// Bodies that were sent there, as text.
    func bodies(_ start: String) -> [String] {
        service.requests.filter { $0.path.hasPrefix(start) }.map { String(decoding: $0.body, as: UTF8.self) }
    }

    func message(
        _ text: String, _ file: String = "a.txt", type: MediaType = .text, chat: String = "7", document: Bool = false,
        voice: Bool = false
    ) -> OutboundMessage {
        var message = OutboundMessage(ChatAddress(ChannelAccount(channel: "x"), chat: chat), text: text)
        message.media = .init(
            name: file, type: type.rawValue, path: scratch.path(file), isDocument: document, isVoice: voice)
        return message
    }
}

func withFiles(_ body: @escaping @LoopActor @Sendable (FileBench) async throws -> Void) async throws {
    try await onLoop {
        let bench = FileBench()
        defer { bench.service.end() }
        try await body(bench)
    }
}
