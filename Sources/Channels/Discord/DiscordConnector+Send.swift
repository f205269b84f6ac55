import Platform
import Wire

extension DiscordConnector {
    private nonisolated static let mostChats = 1000
    private nonisolated static let suppressEmbeds = 1 << 2
    private nonisolated static let silent = 1 << 12

    package func send(_ message: OutboundMessage, key: String) async -> SendOutcome {
        do throws(DiscordTrouble) {
            guard let chat = try await chat(message) else {
                return .refused("Discord's channels are numbers; a person is user: and a number")
            }
            switch message.action {
            case .say:
                guard !message.text.isEmpty || message.media != nil else {
                    return .refused("there is nothing to say in the message")
                }
                var body = said(message)
                body["content"] = .string(message.text)
                if let media = message.media { return try await post(body, media, chat, key) }
                if let ticket = message.ticket {
                    var words: JSON = ["content": .string(message.text), "allowed_mentions": ["parse": []]]
                    words["components"] = body["components"]
                    if let outcome = try await answer(ticket, words) { return outcome }
                }
                return try await post(body, chat, key)
            case .poll(let question, let options, let several):
                guard options.count <= 10 else { return .refused("a poll of Discord's has 10 answers at most") }
                var body = said(message)
                body["poll"] = [
                    "question": ["text": .string(question)], "duration": 24, "allow_multiselect": .bool(several),
                    "answers": .array(options.map { ["poll_media": ["text": .string($0)]] }),
                ]
                return try await post(body, chat, key)
            case .edit(let id):
                guard Snowflake(id) != nil else { return .refused("that is no message of Discord's") }
                var body: JSON = ["content": .string(message.text), "allowed_mentions": ["parse": []]]
                body["components"] = message.choices.map(DiscordButtons.components)
                _ = try await api.call(
                    .patch, "channels/\(chat)/messages/\(id)", body, route: "edit \(chat)")
                return .delivered(id)
            case .react(let emoji, let id, let isRemoved):
                guard Snowflake(id) != nil else { return .refused("that is no message of Discord's") }
                _ = try await api.call(
                    isRemoved ? .delete : .put,
                    "channels/\(chat)/messages/\(id)/reactions/\(WebURL.encode(emoji))/@me", nil, route: "react \(chat)"
                )
                return .delivered(id)
            }
        } catch {
            return error.outcome
        }
    }

    package func showTyping(in address: ChatAddress) async {
        guard let chat = Snowflake(address.thread ?? address.chat)?.text else { return }
        _ = try? await api.call(.post, "channels/\(chat)/typing", nil, [:], .seconds(5))
    }

    /// Nobody is called by what a model says: no @everyone, no role, no person but those who read the chat anyway.
    private func said(_ message: OutboundMessage) -> JSON {
        var flags = settings.suppressesEmbeds ? Self.suppressEmbeds : 0
        if message.isSilent { flags |= Self.silent }
        var body: JSON = ["allowed_mentions": ["parse": []], "flags": JSON(flags)]
        body["components"] = message.choices.map(DiscordButtons.components)
        if let id = message.replyTo, Snowflake(id) != nil {
            body["message_reference"] = ["message_id": .string(id), "fail_if_not_exists": false]
        }
        return body
    }

    /// For some minutes Discord knows our key again, and gives the message that was made under it.
    func post(
        _ body: JSON, _ chat: String, _ key: String, _ form: (JSON) -> MultipartForm? = { _ in nil }
    ) async throws(DiscordTrouble) -> SendOutcome {
        var body = body
        body["nonce"] = .string(String(Hex.encode(SHA256.hash(key)).prefix(25)))
        body["enforce_nonce"] = true
        let answer = try await api.call(.post, "channels/\(chat)/messages", body, form: form(body))
        guard let id = answer["id"]?.string else { return .unknown("Discord did not say which message it is") }
        return .delivered(id)
    }

    /// The channel that a message goes to. A person is written to in the one that the bot has with them.
    private func chat(_ message: OutboundMessage) async throws(DiscordTrouble) -> String? {
        var chat = message.address.thread ?? message.address.chat
        for prefix in ["discord:", "channel:"] where chat.hasPrefix(prefix) {
            chat = String(chat.dropFirst(prefix.count))
        }
        guard chat.hasPrefix("user:") else { return Snowflake(chat)?.text }
        guard let person = Snowflake(String(chat.dropFirst("user:".count))) else { return nil }
        if let known = chats[person.text] { return known }
        do throws(DiscordTrouble) {
            let answer = try await api.call(.post, "users/@me/channels", ["recipient_id": .string(person.text)])
            guard let id = answer["id"]?.string, Snowflake(id) != nil else {
                throw .strange("Discord did not say where to write to a person", status: 200)
            }
            if chats.count >= Self.mostChats { chats = [:] }
            chats[person.text] = id
            return id
        } catch {
            throw error.unseen
        }
    }
}
