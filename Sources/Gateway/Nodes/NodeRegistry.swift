import Contract
import Platform

/// The nodes that are connected, and what each may be asked to do. Of several connections of one node the newest counts;
/// when it leaves, the one before it does again.
@LoopActor
final class NodeRegistry: ClientWatching {
    /// `gateway.nodes.allowCommands` and `denyCommands`.
    var policy = NodeCommandPolicy() {
        didSet {
            guard policy != oldValue else { return }
            for client in links.values.compactMap(\.last) where client.deviceID != nil { askIfNeeded(client) }
        }
    }

    let book: NodeBook
    private let pairings: NodePairings
    private let invocations: NodeInvocations
    private let clock: any Clock
    private let log: Log
    private var links: [String: [Client]] = [:]

    init(book: NodeBook, pairings: NodePairings, invocations: NodeInvocations, clock: any Clock, log: Log) {
        self.book = book
        self.pairings = pairings
        self.invocations = invocations
        self.clock = clock
        self.log = log
    }

    // MARK: Coming and going

    func entered(_ client: Client) {
        guard client.role == .node else { return }
        let nodeID = client.nodeID
        links[nodeID, default: []].append(client)
        guard client.deviceID != nil else { return }
        book.saw(nodeID, NodeFacts(client), reason: "connect")
        book.writeLater(nodeID)
        askIfNeeded(client)
    }

    func left(_ client: Client) {
        guard client.role == .node else { return }
        let nodeID = client.nodeID
        links[nodeID]?.removeAll { $0 === client }
        if links[nodeID]?.isEmpty == true { links[nodeID] = nil }
        invocations.nodeLeft(client)
        guard book[nodeID] != nil else { return }
        book.saw(nodeID, nil, reason: "disconnect")
        book.writeLater(nodeID)
    }

    /// What a node declares beyond what it was let offer waits for an operator; it is not offered before.
    private func askIfNeeded(_ client: Client) {
        var facts = NodeFacts(client)
        facts.commands = declared(client)
        let approval = book[client.nodeID]?.approval
        if let approval, Set(facts.commands).isSubset(of: approval.commands),
            Set(facts.caps).isSubset(of: approval.caps)
        {
            return
        }
        do throws(RPCError) {
            _ = try pairings.ask(client.nodeID, facts)
        } catch {
            log.warn("a node's request was not taken", ["node": .text(client.nodeID), "reason": .text(error.message)])
        }
    }

    // MARK: What they may do

    func client(_ nodeID: String) -> Client? { links[nodeID]?.last }

    /// What it declares and the policy lets through.
    private func declared(_ client: Client) -> [String] {
        policy.filter(client.params.commands, platform: NodeFacts(client).kind, caps: client.params.caps)
    }

    /// What it may be asked to do now.
    func commands(of client: Client) -> [String] {
        guard client.deviceID != nil, let approved = book[client.nodeID]?.approval?.commands else { return [] }
        return declared(client).filter(approved.contains)
    }

    /// The node, if it is connected and may carry out `command`.
    func client(_ nodeID: String, for command: String) throws(RPCError) -> Client {
        guard let client = client(nodeID) else { throw .nodeNotConnected }
        guard !commands(of: client).contains(command) else { return client }
        let reason =
            if !client.params.commands.contains(command) {
                "the node does not declare it"
            } else if !declared(client).contains(command) {
                "gateway.nodes.allowCommands does not have it for this kind of node, or denyCommands has it"
            } else {
                "it was not approved; see node.pair.list"
            }
        throw .invalid("node command not allowed", details: ["command": .string(command), "reason": .string(reason)])
    }

    /// Ends every connection of the node.
    func close(_ nodeID: String, _ reason: CloseReason) {
        for client in links[nodeID] ?? [] { client.close(reason) }
    }

    // MARK: Telling

    /// Connected ones first, then by name (protocol.md section 7, nodes).
    var entries: [JSON] {
        let ids = Set(links.keys).union(book.all.map(\.nodeID))
        let sorted = ids.sorted { a, b in
            let (left, right) = (links[a] != nil, links[b] != nil)
            return left == right ? (name(a), a) < (name(b), b) : left
        }
        return sorted.compactMap { entry($0) }
    }

    private func name(_ nodeID: String) -> String {
        let client = client(nodeID)
        return (book[nodeID]?.displayName ?? client?.params.client.displayName ?? nodeID).lowercased()
    }

    /// Nil when nobody knows it.
    func entry(_ nodeID: String) -> JSON? {
        let client = client(nodeID)
        let record = book[nodeID]
        guard var facts = client.map({ NodeFacts($0) }) ?? record?.facts else { return nil }
        facts.displayName = record?.displayName ?? facts.displayName
        if let client {
            facts.commands = commands(of: client)
        } else {
            facts.commands = record?.approval?.commands ?? []
        }
        var entry = facts.json
        entry["nodeId"] = .string(nodeID)
        entry["paired"] = .bool(record != nil)
        entry["connected"] = .bool(client != nil)
        entry["pathEnv"] = client?.params.pathEnv.map { .string($0) }
        entry["connectedAtMs"] = client.map { .int($0.connectedAt.milliseconds) }
        entry["pendingRequestId"] = pairings.request(of: nodeID).map { .string($0.id) }
        if let client {
            entry["lastSeenAtMs"] = .int(client.connectedAt.milliseconds)
            entry["lastSeenReason"] = "connect"
        } else {
            entry["lastSeenAtMs"] = record?.lastSeenAt.map { .int($0.milliseconds) }
            entry["lastSeenReason"] = record?.lastSeenReason.map { .string($0) }
        }
        return entry
    }

    var now: JSON { .int(clock.wall.milliseconds) }
}

extension RPCError {
    /// Nothing was sent: it may be tried again.
    static var nodeNotConnected: RPCError {
        var error = RPCError.unavailable("node not connected", details: ["code": "NOT_CONNECTED"])
        error.isRetryable = true
        return error
    }
}
