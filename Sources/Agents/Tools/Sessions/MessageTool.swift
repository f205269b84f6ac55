package import Channels
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
    /// Paths within the workspace, and https addresses.
    package var files: [String] = []
    package var workspace = ""
    /// Pictures as they are, where the platform would make them smaller.
    package var isDocument = false
    /// Sound as something that was spoken.
    package var isVoice = false
    /// What can be pressed below it.
    package var choices = Choices()
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
    private nonisolated static let fileLimit = 10
    /// As models were taught elsewhere to call it.
    private nonisolated static let fileNames = ["media", "mediaUrl", "path", "filePath", "mediaUrls"]

    package let definition = ToolDefinition(
        "message", "Sends a message to a chat; without a target, to the one that this conversation is with.",
        .required("text", .text, "what to send"),
        .optional("channel", .text, "telegram, slack, discord, …"),
        .optional("target", .text, "the chat or person there"),
        .optional("accountId", .text, "which of the channel's accounts"),
        .optional("threadId", .text, "a thread in it"),
        .optional("media", .text, "a file of the workspace to send along, or an https address of one"),
        .optional("asDocument", .flag, "send a picture as a file, as it is"),
        .optional("asVoice", .flag, "send sound as a voice message"),
        .optional(
            "buttons", .list,
            "what to press below the text: rows of {text, callback_data or url, style}; pressing says callback_data"),
        .optional(
            "presentation", .object,
            "more of the message: {title, blocks: [{type: text, text} | {type: buttons, buttons: [{label, action}]} | "
                + "{type: select, placeholder, options: [{label, value}]}]}"))
    package let group = "messaging"
    private let sender: any MessageSending

    package init(_ sender: any MessageSending) { self.sender = sender }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let origin = call.context.origin
        var files: [String] = []
        for name in Self.fileNames {
            for file in try arguments.texts(name) where !files.contains(file) { files.append(file) }
        }
        let isGiven =
            arguments["text"] != nil || arguments["message"] != nil
            || files.isEmpty && arguments["presentation"] == nil
        let text =
            !isGiven ? "" : try arguments["text"] == nil ? arguments.text("message") : arguments.text("text")
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
        guard files.count <= Self.fileLimit else { throw .said("at most \(Self.fileLimit) files go along at once") }
        message.workspace = call.context.workspace
        for file in files { message.files.append(try await checked(file, call.context)) }
        let isDocument = try arguments.flag("asDocument")
        message.isDocument = try isDocument ? true : arguments.flag("forceDocument")
        message.isVoice = try arguments.flag("asVoice")
        try Self.addChoices(arguments, to: &message)
        guard !message.text.isEmpty || !message.files.isEmpty || !message.choices.isEmpty else {
            throw .said("there is nothing to send")
        }
        do throws(MessageRefusal) {
            let id = try await sender.send(message)
            return ToolOutput("sent", details: ["messageId": .string(id)])
        } catch {
            throw .said("\(error)")
        }
    }

    private static func addChoices(_ arguments: ToolArguments, to message: inout OutgoingMessage) throws(ToolProblem) {
        do throws(JSONDecodingError) {
            if let buttons = arguments["buttons"] {
                let object = try JSONField(["buttons": unwrapped(buttons)]).object()
                message.choices = try Choices(buttons: object.field("buttons"))
            }
            if let parts = arguments["presentation"] {
                let object = try JSONField(["presentation": unwrapped(parts)]).object()
                let more = try Presentation(object.field("presentation"))
                message.text += (message.text.isEmpty || more.text.isEmpty ? "" : "\n\n") + more.text
                message.choices = message.choices + more.choices
            }
        } catch {
            throw .said("\(error)")
        }
        for text in message.choices.says {
            guard let name = CommandDesk.parse(text.withoutOuterSpace)?.name,
                let command = SlashCommand.named(name), command.right != .everyone
            else { continue }
            // Whoever presses gives it in their own name: no model is to put words into an owner's mouth.
            throw .said("no button of an agent's may stand for /\(command.name), which is for owners to type")
        }
    }

    /// Models also give what is in braces as a text.
    private static func unwrapped(_ value: JSON) -> JSON {
        value.string.flatMap { try? JSONParser.parse($0) } ?? value
    }

    /// Only from the workspace or the web: `file:` and the like have no meaning here.
    private func checked(_ text: String, _ context: ToolContext) async throws(ToolProblem) -> String {
        if text.hasPrefix("https://") { return text }
        let files = WorkspaceFiles(root: context.workspace)
        let file = try files.file(text)
        _ = try await inPool { () throws(FileError) in try OpenFile(file, in: try SafeDirectory(files.root)) }
        return file.description
    }
}
