import Platform
import Wire

/// Slack's Web API: a method, its arguments, and an answer that says whether it was `ok`.
@LoopActor
final class SlackAPI {
    /// For what is asked while nobody waits in a chat: it can be asked again.
    static let patience = Duration.seconds(10)
    /// For what is said: an answer that comes late is better than not to know.
    static let longPatience = Duration.seconds(30)

    private let root: String
    private let client: ServiceClient
    private let patience: Duration

    init(_ root: String, _ client: ServiceClient, patience: Duration) {
        self.patience = patience
        var text = root[...]
        while text.hasSuffix("/") { text = text.dropLast() }
        self.root = String(text)
        self.client = client
    }

    /// Sockets and upload addresses without TLS are taken only where the API itself has none.
    var isSecure: Bool { (try? WebURL(root))?.scheme.isSecure ?? true }

    /// Calls a method. What comes back was `ok`.
    func call(_ method: String, _ token: String, _ arguments: JSON = [:]) async throws(SlackTrouble) -> SlackReply {
        // JSON without a charset is answered with a warning.
        try await ask(
            method, token, .bytes(JSONWriter.bytes(of: arguments)), type: "application/json; charset=utf-8")
    }

    /// Calls a method that reads a form only.
    func call(_ method: String, _ token: String, form: KeyValuePairs<String, String>) async throws(SlackTrouble)
        -> SlackReply
    {
        let text = form.map { "\(WebURL.encode($0))=\(WebURL.encode($1))" }.joined(separator: "&")
        return try await ask(method, token, .bytes(Array(text.utf8)), type: "application/x-www-form-urlencoded")
    }

    private func ask(
        _ method: String, _ token: String, _ body: HTTPRequestBody, type: String
    ) async throws(SlackTrouble) -> SlackReply {
        guard let url = try? WebURL("\(root)/\(method)") else { throw .badRoot }
        guard HTTPFields.isValid(value: token) else {
            throw .refused(method, SlackRefusal(error: "invalid_auth", needed: nil))
        }
        var request = HTTPClientRequest(
            .post, url, fields: ["Authorization": "Bearer \(token)", "Content-Type": type], body: body)
        request.deadlines.firstByte = patience
        request.deadlines.total = patience
        let answer = try await answer(to: request)
        guard answer.status != HTTPStatus.tooManyRequests.code else { throw .slow(answer.retryAfter ?? .seconds(1)) }
        guard let json = answer.json, let isOK = json["ok"]?.bool else {
            throw .strange("\(url.peer): \(method) was answered with HTTP \(answer.status)", status: answer.status)
        }
        guard !isOK else { return SlackReply(json: json, fields: answer.fields) }
        let refusal = SlackRefusal(
            error: json["error"]?.string?.cut(to: 100) ?? "no reason given",
            needed: json["needed"]?.string?.cut(to: 200))
        if refusal.isHaste { throw .slow(answer.retryAfter ?? .seconds(1)) }
        throw .refused(method, refusal)
    }

    /// Brings a file to an address that Slack gave for it.
    func upload(_ file: OpenFile, to address: String) async throws(SlackTrouble) {
        guard let url = try? WebURL(address), url.scheme == .https || (!isSecure && url.scheme == .http) else {
            throw .strange("Slack gave no address that a file may be brought to", status: 200)
        }
        var request = HTTPClientRequest(
            .post, url, fields: ["Content-Type": "application/octet-stream"], body: .file(file))
        request.allowForSize()
        let answer = try await answer(to: request)
        guard answer.status != HTTPStatus.tooManyRequests.code else { throw .slow(answer.retryAfter ?? .seconds(1)) }
        guard answer.isGood else {
            throw .strange("\(url.peer): the file was answered with HTTP \(answer.status)", status: answer.status)
        }
    }

    /// Fetches a file of Slack's own servers, with the token: no other address is gone to.
    func fetch(_ address: String, _ token: String, _ type: String?, to path: String, limit: Int)
        async throws(MediaTrouble)
    {
        guard let url = try? WebURL(address), isOwn(url), HTTPFields.isValid(value: token) else {
            throw .lasting("it does not lie with Slack")
        }
        let request = HTTPClientRequest(.get, url, fields: ["Authorization": "Bearer \(token)"])
        // Who may not have it is shown a page to log in at, with a good status.
        let isPage = type.map { !$0.hasPrefix("text/html") } ?? true
        let answer = try await client.fetch(request, to: path, limit: limit) { fields in
            isPage && fields["Content-Type"]?.lowercased().hasPrefix("text/html") == true ? Self.noRight : nil
        }
        guard let answer else { return }
        if (300..<400).contains(answer.status) { throw .lasting(Self.noRight) }
        throw MediaTrouble(answer, "Slack")
    }

    private static let noRight =
        "Slack shows a page to log in at: add the scope files:read under OAuth & Permissions and install the app again"

    private func isOwn(_ url: WebURL) -> Bool {
        if let root = try? WebURL(root), url.hasSameOrigin(as: root) { return true }
        return url.scheme == .https && url.port == 443 && (url.host == "slack.com" || url.host.hasSuffix(".slack.com"))
    }

    private func answer(to request: HTTPClientRequest) async throws(SlackTrouble) -> ServiceAnswer {
        do throws(ServiceTrouble) {
            return try await client.ask(request)
        } catch {
            throw .network(error)
        }
    }
}

