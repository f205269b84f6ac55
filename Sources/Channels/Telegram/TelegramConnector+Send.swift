import Platform

extension TelegramConnector {
    package func send(_ message: OutboundMessage, key: String) async -> SendOutcome {
        guard let chat = Self.chat(message.address.chat) else {
            return .refused("Telegram's chats are numbers, or channels as @name")
        }
        switch message.action {
        case .say:
            if let media = message.media { return await send(media, message, to: chat) }
            guard !message.text.isEmpty else { return .refused("there is nothing to say in the message") }
            return await deliver("sendMessage", text(message, placed(message)), to: chat)
        case .edit(let id):
            guard let number = Int(id) else { return .refused(Self.noMessage) }
            return await deliver("editMessageText", text(message, ["message_id": JSON(number)]), to: chat, on: id)
        case .react(let emoji, let id, let isRemoved):
            guard let number = Int(id) else { return .refused(Self.noMessage) }
            let reaction: JSON = isRemoved ? [] : [["type": "emoji", "emoji": .string(emoji)]]
            return await deliver(
                "setMessageReaction", ["message_id": JSON(number), "reaction": reaction], to: chat, on: id)
        case .poll(let question, let options, let several):
            var arguments = placed(message)
            arguments["question"] = .string(question)
            arguments["options"] = .array(options.map { ["text": .string($0)] })
            arguments["allows_multiple_answers"] = .bool(several)
            arguments["is_anonymous"] = false
            return await deliver("sendPoll", arguments, to: chat)
        }
    }

    package func showTyping(in address: ChatAddress) async {
        guard var chat = Self.chat(address.chat) else { return }
        chat = receiver?.place.now(chat) ?? chat
        var arguments: JSON = ["action": "typing", "chat_id": Int(chat).map { JSON($0) } ?? .string(chat)]
        // The general topic has its number here.
        arguments["message_thread_id"] = address.thread.flatMap { Int($0) }.map { JSON($0) }
        _ = try? await api.call("sendChatAction", arguments, within: .seconds(5))
    }

    private static let noMessage = "that is no message of Telegram's"

    /// `target` is the message that something is done to.
    func deliver(
        _ method: String, _ arguments: JSON, _ part: TelegramAPI.Part? = nil, to chat: String, on target: String? = nil
    ) async -> SendOutcome {
        var chat = receiver?.place.now(chat) ?? chat
        // A group becomes another once.
        for _ in 0..<2 {
            var arguments = arguments
            arguments["chat_id"] = Int(chat).map { JSON($0) } ?? .string(chat)
            do throws(TelegramTrouble) {
                let result = try await api.call(method, arguments, part)
                guard let id = target ?? result["message_id"]?.int.map({ "\($0)" }) else {
                    return .unknown("Telegram does not say which message it is")
                }
                return .delivered(id)
            } catch .refused(_, _, movedTo: let new?) {
                receiver?.note(chat, became: "\(new)")
                chat = "\(new)"
            } catch .refused(400, let words, _) where words.contains("message is not modified") {
                return .delivered(target ?? chat)
            } catch {
                return error.outcome
            }
        }
        return .refused("Telegram says that the group became another, and that one too")
    }

    /// Where in a chat, in answer to what, and how loudly.
    func placed(_ message: OutboundMessage) -> JSON {
        var arguments: JSON = [:]
        arguments["message_thread_id"] = Self.thread(message)
        if let id = message.replyTo.flatMap({ Int($0) }) {
            arguments["reply_parameters"] = ["message_id": JSON(id), "allow_sending_without_reply": true]
        }
        if message.isSilent { arguments["disable_notification"] = true }
        return arguments
    }

    func text(_ message: OutboundMessage, _ arguments: JSON) -> JSON {
        var arguments = arguments
        arguments["text"] = .string(message.text)
        // What has no markup is sent as it is.
        if message.plainText != nil { arguments["parse_mode"] = "HTML" }
        if let choices = message.choices, !choices.isEmpty {
            arguments["reply_markup"] = TelegramButtons.keyboard(choices)
        }
        if !settings.previewsLinks { arguments["link_preview_options"] = ["is_disabled": true] }
        return arguments
    }

    /// The general topic has no number where something is sent.
    private static func thread(_ message: OutboundMessage) -> JSON? {
        guard let thread = message.address.thread, thread != TelegramReader.generalTopic else { return nil }
        return Int(thread).map { JSON($0) }
    }

    private static func chat(_ text: String) -> String? {
        var text = text[...]
        for prefix in ["telegram:", "tg:"] where text.hasPrefix(prefix) { text = text.dropFirst(prefix.utf8.count) }
        if Int(text) != nil { return String(text) }
        let name = text.dropFirst()
        return text.first == "@" && !name.isEmpty && name.utf8.allSatisfy { $0 > 32 && $0 < 127 } ? String(text) : nil
    }
}
