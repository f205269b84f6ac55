import Platform
import Wire

/// A homeserver's directory of people, and the rooms that the account is in.
extension MatrixConnector: Directory {
    /// Rooms that are asked for their names, and for who is in them.
    private nonisolated static let mostRooms = 50
    private nonisolated static let found = 50

    package func people(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        let identity = try await probe()
        var page = DirectoryPage()
        guard !search.words.isEmpty else {
            // A homeserver tells nobody all its people; those are told that the account shares a room with.
            for room in try await joined(&page) {
                let list = try await members(of: room, search)
                for entry in list.entries where entry.id != identity.id {
                    guard page.add(entry, search) else { return page }
                }
            }
            return page
        }
        for word in search.words {
            let bare = DirectorySearch.bare(word)
            let answer = try await ask(
                .post, ["user_directory", "search"], ["search_term": .string(bare), "limit": JSON(Self.found)])
            page.isCut = page.isCut || answer["limited"]?.bool == true && !search.isExact
            for json in answer["results"]?.array ?? [] {
                guard let id = json["user_id"]?.string, id.hasPrefix("@") else { continue }
                guard page.add(Self.person(id, json["display_name"]?.string), search) else { return page }
            }
            // People that the account shares no room with are told of by their whole name alone.
            guard word.hasPrefix("@"), word.contains(":"), !page.entries.contains(where: { $0.id == word }) else {
                continue
            }
            guard let profile = try await askIfAny(["profile", word]) else { continue }
            guard page.add(Self.person(word, profile["displayname"]?.string), search) else { return page }
        }
        return page
    }

    package func chats(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        _ = try await probe()
        var page = DirectoryPage()
        // A whole alias is asked for as it is, and need not be one of a room that the account is in.
        let aliases = search.words.filter { $0.hasPrefix("#") && $0.contains(":") }
        for alias in aliases {
            guard let room = try await askIfAny(["directory", "room", alias])?["room_id"]?.string else { continue }
            guard page.add(Self.room(room, alias: alias, name: nil), search) else { return page }
        }
        guard search.words.isEmpty || aliases.count < search.words.count else { return page }
        for room in try await joined(&page) {
            let name = try await askIfAny(["rooms", room, "state", "m.room.name"])?["name"]?.string
            let alias = try await askIfAny(["rooms", room, "state", "m.room.canonical_alias"])?["alias"]?.string
            // A room of two has neither.
            guard name != nil || alias != nil || search.words.contains(room) else { continue }
            guard page.add(Self.room(room, alias: alias, name: name), search) else { return page }
        }
        return page
    }

    package func members(of chat: String, _ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        if api.token == nil { _ = try await probe() }
        var room = chat
        if chat.hasPrefix("#") {
            guard let id = try await askIfAny(["directory", "room", chat])?["room_id"]?.string else {
                throw .lasting("there is no room \(chat.cut(to: 100))", cure: "look at: openclaw directory groups list")
            }
            room = id
        }
        var page = DirectoryPage()
        let answer = try await ask(.get, ["rooms", room, "joined_members"])
        for member in answer["joined"]?.object?.members ?? [] {
            guard page.add(Self.person(member.key, member.value["display_name"]?.string), search) else { break }
        }
        return page
    }

    private func joined(_ page: inout DirectoryPage) async throws(ConnectorFault) -> [String] {
        let rooms = (try await ask(.get, ["joined_rooms"])["joined_rooms"]?.array ?? []).compactMap(\.string)
        if rooms.count > Self.mostRooms {
            page.isCut = true
            page.note = "only \(Self.mostRooms) of the account's \(rooms.count) rooms were looked into"
        }
        return Array(rooms.prefix(Self.mostRooms))
    }

    private func ask(_ verb: HTTPMethod, _ path: [String], _ body: JSON? = nil) async throws(ConnectorFault) -> JSON {
        do throws(MatrixTrouble) {
            return try await api.call(verb, path, body)
        } catch .refused(403, _, let words, _) {
            throw .lasting("the homeserver refuses: \(words)", cure: "invite the account to the room first")
        } catch {
            throw error.fault
        }
    }

    /// Nil when there is no such thing.
    private func askIfAny(_ path: [String]) async throws(ConnectorFault) -> JSON? {
        do throws(MatrixTrouble) {
            return try await api.call(.get, path)
        } catch .refused(let status, _, _, _) where status == 404 || status == 403 || status == 400 {
            return nil
        } catch {
            throw error.fault
        }
    }

    private static func person(_ id: String, _ name: String?) -> DirectoryEntry {
        let local = id.dropFirst().prefix { $0 != ":" }
        return DirectoryEntry(.person, id, name: String(local), title: name)
    }

    private static func room(_ id: String, alias: String?, name: String?) -> DirectoryEntry {
        let short = alias.map { String($0.dropFirst()) }
        return DirectoryEntry(.chat, id, name: short ?? name ?? id, title: name)
    }
}
