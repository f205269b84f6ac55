import Platform
import Wire

extension MatrixConnector {
    private nonisolated static let mostRooms = 1000

    package func send(_ message: OutboundMessage, key: String) async -> SendOutcome {
        do throws(MatrixTrouble) {
            guard let room = try await room(message.address.chat) else {
                return .refused("Matrix's rooms are !id:server or #alias:server, its people @name:server")
            }
            // In the clear, all servers on the way would read what the room keeps to itself.
            guard try await !isSecret(room) else {
                return .refused("the room is encrypted, and nothing is said there in the clear")
            }
            let transaction = String(Hex.encode(SHA256.hash(key)).prefix(32))
            switch message.action {
            case .say:
                guard !message.text.isEmpty || message.media != nil else {
                    return .refused("there is nothing to say in the message")
                }
                var content = Self.content(message)
                if let media = message.media {
                    do throws(FileRefusal) { try await add(media, to: &content) } catch { return error.outcome }
                }
                content["m.relates_to"] = Self.relation(message)
                return try await put(content, "m.room.message", room, transaction)
            case .edit(let id):
                var content = Self.content(message)
                content["m.new_content"] = content
                content["body"] = .string("* \(message.plainText ?? message.text)")
                content["m.relates_to"] = ["rel_type": "m.replace", "event_id": .string(id)]
                guard case .delivered = try await put(content, "m.room.message", room, transaction) else {
                    return .unknown("the homeserver did not say which event it is")
                }
                return .delivered(id)
            case .react(let emoji, let id, let isRemoved):
                guard !isRemoved else { return .refused("a sign cannot be taken away over Matrix yet") }
                let relation: JSON = [
                    "rel_type": "m.annotation", "event_id": .string(id), "key": .string(emoji),
                ]
                return try await put(["m.relates_to": relation], "m.reaction", room, transaction)
            case .poll: return .refused("Matrix has no polls that all clients know")
            }
        } catch {
            return error.outcome
        }
    }

    /// The same transaction twice is the same event.
    package func showTyping(in address: ChatAddress) async {
        guard address.chat.hasPrefix("!") else { return }
        _ = try? await api.call(
            .put, ["rooms", address.chat, "typing", reader.id], ["typing": true, "timeout": 10_000], within: .seconds(5)
        )
    }

    private func put(
        _ content: JSON, _ type: String, _ room: String, _ transaction: String
    ) async throws(MatrixTrouble) -> SendOutcome {
        let answer = try await api.call(
            .put, ["rooms", room, "send", type, transaction], content, within: .seconds(30))
        return answer["event_id"]?.string.map(SendOutcome.delivered)
            ?? .unknown("the homeserver did not say which event it is")
    }

    /// Nobody is called by what a model says.
    private static func content(_ message: OutboundMessage) -> JSON {
        var content: JSON = [
            "msgtype": "m.text", "body": .string(message.plainText ?? message.text), "m.mentions": [:],
        ]
        if message.plainText != nil {
            content["format"] = "org.matrix.custom.html"
            content["formatted_body"] = .string(message.text)
        }
        return content
    }

    private static func relation(_ message: OutboundMessage) -> JSON? {
        guard let thread = message.address.thread else {
            return message.replyTo.map { ["m.in_reply_to": ["event_id": .string($0)]] }
        }
        return [
            "rel_type": "m.thread", "event_id": .string(thread), "is_falling_back": .bool(message.replyTo == nil),
            "m.in_reply_to": ["event_id": .string(message.replyTo ?? thread)],
        ]
    }

    // MARK: Rooms

    /// The room's id; that of a person is the one that both are in.
    private func room(_ chat: String) async throws(MatrixTrouble) -> String? {
        var chat = chat
        for prefix in ["matrix:", "room:", "user:"] where chat.hasPrefix(prefix) {
            chat = String(chat.dropFirst(prefix.count))
        }
        guard chat.utf8.count < 256, !chat.contains(where: \.isWhitespace) else { return nil }
        if chat.hasPrefix("!") { return chat }
        if let known = rooms[chat] { return known }
        let found: String?
        switch chat.first {
        case "#":
            found = try await api.call(.get, ["directory", "room", chat])["room_id"]?.string
        case "@":
            found = try await direct(chat)
        default: return nil
        }
        if rooms.count >= Self.mostRooms { rooms = [:] }
        rooms[chat] = found
        return found
    }

    private func direct(_ user: String) async throws(MatrixTrouble) -> String? {
        if let room = try await directRooms()[user]?.array?.last?.string { return room }
        let answer = try await api.call(
            .post, ["createRoom"],
            ["is_direct": true, "invite": [.string(user)], "preset": "trusted_private_chat"], within: .seconds(30))
        guard let room = answer["room_id"]?.string else { return nil }
        try await remember(user, room)
        return room
    }

    private func isSecret(_ room: String) async throws(MatrixTrouble) -> Bool {
        if reader.encrypted.contains(room) { return true }
        if let known = isEncrypted[room] { return known }
        do throws(MatrixTrouble) {
            _ = try await api.call(.get, ["rooms", room, "state", "m.room.encryption"])
            isEncrypted[room] = true
        } catch .refused(404, _, _, _) {
            isEncrypted[room] = false
        } catch .network(.unknown(let words)) {
            // Nothing was said yet.
            throw .network(.notSent(words))
        } catch {
            throw error
        }
        return isEncrypted[room] ?? true
    }
}
