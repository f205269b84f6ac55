import Platform

/// On IRC there is nothing to look up: a nick and a channel are their own ids.
extension IRCConnector: Directory {
    package func people(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        guard search.isExact else {
            throw .lasting("IRC has no list of people", cure: "a nick is its own id: write to it as it is")
        }
        var page = DirectoryPage()
        for word in search.words where !word.hasPrefix("#") && !word.contains(" ") {
            let nick = word.hasPrefix("@") ? String(word.dropFirst()) : word
            guard page.add(DirectoryEntry(.person, IRCCase.rfc1459.folded(nick), target: nick, name: nick), search)
            else { break }
        }
        return page
    }

    package func chats(_ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        var page = DirectoryPage()
        // Networks have tens of thousands of channels, so those are told that the bot joins.
        let named = search.isExact ? search.words.filter { $0.hasPrefix("#") } : []
        for name in settings.channels + named {
            let id = IRCCase.rfc1459.folded(name)
            guard page.add(DirectoryEntry(.chat, id, target: name, name: String(name.dropFirst())), search) else {
                break
            }
        }
        return page
    }

    package func members(of chat: String, _ search: DirectorySearch) async throws(ConnectorFault) -> DirectoryPage {
        throw .lasting(
            "IRC tells who is in a channel to those alone who are in it", cure: "ask there with any client: /names")
    }
}
