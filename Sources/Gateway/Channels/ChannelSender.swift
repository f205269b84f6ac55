import Agents
import Channels
import Platform
import Store

/// Sends what somebody other than a chat's own conversation wants said: clients, tools, jobs. All of it goes through the
/// outbox of the account.
@LoopActor
final class ChannelSender: MessageSending {
    /// How long one waits to hear what became of a message; it is sent later all the same.
    nonisolated static let patience = Duration.seconds(20)

    /// What became of a message.
    struct Outcome: Sendable {
        let key: String
        let account: ChannelAccount
        let address: ChatAddress
        /// Nil while it waits.
        let messageID: String?
    }

    let media: ChannelMedia
    private let channels: ChannelServices
    private let clock: any Clock

    init(_ channels: ChannelServices, _ media: ChannelMedia, clock: any Clock) {
        self.channels = channels
        self.media = media
        self.clock = clock
    }

    // MARK: The agents' tool

    func send(_ message: OutgoingMessage) async throws(MessageRefusal) -> String {
        let account = try channels.find(channel: message.channel, account: message.accountID)
        guard let chat = message.to, !chat.isEmpty else { throw .refused("`target` is missing: the chat or person") }
        let manner = ChannelMedia.Manner(isDocument: message.isDocument, isVoice: message.isVoice)
        var files: [OutboundMessage.Media] = []
        for file in message.files {
            files.append(try await media.take(file, in: message.workspace, for: account, manner))
        }
        let outcome = try await say(
            message.text, files, message.choices, in: chat, thread: message.threadID, replyTo: nil, over: account,
            key: UUIDText.random())
        return outcome.messageID ?? "queued"
    }

    // MARK: Anything

    func account(_ place: DeliveryPlace) throws(MessageRefusal) -> ChannelServices.Account {
        try channels.find(channel: place.channel, account: place.account)
    }

    /// Says a text in as many messages as the platform needs, with files and what is to be chosen from.
    func say(
        _ text: String, _ files: [OutboundMessage.Media] = [], _ choices: Choices = Choices(), in chat: String,
        thread: String?, replyTo: String?, over account: ChannelServices.Account, key: String
    ) async throws(MessageRefusal) -> Outcome {
        let address = ChatAddress(account.settings.account, chat: chat, thread: thread)
        var messages = try account.messages(text, files, choices, to: address)
        guard !messages.isEmpty else { throw .refused("there is nothing to send") }
        messages[0].replyTo = replyTo
        let entries = messages.enumerated().map { number, message in OutboxEntry(key: "\(key):\(number)", message) }
        return try await put(entries, address, account, key)
    }

    /// Does something else than to say a text.
    func act(
        _ action: OutboundMessage.Action, in chat: String, over account: ChannelServices.Account, key: String
    ) async throws(MessageRefusal) -> Outcome {
        let needed: ConnectorFacts.Abilities =
            switch action {
            case .say: []
            case .edit: .edits
            case .react: .reactions
            case .poll: .polls
            }
        guard account.platform.facts.abilities.contains(needed) else {
            let words = needed == .polls ? "polls" : needed == .reactions ? "reactions" : "edits"
            throw .refused("\(account.platform.facts.label) has no \(words) for bots")
        }
        let address = ChatAddress(account.settings.account, chat: chat)
        var message = OutboundMessage(address, text: "")
        message.action = action
        return try await put([OutboxEntry(key: "\(key):0", message)], address, account, key)
    }

    private func put(
        _ entries: [OutboxEntry], _ address: ChatAddress, _ account: ChannelServices.Account, _ key: String
    ) async throws(MessageRefusal) -> Outcome {
        if let reason = channels.release.reason(account.settings.account.channel) {
            throw .unavailable("\(account.settings.account) is held back: \(reason)")
        }
        guard let runner = account.runner, let last = entries.last else {
            let problem = account.problem.map { "\($0.setting) \($0.reason); \($0.cure)" }
            throw .unavailable("\(account.settings.account) is not connected: \(problem ?? "it is disabled")")
        }
        let outbox = runner.outbox
        do throws(StoreError) {
            try await outbox.put(entries)
        } catch {
            throw .unavailable("the message could not be stored: \(error)")
        }
        let end = Awaited<Result<OutboxReport, StoreError>>(clock)
        startTask {
            do throws(StoreError) { end.bring(.success(try await outbox.deliver(last))) } catch {
                end.bring(.failure(error))
            }
        }
        guard let result = await end.wait(until: clock.now + Self.patience) else {
            return Outcome(key: key, account: account.settings.account, address: address, messageID: nil)
        }
        switch result {
        case .failure(let error): throw .unavailable("what became of the message is not known: \(error)")
        case .success(let report):
            guard report.state == .delivered else {
                throw .refused("the message is \(report.state.word): \(report.error ?? "no reason was given")")
            }
            return Outcome(
                key: key, account: account.settings.account, address: address, messageID: report.platformID)
        }
    }
}
