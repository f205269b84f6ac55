import Platform
import Store

/// What is shown while an answer is made, and is no answer: none of it waits, and none of it is missed.
extension Outbox {
    /// Whether what is put now for the chat is sent now.
    package func isIdle(_ chat: String) -> Bool {
        sender != nil && (lanes[chat].map { $0.rows.isEmpty && !$0.isBusy } ?? true)
    }

    package func showTyping(in address: ChatAddress) async { await sender?.showTyping(in: address) }

    /// Puts other words in the place of a message that is there, unless something else is on its way to the chat or it is
    /// too soon. Returns whether it was done.
    package func amend(_ id: String, _ message: OutboundMessage) async -> Bool {
        let chat = message.address.chat
        guard let sender, isIdle(chat) else { return false }
        let lane = lane(of: chat)
        guard earliest(lane, cost: 1) == nil else { return false }
        var message = message
        message.action = .edit(id)
        count(lane, cost: 1)
        lane.isBusy = true
        let outcome = await sender.send(message, key: id)
        lane.isBusy = false
        if case .slowDown(let after, let everywhere) = outcome { heed(after, everywhere, lane) }
        step(lane)
        guard case .delivered = outcome else { return false }
        return true
    }

    /// The keys that begin so, of messages that wait or were sent; in doubt none.
    package func keys(beginning prefix: String) async -> [String] { await table.keys(beginning: prefix) }

    /// Whether it was we who wrote a message, as far as that is remembered.
    package func isOurs(_ id: String) async -> Bool { await table.has(account, id) }
}
