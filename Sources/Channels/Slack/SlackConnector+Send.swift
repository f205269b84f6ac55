import Platform

extension SlackConnector {
    /// Slack cuts off what is longer.
    private nonisolated static let longestText = 40_000
    private nonisolated static let mostConversations = 1000

    package func send(_ message: OutboundMessage, key: String) async -> SendOutcome {
        do throws(SendFailure) {
            switch message.action {
            case .say:
                if let media = message.media { return try await upload(media, message) }
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

    private struct SendFailure: Error {
        let outcome: SendOutcome
    }

    private func say(_ message: OutboundMessage) async throws(SendFailure) -> SendOutcome {
        guard message.text.unicodeScalars.count <= Self.longestText else {
            return .refused("Slack would cut the text off: a message may have 40,000 characters")
        }
        guard !message.text.isEmpty else { return .refused("there is nothing to say in the message") }
        let thread = Self.thread(message)
        var arguments: JSON = [
            "channel": .string(try await conversation(message)), "text": .string(message.text), "mrkdwn": true,
            "unfurl_links": .bool(settings.unfurlLinks), "unfurl_media": .bool(settings.unfurlLinks),
        ]
        arguments["thread_ts"] = thread.map { .string($0) }
        let reply = try await call("chat.postMessage", arguments)
        guard let id = reply.json["ts"]?.string else { return .unknown("Slack did not say which message it is") }
        wrote(in: reply.json["channel"]?.string ?? message.address.chat, thread)
        return .delivered(id)
    }

    private func edit(_ id: String, _ message: OutboundMessage) async throws(SendFailure) -> SendOutcome {
        let id = try time(id)
        _ = try await call(
            "chat.update",
            ["channel": .string(try await conversation(message)), "ts": .string(id), "text": .string(message.text)])
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

    // MARK: Files

    /// An address is asked for, the bytes are brought there, and only then somebody sees something.
    private func upload(
        _ media: OutboundMessage.Media, _ message: OutboundMessage
    ) async throws(SendFailure) -> SendOutcome {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try await FileReading.read(media.path, limit: settings.mediaBytes)
        } catch {
            return .refused("the file cannot be sent: \(error)")
        }
        guard !bytes.isEmpty else { return .refused("Slack takes no empty files") }
        let name = media.name.isEmpty ? "file" : media.name.cut(to: 200)
        let chat = try await conversation(message)
        let file: String
        do throws(SlackTrouble) {
            let place = try await speech.call(
                "files.getUploadURLExternal", settings.botToken, form: ["filename": name, "length": "\(bytes.count)"])
            guard let address = place.json["upload_url"]?.string, let id = place.json["file_id"]?.string else {
                return .notSent("Slack gave no address that a file may be brought to")
            }
            file = id
            try await speech.upload(bytes, to: address)
        } catch {
            return error.outcomeBefore
        }
        let thread = Self.thread(message)
        var arguments: JSON = [
            "files": [["id": .string(file), "title": .string(name)]], "channel_id": .string(chat),
        ]
        if !message.text.isEmpty { arguments["initial_comment"] = .string(message.text) }
        arguments["thread_ts"] = thread.map { .string($0) }
        _ = try await call("files.completeUploadExternal", arguments)
        wrote(in: chat, thread)
        return .delivered(file)
    }

    // MARK: Common

    private func call(_ method: String, _ arguments: JSON) async throws(SendFailure) -> SlackReply {
        do throws(SlackTrouble) {
            return try await speech.call(method, settings.botToken, arguments)
        } catch {
            throw SendFailure(outcome: error.outcome)
        }
    }

    /// The conversation that a message goes to. A person is written to in the one that the bot has with them.
    private func conversation(_ message: OutboundMessage) async throws(SendFailure) -> String {
        let chat = message.address.chat
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
    private static func thread(_ message: OutboundMessage) -> String? {
        (message.address.thread ?? message.replyTo).flatMap(SlackTime.init)?.text
    }
}
