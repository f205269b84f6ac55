/// What routing has to know of a message: where it was written, and by whom.
package struct RouteOrigin: Equatable, Sendable {
    /// What kind of place it is; the words stand in bindings.
    package enum Kind: String, CaseIterable, Sendable {
        case direct, group, channel
    }

    package let channel: String
    package let account: String
    package let kind: Kind
    /// The platform's id of the chat.
    package let chat: String
    package var thread: String?
    /// The chat that a thread with an id of its own branched off.
    package var parent: String?
    /// The guild or team that the chat belongs to.
    package var space: String?
    package var sender: String
    package var roles: [String] = []

    package init(
        _ channel: String, account: String = "default", _ kind: Kind, _ chat: String, sender: String
    ) {
        self.channel = channel
        self.account = account
        self.kind = kind
        self.chat = chat
        self.sender = sender
    }
}
