import Platform
import Wire

/// Telegram's Bot API: a method, its arguments, and a result or the reason why there is none.
@LoopActor
struct TelegramAPI {
    private let settings: TelegramSettings
    private let client: ServiceClient

    init(_ settings: TelegramSettings, http: any HTTPFetching, clock: any Clock) {
        self.settings = settings
        client = ServiceClient(http, clock)
    }

    func call(
        _ method: String, _ arguments: JSON = [:], within time: Duration = .seconds(30)
    ) async throws(TelegramTrouble) -> JSON {
        // The token stands in the address: no error may carry more of it than its peer.
        guard TelegramSettings.isToken(settings.token),
            let url = try? settings.root.appending(path: "bot\(settings.token)/\(method)")
        else { throw .noToken }
        var request = HTTPClientRequest(.post, url)
        request.set(arguments)
        request.deadlines.firstByte = time
        request.deadlines.total = time + .seconds(15)
        let answer: ServiceAnswer
        do throws(ServiceTrouble) { answer = try await client.ask(request) } catch { throw .network(error) }
        guard let json = answer.json, let isOK = json["ok"]?.bool else {
            throw .strange("\(url.peer): \(method) was answered with HTTP \(answer.status)", status: answer.status)
        }
        if isOK, let result = json["result"] { return result }
        let code = json["error_code"]?.int ?? answer.status
        let words = (json["description"]?.string ?? "no reason given").cut(to: 300)
        let parameters = json["parameters"]
        if code == 429 {
            let asked = parameters?["retry_after"]?.int.map { Duration.seconds(max(0, min($0, 24 * 3600))) }
            throw .slow(asked ?? answer.retryAfter ?? .seconds(5))
        }
        throw .refused(code, words, movedTo: parameters?["migrate_to_chat_id"]?.int)
    }
}

/// Why a call did not succeed.
enum TelegramTrouble: Error, Equatable, Sendable {
    case noToken
    case network(ServiceTrouble)
    case slow(Duration)
    /// A group may have become another one.
    case refused(Int, String, movedTo: Int?)
    /// Something that Telegram does not say: a proxy's page, half an answer.
    case strange(String, status: Int)

    private static let anew = "take the token from @BotFather anew (/mybots) and set channels.telegram.botToken"

    /// What it is to those who receive.
    var fault: ConnectorFault {
        switch self {
        case .noToken: .lasting("botToken is no token of Telegram's (123456:AAF…)", cure: Self.anew)
        case .network(let trouble): .passing(trouble.reason)
        case .slow(let after): .passing("Telegram asks for \(after) of quiet", after: after)
        case .refused(401, let words, _): .lasting("Telegram does not know the token: \(words)", cure: Self.anew)
        case .refused(404, _, _):
            .lasting(
                "Telegram knows no such bot or method",
                cure: "\(Self.anew); apiRoot, if it is set, is the server alone, without /bot and token")
        case .refused(409, let words, _):
            .passing(
                "another program asks for this bot's messages: stop it, or give it a token of its own (\(words))",
                after: .seconds(10))
        case .refused(let code, let words, _): .passing("Telegram refuses (\(code)): \(words)")
        case .strange(let words, _): .passing(words)
        }
    }

    /// What it is to a message that was being sent.
    var outcome: SendOutcome {
        switch self {
        case .noToken: .notSent("botToken is no token of Telegram's")
        case .network(let trouble): trouble.outcome
        case .slow(let after): .slowDown(after: after, everywhere: false)
        case .refused(let code, let words, _):
            switch code {
            case 401, 404: .notSent("Telegram does not know the token: \(words)")
            case 400 where words.contains("can't parse entities"): .unreadable(words)
            case 500...: .unknown("Telegram (\(code)): \(words)")
            default: .refused("Telegram (\(code)): \(words)")
            }
        case .strange(let words, let status): .strange(words, status)
        }
    }
}
