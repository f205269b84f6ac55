import Platform
import Wire

/// Telegram's Bot API: a method, its arguments, and a result or the reason why there is none.
@LoopActor
final class TelegramAPI {
    /// Bytes of a file with a token.
    nonisolated static let tokenLimit = 64 * 1024
    /// How large an answer is, is judged when it comes.
    private nonisolated static let bodyLimit = 1 << 40

    let settings: TelegramSettings
    let client: ServiceClient
    private var known: String?

    init(_ settings: TelegramSettings, http: any HTTPFetching, clock: any Clock) {
        self.settings = settings
        client = ServiceClient(http, clock)
    }

    /// The number of the bot, which its token begins with.
    func bot() async throws(TelegramTrouble) -> String {
        String(try await token().prefix { $0 != ":" })
    }

    func call(
        _ method: String, _ arguments: JSON = [:], _ part: Part? = nil, within time: Duration = .seconds(30)
    ) async throws(TelegramTrouble) -> JSON {
        let token = try await token()
        // The token stands in the address: no error may carry more of it than its peer.
        guard let url = try? settings.root.appending(path: "bot\(token)/\(method)") else {
            throw .noToken(Self.noToken)
        }
        var request = HTTPClientRequest(.post, url)
        request.bodyLimit = Self.bodyLimit
        request.deadlines.firstByte = time
        request.deadlines.total = time + .seconds(15)
        if let part {
            request.set(part.form(arguments))
            request.allowForSize()
        } else {
            request.set(arguments)
        }
        let answer: ServiceAnswer
        do throws(ServiceTrouble) { answer = try await client.ask(request) } catch { throw .network(error) }
        guard let json = answer.json, let isOK = json["ok"]?.bool else {
            guard answer.status != 429 else { throw .slow(answer.retryAfter ?? .seconds(5)) }
            throw .strange("\(url.peer): \(method) was answered with HTTP \(answer.status)", status: answer.status)
        }
        if isOK, let result = json["result"] { return result }
        let code = json["error_code"]?.int ?? answer.status
        var words = (json["description"]?.string ?? "no reason given").cut(to: 300)
        if words.contains(token) { words = "no reason that can be shown" }
        let parameters = json["parameters"]
        if code == 429 {
            let asked = parameters?["retry_after"]?.int.map { Duration.seconds(max(0, min($0, 24 * 3600))) }
            throw .slow(asked ?? answer.retryAfter ?? .seconds(5))
        }
        throw .refused(code, words, movedTo: parameters?["migrate_to_chat_id"]?.int)
    }

    // MARK: The token

    private static let noToken = "what is set is no token of Telegram's (123456:AAF…)"

    /// A file is read once for each connection, so that it may be given another content.
    func token() async throws(TelegramTrouble) -> String {
        if let known { return known }
        let token = try await given()
        known = token
        return token
    }

    /// Whether the file with the token has another by now.
    func isRenewed() async -> Bool {
        guard let known, let now = try? await given() else { return false }
        return !constantTimeEqual(known, now)
    }

    private func given() async throws(TelegramTrouble) -> String {
        let text: String
        switch settings.token {
        case .text(let given): text = given
        case .file(let path):
            do throws(FileError) {
                text = String(decoding: try await FileReading.read(path, limit: Self.tokenLimit), as: UTF8.self)
            } catch {
                throw .noToken("\(settings.path).tokenFile cannot be read: \(error)")
            }
        }
        let token = text.withoutOuterSpace
        guard TelegramSettings.isToken(token) else { throw .noToken(Self.noToken) }
        return token
    }
}

/// Why a call did not succeed.
enum TelegramTrouble: Error, Equatable, Sendable {
    case noToken(String)
    case network(ServiceTrouble)
    case slow(Duration)
    /// A group may have become another one.
    case refused(Int, String, movedTo: Int?)
    /// Something that Telegram does not say: a proxy's page, half an answer.
    case strange(String, status: Int)

    /// What it is to those who receive. `path` leads to the account's settings.
    func fault(_ path: String) -> ConnectorFault {
        let anew =
            "take the token from @BotFather anew (/mybots) and set \(path).botToken, or the file that tokenFile names"
        switch self {
        case .noToken(let reason): return .lasting(reason, cure: anew)
        case .network(let trouble): return .passing(trouble.reason)
        case .slow(let after): return .passing("Telegram asks for \(after) of quiet", after: after)
        case .refused(401, let words, _): return .lasting("Telegram does not know the token: \(words)", cure: anew)
        case .refused(404, _, _):
            return .lasting(
                "Telegram knows no such bot or method",
                cure: "\(anew); apiRoot, if it is set, is the server alone, without /bot and token")
        case .refused(409, let words, _):
            return .passing(
                "another program asks for this bot's messages: stop it, or give it a token of its own (\(words))",
                after: .seconds(10))
        case .refused(let code, let words, _): return .passing("Telegram refuses (\(code)): \(words)")
        case .strange(let words, _): return .passing(words)
        }
    }

    /// What it is to a message that was being sent.
    var outcome: SendOutcome {
        switch self {
        case .noToken(let reason): .notSent(reason)
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
