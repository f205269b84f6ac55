import Platform

/// Telegram tells a bot of nobody and nothing but what it names itself.
extension TelegramConnector: Directory {
    package func people(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        guard search.isExact else {
            throw .lasting(
                "Telegram tells a bot of nobody before they write to it",
                cure: "let the person write to the bot: openclaw pairing list shows the id then")
        }
        return try await named(search, .person)
    }

    package func chats(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        guard search.isExact else {
            throw .lasting(
                "Telegram does not tell a bot which groups it is in",
                cure: "say /whoami to the bot in the group: it answers with the group's id")
        }
        return try await named(search, .chat)
    }

    package func members(of chat: String, _ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        var page = DirectoryPage()
        do throws(TelegramTrouble) {
            let list = try await api.call(
                "getChatAdministrators", ["chat_id": Self.number(chat)], within: .seconds(10))
            for member in list.array ?? [] {
                guard let user = member["user"], let entry = Self.entry(user, isPerson: true) else { continue }
                guard page.add(entry, search) else { break }
            }
        } catch .refused(400, let words, _) {
            throw .lasting("Telegram: \(words)", cure: "name a group by its number, in which the bot is")
        } catch {
            throw error.fault(settings.path)
        }
        page.note = "Telegram tells a bot the administrators of a group only"
        return page
    }

    /// Asks for each name by itself: there is no other way.
    private func named(_ search: DirectorySearch, _ kind: DirectoryEntry.Kind) async throws(ConnectorFault)
        -> DirectoryPage
    {
        var page = DirectoryPage()
        for word in search.words {
            let name = Int(word) != nil ? word : "@\(DirectorySearch.bare(word))"
            do throws(TelegramTrouble) {
                let chat = try await api.call("getChat", ["chat_id": Self.number(name)], within: .seconds(10))
                let isPerson = chat["type"]?.string == "private"
                guard let entry = Self.entry(chat, isPerson: isPerson), entry.kind == kind else { continue }
                _ = page.add(entry, search)
            } catch .refused(400, let words, _) where words.contains("chat not found") {
                page.note = "Telegram tells a bot public groups and channels by name, people only by number"
            } catch {
                throw error.fault(settings.path)
            }
        }
        return page
    }

    private static func number(_ chat: String) -> JSON { Int(chat).map { JSON($0) } ?? .string(chat) }

    private static func entry(_ json: JSON, isPerson: Bool) -> DirectoryEntry? {
        guard let id = json["id"]?.int else { return nil }
        let parts = [json["first_name"]?.string, json["last_name"]?.string].compactMap { $0 }
        let title = isPerson ? parts.joined(separator: " ") : json["title"]?.string ?? ""
        let name = json["username"]?.string ?? (title.isEmpty ? "\(id)" : title)
        return DirectoryEntry(isPerson ? .person : .chat, "\(id)", name: name, title: title)
    }
}
