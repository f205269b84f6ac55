import Channels
import Contract
import Platform

/// `channels.resolve`.
struct ChannelsResolveMethod: WaitingMethod {
    static let contract = MethodContract.channelsResolve
    let desk: DirectoryDesk

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let (names, kind) = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            (
                request.params.object["names"]?.array?.compactMap(\.string) ?? [],
                try params.field("kind").ifPresent?.string()
            )
        }
        let wanted: DirectoryEntry.Kind? = kind == "user" ? .person : kind == nil || kind == "auto" ? nil : .chat
        let asked = try desk.read(request, Self.contract)
        let found = try await desk.look(asked) { directory throws(ConnectorFault) in
            await NameLookup(directory, kind: wanted).find(names)
        }
        let results = found.map { name -> JSON in
            var json = name.entry?.json ?? [:]
            json["input"] = .string(name.input)
            json["resolved"] = .bool(name.entry != nil)
            json["note"] = name.note.map { .string($0) }
            return json
        }
        return .json(asked.answer(("results", .array(results))))
    }
}

/// `directory.self`.
struct DirectorySelfMethod: WaitingMethod {
    static let contract = MethodContract.directorySelf
    let desk: DirectoryDesk

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let asked = try desk.read(request, Self.contract)
        let me = try await desk.ask(asked) { connector throws(ConnectorFault) in try await connector.probe() }
        return .json(
            asked.answer(
                ("kind", "user"), ("id", .string(me.id)), ("name", .string(me.name)),
                ("findings", .array(me.findings.map { .string($0) }))))
    }
}

/// `directory.peers.list`.
struct DirectoryPeersMethod: WaitingMethod {
    static let contract = MethodContract.directoryPeers
    let desk: DirectoryDesk

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let search = try Self.contract.search(request)
        return try await desk.list(request, Self.contract) { directory throws(ConnectorFault) in
            try await directory.people(search)
        }
    }
}

/// `directory.groups.list`.
struct DirectoryGroupsMethod: WaitingMethod {
    static let contract = MethodContract.directoryGroups
    let desk: DirectoryDesk

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let search = try Self.contract.search(request)
        return try await desk.list(request, Self.contract) { directory throws(ConnectorFault) in
            try await directory.chats(search)
        }
    }
}

/// `directory.groups.members`.
struct DirectoryMembersMethod: WaitingMethod {
    static let contract = MethodContract.directoryMembers
    let desk: DirectoryDesk

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let search = try Self.contract.search(request)
        let group = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            try params.field("groupId").string()
        }
        return try await desk.list(request, Self.contract) { directory throws(ConnectorFault) in
            try await directory.members(of: group, search)
        }
    }
}

extension DirectoryDesk {
    fileprivate func list(
        _ request: MethodRequest, _ contract: MethodContract,
        _ body: @escaping @LoopActor (any Directory) async throws(ConnectorFault) -> DirectoryPage
    ) async throws(RPCError) -> Reply {
        let asked = try read(request, contract)
        let page = try await look(asked, body)
        var json = asked.answer(("entries", .array(page.entries.map(\.json))), ("more", .bool(page.isCut)))
        json["note"] = page.note.map { .string($0) }
        return .json(json)
    }
}

extension DirectoryDesk.Request {
    /// What is answered, with the account that it is about.
    fileprivate func answer(_ members: (String, JSON)...) -> JSON {
        .object(
            JSONObject([("channel", .string(name.channel)), ("accountId", .string(name.account))] + members))
    }
}

extension MethodContract {
    @LoopActor
    fileprivate func search(_ request: MethodRequest) throws(RPCError) -> DirectorySearch {
        try request.read(self) { (params) throws(JSONDecodingError) in
            let query = try params.field("query").ifPresent?.string() ?? ""
            let limit = try params.field("limit").ifPresent?.integer() ?? DirectoryDesk.usualLimit
            return DirectorySearch(words: query.isEmpty ? [] : [query], limit: limit)
        }
    }
}

extension DirectoryEntry {
    fileprivate var json: JSON {
        var json: JSON = [
            "kind": .string(kind.rawValue), "id": .string(id), "target": .string(target), "name": .string(name),
        ]
        json["title"] = title.map { .string($0) }
        json["space"] = space.map { .string($0) }
        if !isActive { json["active"] = false }
        return json
    }
}
