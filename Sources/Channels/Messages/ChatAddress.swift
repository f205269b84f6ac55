/// One account of one platform: `telegram`, `default`.
package struct ChannelAccount: Hashable, Sendable, CustomStringConvertible {
    package let channel: String
    package let account: String

    package init(channel: String, account: String = "default") {
        self.channel = channel
        self.account = account
    }

    package var description: String { account == "default" ? channel : "\(channel)/\(account)" }
}

/// Where a message goes: a chat of an account, and a thread of it where the platform has such.
package struct ChatAddress: Hashable, Sendable {
    package let account: ChannelAccount
    /// The platform's id: of a chat, a room, or the person of a direct one.
    package let chat: String
    package let thread: String?

    package init(_ account: ChannelAccount, chat: String, thread: String? = nil) {
        self.account = account
        self.chat = chat
        self.thread = thread
    }
}

/// What kind of place a chat is. The words stand in bindings and in session keys.
package enum ChatKind: String, CaseIterable, Sendable {
    /// Two who talk; also what upstream calls `dm`.
    case direct
    case group
    /// A room of a server or a workspace that many may read.
    case channel
}
