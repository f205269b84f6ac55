import Platform
import Wire

/// Discord's REST API. What it says of its limits is kept, so that no request is made that would be turned away.
@LoopActor
final class DiscordAPI {
    private static let mostBuckets = 500

    let settings: DiscordSettings
    let client: ServiceClient
    private let clock: any Clock
    /// When a route may be asked again.
    private var shut: [String: Instant] = [:]
    private var everythingShut: Instant?

    init(_ settings: DiscordSettings, http: any HTTPFetching, clock: any Clock) {
        self.settings = settings
        client = ServiceClient(http, clock)
        self.clock = clock
    }

    func get(
        _ path: String, _ query: KeyValuePairs<String, String> = [:], within time: Duration = .seconds(10)
    ) async throws(DiscordTrouble) -> JSON {
        try await call(.get, path, nil, query, route: path, time)
    }

    /// `route` names what is limited together; by itself it is the path.
    func call(
        _ verb: HTTPMethod, _ path: String, _ body: JSON?, _ query: KeyValuePairs<String, String> = [:],
        route: String? = nil, form: MultipartForm? = nil, _ time: Duration = .seconds(30)
    ) async throws(DiscordTrouble) -> JSON {
        let route = route ?? "\(verb) \(path)"
        if let until = [everythingShut, shut[route]].compactMap({ $0 }).max(), until > clock.now {
            throw .slow(until - clock.now, everywhere: everythingShut.map { $0 > clock.now } ?? false)
        }
        guard HTTPFields.isValid(value: settings.token),
            let url = try? settings.root.appending(path: path).appending(query: query)
        else { throw .refused(401, 0, "the token cannot be one") }
        var request = HTTPClientRequest(
            verb, url,
            fields: [
                "Authorization": "Bot \(settings.token)", "User-Agent": "DiscordBot (https://docs.openclaw.ai, 2026)",
            ])
        request.deadlines.firstByte = time
        request.deadlines.total = time * 2
        if let form {
            request.set(form)
            request.allowForSize()
        } else if let body {
            request.set(body)
        }
        let answer: ServiceAnswer
        do throws(ServiceTrouble) { answer = try await client.ask(request) } catch { throw .network(error) }
        note(answer, route)
        if answer.status == 204 { return .null }
        if answer.status == 429 { throw slow(answer, route) }
        guard let json = answer.json else {
            throw .strange("\(url.peer) answered with HTTP \(answer.status) and no JSON", status: answer.status)
        }
        if answer.isGood { return json }
        throw .refused(
            answer.status, json["code"]?.int ?? 0, (json["message"]?.string ?? "no reason given").cut(to: 300))
    }

    private func note(_ answer: ServiceAnswer, _ route: String) {
        guard answer.fields["x-ratelimit-remaining"] == "0",
            let seconds = answer.fields["x-ratelimit-reset-after"].flatMap(Double.init), (0..<3600).contains(seconds)
        else { return }
        if shut.count >= Self.mostBuckets { shut = shut.filter { $0.value > clock.now } }
        shut[route] = clock.now + .seconds(seconds)
    }

    private func slow(_ answer: ServiceAnswer, _ route: String) -> DiscordTrouble {
        let json = answer.json
        let asked = json?["retry_after"]?.double.map { Duration.seconds(min(max($0, 0), 86_400)) }
        let wait = asked ?? answer.retryAfter ?? .seconds(5)
        // What stands before Discord turns everything away, and says so in words of its own.
        let isGlobal =
            json?["retry_after"] == nil || json?["global"]?.bool == true
            || answer.fields["x-ratelimit-global"] == "true"
        if isGlobal { everythingShut = clock.now + wait } else { shut[route] = clock.now + wait }
        return .slow(wait, everywhere: isGlobal)
    }
}

/// Why a request did not succeed.
enum DiscordTrouble: Error, Equatable, Sendable {
    case network(ServiceTrouble)
    case slow(Duration, everywhere: Bool)
    /// The status, Discord's own code, and its words.
    case refused(Int, Int, String)
    /// Something that Discord does not say: a proxy's page, half an answer.
    case strange(String, status: Int)

    static let anew = "reset the token on the app's page Bot and set channels.discord.token"

    /// What it is to those who receive.
    var fault: ConnectorFault {
        switch self {
        case .network(let trouble): .passing(trouble.reason)
        case .slow(let after, _): .passing("Discord asks for \(after) of quiet", after: after)
        case .refused(401, _, let words): .lasting("Discord does not know the token: \(words)", cure: Self.anew)
        case .refused(let status, _, let words): .passing("Discord refuses (\(status)): \(words)")
        case .strange(let words, _): .passing(words)
        }
    }

    /// After which time it may be asked again; nil when that would not help.
    var pause: Duration? {
        switch self {
        case .slow(let after, _): after
        case .refused(let status, _, _) where status < 500: nil
        default: .seconds(2)
        }
    }

    /// What it is when nobody in a chat can have seen anything of it.
    var unseen: DiscordTrouble {
        switch outcome {
        case .unknown(let words): .network(.notSent(words))
        default: self
        }
    }

    /// What it is to a message that was being sent.
    var outcome: SendOutcome {
        switch self {
        case .network(let trouble): trouble.outcome
        case .slow(let after, let everywhere): .slowDown(after: after, everywhere: everywhere)
        case .refused(401, _, let words): .notSent("Discord does not know the token: \(words)")
        case .refused(let status, let code, let words):
            status >= 500
                ? .unknown("Discord (\(status)): \(words)")
                : .refused("Discord (\(code)): \(Self.cures[code] ?? words)")
        case .strange(let words, let status): .strange(words, status)
        }
    }

    private static let cures = [
        40005: "the file is larger than the server there takes from bots: send a smaller one",
        10003: "there is no such channel: use its id, or user: and a person's",
        50001: "the bot may not see the channel: give its role the right View Channel",
        50007: "the person takes no messages from this bot: they share no server with it, or have shut it out",
        50013: "the bot may not write there: give its role the right Send Messages",
    ]
}
