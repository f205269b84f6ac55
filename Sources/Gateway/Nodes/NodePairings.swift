import Contract
import Platform

/// Requests for what nodes may offer, until an operator has decided (protocol.md section 7, nodes). The gateway asks by
/// itself when a node declares more than it was let offer; clients of the older generation may ask for it.
@LoopActor
final class NodePairings {
    /// From the last time it was asked.
    static let lifetime = Duration.seconds(300)
    static let pendingLimit = 64

    /// A request that waits.
    struct Request {
        let id: String
        let nodeID: String
        var facts: NodeFacts
        let isSilent: Bool
        let isRepair: Bool
        /// Asked for by a client, which expects a token for the node.
        let wantsToken: Bool
        let askedAt: WallTime
        var lastAsked: Instant
    }

    let book: NodeBook
    private let hub: EventHub
    private let clock: any Clock
    private var pending: [Request] = []
    private var timer: LoopTimer?

    init(book: NodeBook, hub: EventHub, clock: any Clock) {
        self.book = book
        self.hub = hub
        self.clock = clock
    }

    /// Oldest first.
    var waiting: [Request] { pending }

    func request(of nodeID: String) -> Request? { pending.first { $0.nodeID == nodeID } }

    // MARK: Asking

    /// Asks, or renews what was asked before. A request for something else is a new one, so that nobody approves more
    /// than was seen.
    func ask(
        _ nodeID: String, _ facts: NodeFacts, isSilent: Bool = false, wantsToken: Bool = false
    ) throws(RPCError) -> (request: Request, isNew: Bool) {
        if let index = pending.firstIndex(where: { $0.nodeID == nodeID }) {
            let same = pending[index].facts.commands == facts.commands && pending[index].facts.caps == facts.caps
            if same, pending[index].wantsToken == wantsToken {
                pending[index].facts = facts
                pending[index].lastAsked = clock.now
                return (pending[index], false)
            }
            resolve(pending.remove(at: index), "superseded")
        }
        guard pending.count < Self.pendingLimit else {
            throw .unavailable(
                "\(Self.pendingLimit) nodes wait for approval already; approve or reject one of them first")
        }
        let request = Request(
            id: UUIDText.random(), nodeID: nodeID, facts: facts, isSilent: isSilent,
            isRepair: book[nodeID]?.approval != nil, wantsToken: wantsToken, askedAt: clock.wall, lastAsked: clock.now)
        pending.append(request)
        arm()
        hub.broadcast(.nodePairRequested, request.json)
        return (request, true)
    }

    // MARK: Deciding

    /// What `request` asks for, as the caller may approve it (protocol.md section 4, "Extra checks").
    func approve(_ id: String, by client: Client) async throws(RPCError) -> JSON {
        guard let index = pending.firstIndex(where: { $0.id == id }) else { throw .unknownRequest }
        let request = pending[index]
        if let scope = request.extraScope, !client.scopes.grants(scope) { throw .missing(scope) }
        pending.remove(at: index)
        let token = request.wantsToken ? Base64.url.encode(SecureRandom.bytes(32)) : nil
        let approval = NodeRecord.Approval(
            caps: request.facts.caps, commands: request.facts.commands, approvedAt: clock.wall,
            tokenDigest: token.map { SHA256.hash($0) })
        let record: NodeRecord
        do throws(RPCError) {
            record = try await book.approve(request.nodeID, request.facts, approval)
        } catch {
            // Nothing was decided: it waits on, unless something else was asked for meanwhile.
            if self.request(of: request.nodeID) == nil { pending.append(request) }
            throw error
        }
        resolve(request, "approved")
        var node = record.pairedJSON
        node["token"] = token.map { .string($0) }
        return ["requestId": .string(id), "node": node]
    }

    func reject(_ id: String) throws(RPCError) -> Request {
        guard let index = pending.firstIndex(where: { $0.id == id }) else { throw .unknownRequest }
        let request = pending.remove(at: index)
        resolve(request, "rejected")
        return request
    }

    /// Whatever was asked for this node is void, and others hear that it is gone.
    func removed(_ nodeID: String) {
        for request in pending where request.nodeID == nodeID { resolve(request, "rejected") }
        pending.removeAll { $0.nodeID == nodeID }
        tell(requestID: "", nodeID, "removed")
    }

    /// Whether the node was approved with this token.
    func verify(_ nodeID: String, _ token: String) -> NodeRecord? {
        guard let record = book[nodeID], let digest = record.approval?.tokenDigest,
            constantTimeEqual(digest, SHA256.hash(token))
        else { return nil }
        return record
    }

    // MARK: Expiring

    private func arm() {
        guard let oldest = pending.map(\.lastAsked).min() else { return }
        let timer = timer ?? clock.makeTimer { [weak self] in self?.expire() }
        self.timer = timer
        timer.arm(at: oldest + Self.lifetime)
    }

    private func expire() {
        let now = clock.now
        let old = pending.filter { now - $0.lastAsked >= Self.lifetime }
        pending.removeAll { now - $0.lastAsked >= Self.lifetime }
        for request in old { resolve(request, "expired") }
        arm()
    }

    private func resolve(_ request: Request, _ decision: String) {
        tell(requestID: request.id, request.nodeID, decision)
    }

    private func tell(requestID: String, _ nodeID: String, _ decision: String) {
        hub.broadcast(
            .nodePairResolved,
            [
                "requestId": .string(requestID), "nodeId": .string(nodeID), "decision": .string(decision),
                "ts": .int(clock.wall.milliseconds),
            ])
    }
}

extension NodePairings.Request {
    var json: JSON {
        var json = facts.json
        json["requestId"] = .string(id)
        json["nodeId"] = .string(nodeID)
        json["silent"] = isSilent ? true : nil
        json["isRepair"] = isRepair ? true : nil
        json["ts"] = .int(askedAt.milliseconds)
        return json
    }

    /// What approving it needs beside the pairing scope.
    var extraScope: Scope? {
        if facts.commands.contains(where: NodeCommandPolicy.runsPrograms.contains) { return .admin }
        return facts.commands.isEmpty ? nil : .write
    }
}

extension RPCError {
    static let unknownRequest = RPCError.invalid("unknown requestId")
}
