import Platform

/// Slack's lists come in pages; what is looked for is sought in them here.
extension SlackConnector: Directory {
    private nonisolated static let pageSize = 200
    /// Of any list.
    private nonisolated static let mostPages = 20
    private nonisolated static let noFilter = ("include_locale", "false")

    package func people(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        try await list("users.list", "members", Self.noFilter, search) { SlackListing.person($0) }
    }

    package func chats(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        let both = ["public_channel", "private_channel"]
        do throws(SlackTrouble) {
            return try await pages("conversations.list", "channels", ("types", both.joined(separator: ",")), search) {
                SlackListing.chat($0)
            }
        } catch .refused(_, let refusal) where refusal.error == "missing_scope" && refusal.needed == "groups:read" {
            // What may be seen is worth something by itself.
            var page = try await list("conversations.list", "channels", ("types", both[0]), search) {
                SlackListing.chat($0)
            }
            page.note = "private channels are not told: \(refusal.cure)"
            return page
        } catch {
            throw error.fault
        }
    }

    package func members(of chat: String, _ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        guard SlackID.isValid(chat) else {
            throw .lasting(
                "\"\(chat.cut(to: 80))\" is no id of a conversation",
                cure: "take it from: openclaw directory groups list")
        }
        var inside: Set<String> = []
        let all = try await list("conversations.members", "members", ("channel", chat), DirectorySearch()) { json in
            guard let id = json.string else { return nil }
            inside.insert(id)
            return DirectoryEntry(.person, id, name: id)
        }
        var page = try await list("users.list", "members", Self.noFilter, search) { json in
            SlackListing.person(json).flatMap { inside.contains($0.id) ? $0 : nil }
        }
        page.isCut = page.isCut || all.isCut
        return page
    }

    private func list(
        _ method: String, _ member: String, _ filter: (String, String), _ search: DirectorySearch,
        _ read: (JSON) -> DirectoryEntry?
    ) async throws(ConnectorFault) -> DirectoryPage {
        do throws(SlackTrouble) { return try await pages(method, member, filter, search, read) } catch {
            throw error.fault
        }
    }

    private func pages(
        _ method: String, _ member: String, _ filter: (String, String), _ search: DirectorySearch,
        _ read: (JSON) -> DirectoryEntry?
    ) async throws(SlackTrouble) -> DirectoryPage {
        var page = DirectoryPage()
        var cursor = ""
        for _ in 0..<Self.mostPages {
            let reply = try await api.call(
                method, settings.botToken,
                form: [filter.0: filter.1, "limit": "\(Self.pageSize)", "cursor": cursor])
            for json in reply.json[member]?.array ?? [] {
                guard let entry = read(json) else { continue }
                guard page.add(entry, search) else { return page }
            }
            cursor = reply.json["response_metadata"]?["next_cursor"]?.string ?? ""
            if cursor.isEmpty { return page }
        }
        page.isCut = true
        return page
    }
}

/// Slack's people and conversations as entries.
private enum SlackListing {
    static func person(_ json: JSON) -> DirectoryEntry? {
        guard let id = json["id"]?.string, SlackID.isValid(id) else { return nil }
        let profile = json["profile"]
        let shown = profile?["display_name"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        var entry = DirectoryEntry(
            .person, id, name: json["name"]?.string ?? shown ?? id,
            title: shown ?? json["real_name"]?.string ?? profile?["real_name"]?.string)
        entry.isActive = json["deleted"]?.bool != true
        return entry
    }

    static func chat(_ json: JSON) -> DirectoryEntry? {
        guard let id = json["id"]?.string, SlackID.isValid(id) else { return nil }
        var entry = DirectoryEntry(.chat, id, name: json["name"]?.string ?? id)
        entry.isActive = json["is_archived"]?.bool != true
        return entry
    }
}
