import Channels
import Platform

/// The messages that answer one that came in. The same one gives the same keys, so that what is stored already is not
/// stored again.
@LoopActor
struct ChannelReply {
    let item: InboxItem
    let account: ChannelServices.Account
    let manners: ReplyManners
    /// It was put together of several.
    let wasJoined: Bool

    /// Where they go.
    var address: ChatAddress {
        ChatAddress(item.account, chat: item.message.place.chat, thread: item.message.place.thread)
    }

    func key(_ kind: String) -> String { "\(kind):\(item.account.channel):\(item.account.account):\(item.id)" }

    /// The messages that say `text`.
    func entries(_ text: String, isPlain: Bool = false, draft: String? = nil) -> [OutboxEntry] {
        entries(account.messages(isPlain ? text.escapingMarkdown : text, [], to: address), draft: draft)
    }

    /// The message as the one of the answer with this number.
    func pointing(_ message: OutboundMessage, number: Int) -> OutboundMessage {
        var message = message
        if manners.points(number, kind: item.message.place.kind, wasJoined: wasJoined) {
            message.replyTo = item.message.messageID
        }
        return message
    }

    /// The messages as those of the answer, of which so many are said already; the first takes the place of a draft that
    /// is there.
    /// `stream`: what all of it says, should the draft be a message that is being written.
    func entries(
        _ messages: [OutboundMessage], draft: String?, stream: OutboundMessage.Stream? = nil, after said: Int = 0
    ) -> [OutboxEntry] {
        messages.enumerated().map { number, message in
            var message = pointing(message, number: said + number)
            if number == 0 { message.ticket = item.message.ticket }
            if number == 0, let draft, message.media == nil {
                message.action = .edit(draft)
                message.isSaidElse = true
                if messages.count == 1 { message.stream = stream }
            }
            return OutboxEntry(key: "\(key("a")):\(number)", message)
        }
    }

    /// The sign that the message was seen, or its end.
    func reaction(_ sign: String, isRemoved: Bool) -> OutboxEntry {
        var message = OutboundMessage(address, text: "")
        message.action = .react(emoji: sign, to: item.message.messageID, isRemoved: isRemoved)
        message.isFleeting = !isRemoved
        return OutboxEntry(key: key(isRemoved ? "u" : "r"), message)
    }
}

extension String {
    /// The same words where Markdown is read: nothing in them is markup.
    fileprivate var escapingMarkdown: String {
        var text = ""
        for character in self {
            if "\\`*_~[]<>#|".contains(character) { text.append("\\") }
            text.append(character)
        }
        return text
    }
}
