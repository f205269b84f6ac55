package import Platform

/// Looks at the requests by which Telegram brings updates in webhook mode, before anything is believed of them. It knows
/// nothing of connections: the route gives it what it was sent.
package struct TelegramDesk: Sendable {
    /// The field of a request that says who sends it.
    package static let field = "X-Telegram-Bot-Api-Secret-Token"
    /// What a route reads of a body; one that is longer is given as far as it was read.
    package static let bodyLimit = 1024 * 1024

    package enum Verdict: Equatable, Sendable {
        /// The caller is not Telegram: 401.
        case refused
        /// It is from Telegram and cannot be read: 400.
        case unreadable
        /// It is from Telegram and will never be taken: 200, or it is brought for a day. `update` is its number.
        case tooLarge(update: Int)
        /// 200 when it is kept.
        case update(JSON)
    }

    private let secret: [UInt8]

    package init(webhookSecret: String) { secret = Array(webhookSecret.utf8) }

    package func look(secret given: String?, body: [UInt8]) -> Verdict {
        guard !secret.isEmpty, let given, constantTimeEqual(Array(given.utf8), secret) else { return .refused }
        guard body.count <= Self.bodyLimit else {
            let start = Array(body.prefix(ServiceTrouble.startBytes))
            return TelegramPoller.number(in: start).map { .tooLarge(update: $0) } ?? .unreadable
        }
        guard let json = try? JSONParser.parse(body), json["update_id"]?.int != nil else { return .unreadable }
        return .update(json)
    }
}
