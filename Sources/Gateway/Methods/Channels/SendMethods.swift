import Agents
import Channels
import Contract
import Platform

/// `send`. The idempotency key is the message's own, for as long as the outbox remembers.
struct SendMethod: WaitingMethod {
    static let contract = MethodContract.send
    let channels: ChannelServices
    let sender: ChannelSender
    let roster: AgentRoster

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let account = try channels.account(request, Self.contract)
        let wish = try request.read(Self.contract) { (params) throws(JSONDecodingError) in try Wish(params) }
        var bytes: [UInt8]?
        if let text = wish.buffer {
            guard let decoded = Base64.standard.decode(text) else { throw .invalid("buffer: it must be base64") }
            bytes = decoded
        }
        let given = bytes
        return try await told(wish.key) { () throws(MessageRefusal) in
            var files: [OutboundMessage.Media] = []
            if let given {
                files.append(try await sender.media.take(given, named: wish.name ?? "", for: account, wish.manner))
            }
            for reference in wish.references {
                files.append(
                    try await sender.media.take(reference, in: workspace(wish.agent), for: account, wish.manner))
            }
            return try await sender.say(
                wish.text, files, wish.choices, in: wish.to, thread: wish.thread, replyTo: wish.reply, over: account,
                key: "send:\(wish.key)")
        }
    }

    /// Where the files lie that may be sent.
    private func workspace(_ agent: String?) -> String { roster.workspace(of: agent ?? roster.defaultID) }

    private struct Wish {
        let to: String
        private(set) var text: String
        private(set) var choices = Choices()
        let reply: String?
        let thread: String?
        let key: String
        let agent: String?
        /// Paths within the agent's workspace, and https addresses.
        var references: [String] = []
        /// A file that comes along, in Base64.
        let buffer: String?
        let name: String?
        let manner: ChannelMedia.Manner

        init(_ params: JSONReader) throws(JSONDecodingError) {
            to = try params.field("to").string()
            text = try params.field("message").ifPresent?.string() ?? ""
            reply = try params.field("replyToId").ifPresent?.string()
            thread = try params.field("threadId").ifPresent?.string()
            key = try params.field("idempotencyKey").string()
            agent = try params.field("agentId").ifPresent?.string()
            buffer = try params.field("buffer").ifPresent?.string()
            name = try params.field("filename").ifPresent?.string()
            manner = ChannelMedia.Manner(
                isDocument: try params.field("forceDocument").ifPresent?.bool() ?? false,
                isVoice: try params.field("asVoice").ifPresent?.bool() ?? false)
            if let field = params.field("buttons").ifNotNull { choices = try Choices(buttons: field) }
            if let field = params.field("presentation").ifNotNull {
                let more = try Presentation(field)
                text += (text.isEmpty || more.text.isEmpty ? "" : "\n\n") + more.text
                choices = choices + more.choices
            }
            if let one = try params.field("mediaUrl").ifPresent?.string() { references.append(one) }
            for field in try params.field("mediaUrls").ifPresent?.array() ?? [] {
                let one = try field.string()
                if !references.contains(one) { references.append(one) }
            }
        }
    }
}

/// `poll`.
struct PollMethod: WaitingMethod {
    static let contract = MethodContract.poll
    let channels: ChannelServices
    let sender: ChannelSender

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let account = try channels.account(request, Self.contract)
        let wish = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            var options: [String] = []
            for option in try params.field("options").array() { options.append(try option.string()) }
            return (
                to: try params.field("to").string(), question: try params.field("question").string(),
                options: options, most: try params.field("maxSelections").ifPresent?.integer() ?? 1,
                key: try params.field("idempotencyKey").string()
            )
        }
        let poll = OutboundMessage.Action.poll(
            question: wish.question, options: wish.options, allowsSeveral: wish.most > 1)
        return try await told(wish.key) { () throws(MessageRefusal) in
            try await sender.act(poll, in: wish.to, over: account, key: "poll:\(wish.key)")
        }
    }
}

/// `message.action`.
struct MessageActionMethod: WaitingMethod {
    static let contract = MethodContract.messageAction
    let channels: ChannelServices
    let sender: ChannelSender

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let account = try channels.account(request, Self.contract)
        let (action, key) = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            (try params.field("action").string(), try params.field("idempotencyKey").string())
        }
        guard action == "react" else {
            throw .invalid("action \"\(action.cut(to: 40))\" is not served over channels here; react is")
        }
        let wish = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            let inner = try params.field("params").object()
            return (
                to: try inner.field("to").string(), message: try inner.field("messageId").string(),
                emoji: try inner.field("emoji").string(),
                isRemoved: try inner.field("remove").ifPresent?.bool() ?? false
            )
        }
        let reaction = OutboundMessage.Action.react(emoji: wish.emoji, to: wish.message, isRemoved: wish.isRemoved)
        return try await told(key) { () throws(MessageRefusal) in
            try await sender.act(reaction, in: wish.to, over: account, key: "act:\(key)")
        }
    }
}

/// What became of a message, or why there is none.
@LoopActor
private func told(
    _ key: String, _ send: () async throws(MessageRefusal) -> ChannelSender.Outcome
) async throws(RPCError) -> Reply {
    do throws(MessageRefusal) { return .json(try await send().json(key)) } catch { throw RPCError(error) }
}

extension ChannelSender.Outcome {
    /// `queued` while it waits for the platform.
    fileprivate func json(_ key: String) -> JSON {
        var json: JSON = [
            "runId": .string(key), "channel": .string(account.channel), "accountId": .string(account.account),
            "chatId": .string(address.chat), "status": .string(messageID == nil ? "queued" : "delivered"),
        ]
        json["messageId"] = messageID.map { .string($0) }
        return json
    }
}
