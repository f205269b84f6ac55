package import Models
package import Platform

/// Sends messages to chats. The channels implement it.
@LoopActor
package protocol MessageSending: AnyObject, Sendable {
    /// Returns what the platform calls the message.
    func send(_ message: OutgoingMessage) async throws(MessageRefusal) -> String
}

/// A message that an agent wants sent.
package struct OutgoingMessage: Equatable, Sendable {
    package var channel: String?
    package var accountID: String?
    package var to: String?
    package var threadID: String?
    package var text: String
    /// A file of the workspace, read already.
    package var media: Media?

    /// What goes along.
    package struct Media: Equatable, Sendable {
        package var name: String
        package var bytes: [UInt8]
    }
}

/// Why a message was not sent.
package enum MessageRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// No channel is there that could.
    case unavailable(String)
    case refused(String)

    package var description: String {
        switch self {
        case .unavailable(let reason): "UNAVAILABLE: \(reason)"
        case .refused(let reason): reason
        }
    }
}

/// Stands where no channels are yet.
package final class NoChannels: MessageSending {
    package nonisolated init() {}

    package func send(_ message: OutgoingMessage) async throws(MessageRefusal) -> String {
        throw .unavailable("no channel is configured; add one with: openclaw channels add")
    }
}

/// `message`: writes to a chat.
package struct MessageTool: WorkingTool {
    static let textLimit = 64 << 10
    private nonisolated static let mediaLimit = 16 << 20

    package let definition = ToolDefinition(
        "message", "Sends a message to a chat; without a target, to the one that this conversation is with.",
        .required("text", .text, "what to send"),
        .optional("channel", .text, "telegram, slack, discord, …"),
        .optional("target", .text, "the chat or person there"),
        .optional("accountId", .text, "which of the channel's accounts"),
        .optional("threadId", .text, "a thread in it"),
        .optional("media", .text, "a file of the workspace to send along"))
    package let group = "messaging"
    private let sender: any MessageSending

    package init(_ sender: any MessageSending) { self.sender = sender }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let origin = call.context.origin
        let text = try arguments["text"] == nil ? arguments.text("message") : arguments.text("text")
        guard text.utf8.count <= Self.textLimit else {
            throw .said("`text` of message has more than \(Self.textLimit) bytes")
        }
        let channel = try arguments.optionalText("channel")
        let target = try arguments["target"] == nil ? arguments.optionalText("to") : arguments.optionalText("target")
        let isElsewhere = channel.map { $0 != origin.channel } ?? false || target.map { $0 != origin.to } ?? false
        guard !isElsewhere || call.context.isOwner else {
            throw .said("only an owner's conversation may send to other chats than its own")
        }
        var message = OutgoingMessage(
            channel: channel ?? origin.channel, accountID: try arguments.optionalText("accountId"), to: target,
            text: text)
        if !isElsewhere {
            message.accountID = message.accountID ?? origin.accountID
            message.to = message.to ?? origin.to
            message.threadID = origin.threadID
        }
        message.threadID = try arguments.optionalText("threadId") ?? message.threadID
        if let path = try arguments.optionalText("media") { message.media = try await media(path, call.context) }
        guard !text.isEmpty || message.media != nil else { throw .said("there is nothing to send") }
        do throws(MessageRefusal) {
            let id = try await sender.send(message)
            return ToolOutput("sent", details: ["messageId": .string(id)])
        } catch {
            throw .said("\(error)")
        }
    }

    /// Only from the workspace: `file:` and the like have no meaning here.
    private func media(_ path: String, _ context: ToolContext) async throws(ToolProblem) -> OutgoingMessage.Media {
        let files = WorkspaceFiles(root: context.workspace)
        let file = try files.file(path)
        let bytes = try await inPool { () throws(FileError) in
            try SafeDirectory(files.root).read(file, limit: Self.mediaLimit)
        }
        return OutgoingMessage.Media(name: file.parts.last ?? "file", bytes: bytes)
    }
}
