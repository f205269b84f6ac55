import Platform

/// A Rocket.Chat server's people, and the rooms that the bot is in.
extension RocketChatConnector: Directory {
    private nonisolated static let pageSize = 100
    /// Of any list.
    private nonisolated static let mostPages = 20

    package func people(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        try await signedIn()
        return try await list("users.list", "users", ("sort", "{\"username\":1}"), search)
    }

    package func chats(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        try await signedIn()
        var page = DirectoryPage()
        let rooms = try await ask("rooms.get", [:], "add the bot to the rooms")
        for room in rooms["update"]?.array ?? [] {
            guard let id = room["_id"]?.string, room["t"]?.string != "d" else { continue }
            let entry = DirectoryEntry(
                .chat, id, name: room["name"]?.string ?? id, title: room["fname"]?.string)
            guard page.add(entry, search) else { break }
        }
        return page
    }

    package func members(of chat: String, _ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        try await signedIn()
        let isName = chat.hasPrefix("#")
        let info = try await ask(
            "rooms.info", isName ? ["roomName": String(chat.dropFirst())] : ["roomId": chat],
            "take the room's id from: openclaw directory groups list")["room"]
        guard let id = info?["_id"]?.string, let type = info?["t"]?.string else {
            throw .passing("the server does not say what the room is")
        }
        let kind = type == "c" ? "channels" : type == "d" ? "im" : "groups"
        return try await list("\(kind).members", "members", ("roomId", id), search)
    }

    private func signedIn() async throws(ConnectorFault) {
        guard api.session == nil else { return }
        do throws(RocketChatAPI.Failure) { try await api.signIn(settings.credentials) } catch { throw error.fault }
    }

    private func list(
        _ method: String, _ member: String, _ filter: (String, String), _ search: DirectorySearch
    ) async throws(ConnectorFault) -> DirectoryPage {
        var page = DirectoryPage()
        var count = 0
        for _ in 0..<Self.mostPages {
            let answer = try await ask(
                method, [filter.0: filter.1, "count": "\(Self.pageSize)", "offset": "\(count)"],
                "give the role of the bot's account the right view-d-room")
            let people = answer[member]?.array ?? []
            for person in people {
                guard let id = person["_id"]?.string else { continue }
                let name = person["username"]?.string ?? id
                var entry = DirectoryEntry(.person, id, target: "@\(name)", name: name, title: person["name"]?.string)
                entry.isActive = person["active"]?.bool != false
                guard page.add(entry, search) else { return page }
            }
            count += people.count
            guard !people.isEmpty, count < answer["total"]?.int ?? 0 else { return page }
        }
        page.isCut = true
        return page
    }

    private func ask(
        _ method: String, _ query: KeyValuePairs<String, String>, _ cure: String
    ) async throws(ConnectorFault) -> JSON {
        do throws(RocketChatAPI.Failure) {
            return try await api.get(method, query)
        } catch .refused(let words, _) {
            throw .lasting(words, cure: cure)
        } catch {
            throw error.fault
        }
    }
}
