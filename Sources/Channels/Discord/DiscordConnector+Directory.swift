import Platform

/// What a bot of Discord's sees in the servers that it is in.
extension DiscordConnector: Directory {
    /// Servers that are looked into.
    private nonisolated static let mostGuilds = 20
    private nonisolated static let page = 1000
    private nonisolated static let membersIntent =
        "turn Server Members Intent on, on the app's page Bot, to list all; a name alone can be looked for without it"

    package func people(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        var page = DirectoryPage()
        for guild in try await guilds(&page) {
            let words = search.words.isEmpty ? [nil] : search.words.map(Optional.some)
            for word in words where word?.contains("/") != true {
                for member in try await members(guild.id, word.map(Self.sought)).array ?? [] {
                    guard let entry = Self.person(member, in: guild.name) else { continue }
                    guard page.add(entry, search) else { return page }
                }
            }
        }
        return page
    }

    package func chats(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        var page = DirectoryPage()
        for guild in try await guilds(&page) {
            let channels = try await ask(
                "guilds/\(guild.id)/channels", [:], "give the bot's role the right View Channels")
            for channel in channels.array ?? [] where Self.isText(channel) {
                guard let id = channel["id"]?.string else { continue }
                var entry = DirectoryEntry(.chat, id, target: "channel:\(id)", name: channel["name"]?.string ?? id)
                entry.space = guild.name
                guard page.add(entry, search) else { return page }
            }
        }
        return page
    }

    /// Discord itself tells who is in a thread. Who sees a channel follows from its rights, which it does not count out.
    package func members(of chat: String, _ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        let id = chat.hasPrefix("channel:") ? String(chat.dropFirst("channel:".count)) : chat
        guard Snowflake(id) != nil else {
            throw .lasting(
                "\"\(chat.cut(to: 80))\" is no channel of Discord's",
                cure: "take it from: openclaw directory groups list")
        }
        let channel = try await ask("channels/\(id)", [:], "give the bot's role the right View Channels")
        guard [10, 11, 12].contains(channel["type"]?.int ?? 0) else {
            throw .lasting(
                "Discord does not tell who sees a channel, only who is in a thread",
                cure: "list the people of its servers: openclaw directory peers list --channel discord")
        }
        var page = DirectoryPage()
        let list = try await ask(
            "channels/\(id)/thread-members", ["with_member": "true", "limit": "100"], Self.membersIntent)
        for one in list.array ?? [] {
            guard let entry = one["member"].flatMap({ Self.person($0, in: nil) }) else { continue }
            guard page.add(entry, search) else { break }
        }
        return page
    }

    private func guilds(_ page: inout DirectoryPage) async throws(ConnectorFault) -> [(id: String, name: String)] {
        let list = try await ask("users/@me/guilds", ["limit": "200"], DiscordTrouble.anew)
        let all = (list.array ?? []).compactMap { guild -> (id: String, name: String)? in
            guard let id = guild["id"]?.string, Snowflake(id) != nil else { return nil }
            return (id, guild["name"]?.string ?? id)
        }
        if all.count > Self.mostGuilds {
            page.isCut = true
            page.note = "only the first \(Self.mostGuilds) servers of the bot were looked into"
        }
        return Array(all.prefix(Self.mostGuilds))
    }

    private func members(_ guild: String, _ word: String?) async throws(ConnectorFault) -> JSON {
        guard let word else {
            return try await ask("guilds/\(guild)/members", ["limit": "\(Self.page)"], Self.membersIntent)
        }
        if Snowflake(word) != nil {
            do throws(DiscordTrouble) {
                return .array([try await api.get("guilds/\(guild)/members/\(word)")])
            } catch .refused(404, _, _) {
                return []
            } catch {
                throw error.fault
            }
        }
        return try await ask(
            "guilds/\(guild)/members/search", ["query": word, "limit": "\(Self.page)"], Self.membersIntent)
    }

    private func ask(
        _ path: String, _ query: KeyValuePairs<String, String>, _ cure: String
    ) async throws(ConnectorFault) -> JSON {
        do throws(DiscordTrouble) {
            return try await api.get(path, query)
        } catch .refused(let status, let code, let words) where status == 403 || code == 50001 {
            throw .lasting("Discord (\(code)): \(words)", cure: cure)
        } catch .refused(404, _, let words) {
            throw .lasting("Discord: \(words)", cure: "take the id from: openclaw directory groups list")
        } catch {
            throw error.fault
        }
    }

    /// `user:` and a number is a number; of `My Server/#ops` the end is the name.
    private static func sought(_ word: String) -> String {
        DirectorySearch.bare(word.hasPrefix("user:") ? String(word.dropFirst("user:".count)) : word)
    }

    private static func isText(_ channel: JSON) -> Bool { [0, 5, 10, 11, 12, 15].contains(channel["type"]?.int ?? -1) }

    private static func person(_ member: JSON, in guild: String?) -> DirectoryEntry? {
        guard let user = member["user"], let id = user["id"]?.string, Snowflake(id) != nil else { return nil }
        return DirectoryEntry(
            .person, id, target: "user:\(id)", name: user["username"]?.string ?? id,
            title: member["nick"]?.string ?? user["global_name"]?.string)
    }
}
