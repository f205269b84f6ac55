import Platform
import Store
import Wire

/// Where Telegram is to bring a bot's messages, in place of being asked for them.
package struct TelegramWebhook: Equatable, Sendable {
    package static let defaultPath = "/telegram-webhook"
    static let secretLimit = 256

    /// What Telegram is told; a proxy leads from there to our route.
    package let url: String
    let secret: String
    /// The route of ours.
    package let path: String

    package init(url: String, secret: String, path: String = defaultPath) {
        self.url = url
        self.secret = secret
        self.path = path
    }

    /// Nil where none is asked for.
    package init?(_ account: AccountSettings) throws(ChannelProblem) {
        guard account.string("webhookUrl") != nil else { return nil }
        let url = try account.address("webhookUrl", cure: "set it to an https address that leads to this gateway")
        guard url.scheme.isSecure else {
            throw ChannelProblem(
                "\(account.path).webhookUrl", "is not https",
                cure: "set it to an https address that leads to this gateway")
        }
        let cure = "set it to 1 to \(Self.secretLimit) of A-Z, a-z, 0-9, _ and -"
        let secret = try account.required("webhookSecret", cure: cure)
        guard secret.utf8.count <= Self.secretLimit,
            secret.utf8.allSatisfy({ ASCII.isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") })
        else { throw ChannelProblem("\(account.path).webhookSecret", "is none that Telegram takes", cure: cure) }
        self.init(url: url.text, secret: secret, path: Self.path(account))
    }

    static func path(_ account: AccountSettings) -> String { account.route("webhookPath", usual: defaultPath) }
}

extension TelegramConnector: RouteServing {
    /// In webhook mode: how often it is asked whether Telegram still brings what it has to us.
    nonisolated static let webhookInterval = Duration.seconds(20)

    /// Telegram comes to us; all there is to do is to see that it does.
    func listen(_ receiver: TelegramReceiver, _ webhook: TelegramWebhook) async throws(ConnectorFault) {
        desk = TelegramDesk(webhookSecret: webhook.secret)
        defer { desk = nil }
        let arguments: JSON = [
            "url": .string(webhook.url), "secret_token": .string(webhook.secret),
            "allowed_updates": TelegramReader.kinds, "drop_pending_updates": false,
        ]
        _ = try await asked { () throws(TelegramTrouble) in try await api.call("setWebhook", arguments) }
        var failures = 0
        var told: Int?
        while !Task.isCancelled {
            do throws(TelegramTrouble) {
                let info = try await api.call("getWebhookInfo", within: .seconds(10))
                guard info["url"]?.string == webhook.url else {
                    throw .strange("another program has this bot's messages, or had its webhook removed", status: 200)
                }
                failures = 0
                told = tell(info, after: told)
            } catch {
                failures += 1
                let fault = error.fault(settings.path)
                if case .lasting = fault { throw fault }
                if failures > 1 { throw fault }
            }
            if failures == 0 {
                receiver.beat()
                try await receiver.take([])
            }
            _ = await Suspension(clock).wait(until: clock.now + Self.webhookInterval)
        }
        throw .passing("it was stopped")
    }

    /// What Telegram could not bring. Returns when that was.
    private func tell(_ info: JSON, after told: Int?) -> Int? {
        guard let date = info["last_error_date"]?.int else { return told }
        // What was wrong before is over.
        guard let told else { return date }
        guard date > told else { return told }
        log.warn(
            "Telegram could not bring a message to the webhook, and tries again",
            [
                "account": .text("\(settings.account)"),
                "reason": .text((info["last_error_message"]?.string ?? "").cut(to: 300)),
                "waiting": LogValue(info["pending_update_count"]?.int ?? 0),
            ])
        return date
    }

    /// It is answered when what it brings is on the disk.
    package func receive(_ body: [UInt8], _ field: (String) -> String?) async -> RouteAnswer {
        let secretToken = field(TelegramDesk.field)
        guard let desk, let receiver else { return RouteAnswer(status: .unavailable, text: "not connected") }
        do throws(ConnectorFault) {
            switch desk.look(secret: secretToken, body: body) {
            case .refused: return RouteAnswer(status: .unauthorized, text: "the secret is wrong")
            case .unreadable: return RouteAnswer(status: .badRequest, text: "that is no update")
            case .tooLarge(let update): try await receiver.pass(update)
            case .update(let update):
                try await receiver.take([update])
                release([update])
            }
            return RouteAnswer(status: .ok, text: "", isKept: true)
        } catch {
            log.warn(
                "an update was not kept, it will be brought again",
                ["account": .text("\(settings.account)"), "reason": .text(error.reason)])
            return RouteAnswer(status: .unavailable, text: "it was not kept")
        }
    }
}
