import Platform

extension SlackConnector {
    /// Slack cuts off what is longer.
    private nonisolated static let longestText = 40_000
    private nonisolated static let mostConversations = 1000

    package func send(_ message: OutboundMessage, key: String) async -> SendOutcome {
        do throws(SendFailure) {
            switch message.action {
            case .say:
                if let media = message.media { return try await send(media, message) }
                return try await say(message)
            case .edit(let id): return try await edit(id, message)
            case .react(let emoji, let id, let isRemoved):
                return try await react(emoji, id, isRemoved, message)
            case .poll: return .refused("Slack has no polls: ask in a message")
            }
        } catch {
            return error.outcome
        }
    }

    struct SendFailure: Error {
        let outcome: SendOutcome
    }

    private func say(_ message: OutboundMessage) async throws(SendFailure) -> SendOutcome {
        guard message.text.unicodeScalars.count <= Self.longestText else {
            return .refused("Slack would cut the text off: a message may have 40,000 characters")
        }
        guard !message.text.isEmpty else { return .refused("there is nothing to say in the message") }
        if let stream = message.stream, let outcome = try await begin(stream, message) { return outcome }
        let thread = Self.thread(message)
        var arguments: JSON = [
            "channel": .string(try await conversation(message)), "text": .string(message.text), "mrkdwn": true,
            "unfurl_links": .bool(settings.unfurlLinks), "unfurl_media": .bool(settings.unfurlLinks),
        ]
        arguments["thread_ts"] = thread.map { .string($0) }
        arguments["blocks"] = Self.blocks(message)
        let reply = try await call("chat.postMessage", arguments)
        guard let id = reply.json["ts"]?.string else { return .unknown("Slack did not say which message it is") }
        wrote(in: reply.json["channel"]?.string ?? message.address.chat, thread)
        return .delivered(id)
    }

    /// Without blocks the text is all there is; an empty list takes away those that are there.
    private static func blocks(_ message: OutboundMessage) -> JSON? {
        message.choices.map { $0.isEmpty ? [] : SlackBlocks.json(message.text, $0) }
    }

    private func edit(_ id: String, _ message: OutboundMessage) async throws(SendFailure) -> SendOutcome {
        let id = try time(id)
        let chat = try await conversation(message)
        var arguments: JSON = ["channel": .string(chat), "ts": .string(id), "text": .string(message.text)]
        arguments["blocks"] = Self.blocks(message)
        if let stream = message.stream, let outcome = try await extend(id, stream, message) { return outcome }
        if streams.contains(id) { await stop(id, chat) }
        do throws(SlackTrouble) {
            _ = try await speech.call("chat.update", settings.botToken, arguments)
        } catch .refused(_, let refusal) where refusal.error == "streaming_state_conflict" {
            // Begun by a process that did not come to its end.
            await stop(id, chat)
            _ = try await call("chat.update", arguments)
        } catch {
            return error.outcome
        }
        return .delivered(id)
    }

    private func react(
        _ emoji: String, _ id: String, _ isRemoved: Bool, _ message: OutboundMessage
    ) async throws(SendFailure) -> SendOutcome {
        guard let name = SlackEmoji.name(emoji) else { return .refused("Slack has no name for this emoji") }
        let id = try time(id)
        let arguments: JSON = [
            "channel": .string(try await conversation(message)), "timestamp": .string(id), "name": .string(name),
        ]
        do throws(SlackTrouble) {
            _ = try await speech.call(isRemoved ? "reactions.remove" : "reactions.add", settings.botToken, arguments)
        } catch {
            // It is as it was wanted.
            let asWanted = isRemoved ? "no_reaction" : "already_reacted"
            guard case .refused(_, let refusal) = error, refusal.error == asWanted else { return error.outcome }
        }
        return .delivered(id)
    }

    // MARK: Common

    func call(_ method: String, _ arguments: JSON) async throws(SendFailure) -> SlackReply {
        do throws(SlackTrouble) {
            return try await speech.call(method, settings.botToken, arguments)
        } catch {
            throw SendFailure(outcome: error.outcome)
        }
    }

    /// The conversation that a message goes to. A person is written to in the one that the bot has with them.
    func conversation(_ message: OutboundMessage) async throws(SendFailure) -> String {
        var chat = message.address.chat
        for prefix in ["slack:", "channel:", "user:"] where chat.hasPrefix(prefix) {
            chat = String(chat.dropFirst(prefix.count))
        }
        guard SlackID.isValid(chat) else {
            throw SendFailure(outcome: .refused("Slack has no conversation of that name: use its id"))
        }
        guard chat.hasPrefix("U") || chat.hasPrefix("W") else { return chat }
        if let known = conversations[chat] { return known }
        do throws(SlackTrouble) {
            let reply = try await speech.call("conversations.open", settings.botToken, ["users": .string(chat)])
            guard let id = reply.json["channel"]?["id"]?.string, SlackID.isValid(id) else {
                throw .strange("Slack did not say where to write to a person", status: 200)
            }
            if conversations.count >= Self.mostConversations { conversations = [:] }
            conversations[chat] = id
            return id
        } catch {
            throw SendFailure(outcome: error.outcomeBefore)
        }
    }

    private func time(_ id: String) throws(SendFailure) -> String {
        guard let time = SlackTime(id) else {
            throw SendFailure(outcome: .refused("that is no message of Slack's that can be changed or reacted to"))
        }
        return time.text
    }

    /// The thread it goes to: an answer to a message that is in none begins one. Commands are no messages.
    static func thread(_ message: OutboundMessage) -> String? {
        (message.address.thread ?? message.replyTo).flatMap(SlackTime.init)?.text
    }
}