/// An answer that was `ok`.
struct SlackReply: Sendable {
    let json: JSON
    let fields: HTTPFields
}

/// What Slack says instead of `ok`.
struct SlackRefusal: Equatable, Sendable {
    let error: String
    /// The scope that is missing.
    let needed: String?

    var isHaste: Bool {
        ["ratelimited", "rate_limited", "message_limit_exceeded", "too_many_requests"].contains(error)
    }

    /// Nobody but a person can put it right.
    var isOfToken: Bool {
        [
            "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
            "not_allowed_token_type", "no_permission", "org_login_required", "app_missing", "team_access_not_granted",
            "access_denied", "ekm_access_denied", "enterprise_is_restricted",
        ].contains(error)
    }

    /// The token itself is of no use any more.
    var cure: String {
        switch error {
        case "missing_scope":
            "add the scope \(needed ?? "that is named in the app's settings") under OAuth & Permissions and install the "
                + "app again"
        case "token_expired":
            "turn token rotation off or install the app again, and set channels.slack.botToken anew"
        case "not_allowed_token_type":
            "botToken must be one that begins with xoxb-, appToken one that begins with xapp-"
        case "account_inactive", "app_missing", "team_access_not_granted":
            "install the app in the workspace again and set channels.slack.botToken anew"
        case "org_login_required":
            "the workspace is being moved: try again when it is done"
        default:
            "take the tokens from the app's settings and set channels.slack.botToken and channels.slack.appToken anew"
        }
    }
}

/// Why a call did not succeed. No token and no address with a secret stands in any of them.
enum SlackTrouble: Error, Equatable, Sendable {
    case network(ServiceTrouble)
    case slow(Duration)
    case refused(String, SlackRefusal)
    /// Something that Slack does not say: a proxy's page, half an answer.
    case strange(String, status: Int)
    case badRoot

    /// What it is to those who receive.
    var fault: ConnectorFault {
        switch self {
        case .network(let trouble): .passing(trouble.reason)
        case .slow(let after): .passing("Slack asks for \(after) of quiet", after: after)
        case .refused(let method, let refusal):
            refusal.isOfToken
                ? .lasting("Slack refused \(method): \(refusal.error)", cure: refusal.cure)
                : .passing("Slack refused \(method): \(refusal.error)")
        case .strange(let words, _): .passing(words)
        case .badRoot:
            .lasting("the address of Slack's API is none", cure: "set channels.slack.apiRoot to a URL, or remove it")
        }
    }

    /// What it is to a message whose sending this call would have completed.
    var outcome: SendOutcome {
        switch self {
        case .network(let trouble): trouble.outcome
        case .slow(let after): .slowDown(after: after, everywhere: true)
        case .refused(_, let refusal): refusal.outcome
        case .strange(let words, let status): .strange(words, status)
        case .badRoot: .refused("the address of Slack's API is none: set channels.slack.apiRoot to a URL")
        }
    }

    /// The same for a call that nobody in the chat sees anything of: it may be made again.
    var outcomeBefore: SendOutcome {
        if case .unknown(let reason) = outcome { .notSent(reason) } else { outcome }
    }
}

extension SlackRefusal {
    var outcome: SendOutcome {
        switch error {
        case "service_unavailable", "request_timeout", "accesslimited", "team_added_to_org":
            return .notSent("Slack: \(error)")
        case "internal_error", "fatal_error": return .unknown("Slack: \(error)")
        default:
            guard let words = Self.words[error] else {
                return .refused(isOfToken ? "Slack: \(error): \(cure)" : "Slack: \(error)")
            }
            return .refused("Slack: \(error): \(words)")
        }
    }

    private static let words = [
        "channel_not_found": "there is no such conversation, or the bot is not in it: invite the bot and use the id",
        "is_archived": "the channel is archived: restore it, or write elsewhere",
        "not_in_channel": "the bot is not in the channel: invite it there",
        "msg_too_long": "the text is too long: an edit may have 4,000 bytes, a message 40,000 characters",
        "msg_blocks_too_long": "the text is too long: send it in parts",
        "no_text": "there is nothing to say in the message",
        "message_not_found": "there is no such message in the conversation any more",
        "cant_update_message": "only a message of the bot's own can be changed",
        "edit_window_closed": "the workspace does not let messages be changed any more after so long",
        "invalid_name": "Slack has no emoji of that name",
        "too_many_emoji": "the message has as many kinds of reactions as Slack allows",
        "too_many_reactions": "the bot has as many reactions on the message as Slack allows",
        "restricted_action": "the workspace does not let the bot write there: ask its owners",
        "restricted_action_read_only_channel": "only some may write in the channel: ask its owners",
        "restricted_action_thread_only_channel": "the channel takes answers in threads only",
        "cannot_dm_bot": "a bot cannot write to a bot",
        "user_not_found": "there is no such person in the workspace",
        "user_disabled": "the person's account is not active any more",
        "thread_not_found": "the thread is gone: answer in the channel",
        "cannot_reply_to_message": "this kind of message cannot be answered in a thread",
        "storage_limit_reached": "the workspace has no room for more files: remove some",
        "file_uploads_disabled": "the workspace takes no files: ask its owners",
    ]
}
