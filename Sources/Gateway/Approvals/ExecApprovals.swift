import Contract
import Platform

/// Commands that wait for an operator's word (protocol.md section 7, approvals). One that was asked for stays until its
/// time is up, whether the one who asked is still there or not: others may decide, and it may come back and wait.
@LoopActor
final class ExecApprovals {
    static let pendingLimit = 256
    /// Those that have ended are known for a while, so that one who comes late learns what was decided.
    static let endedLimit = 1024
    static let endedLifetime = Duration.seconds(300)
    static let requestBytes = 128 << 10

    /// Who shows one that begins to wait, beside the clients that are told of it.
    var onAsk: (@LoopActor (ExecApproval) -> Void)?
    private let hub: EventHub
    private let clock: any Clock
    private var approvals: [String: ExecApproval] = [:]
    private var timer: LoopTimer?

    init(hub: EventHub, clock: any Clock) {
        self.hub = hub
        self.clock = clock
    }

    /// Oldest first.
    var pending: [ExecApproval] {
        approvals.values.filter(\.isPending).sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// As many characters of an id name it, where people type it.
    static let namedLength = 8

    /// Those whose id is this, or begins with it.
    func pending(named id: String) -> [ExecApproval] {
        if let one = approvals[id], one.isPending { return [one] }
        return id.utf8.count < Self.namedLength ? [] : pending.filter { $0.id.hasPrefix(id.lowercased()) }
    }

    /// One that waits, or ended not long ago.
    func find(_ id: String) -> ExecApproval? { approvals[id] }

    // MARK: Asking

    func ask(
        id: String?, _ request: JSON, environment: JSONObject? = nil, time: Duration, by client: Client
    ) throws(RPCError) -> ExecApproval {
        try ask(id: id, request, environment: environment, time: time, requester: client.approvalIdentity)
    }

    /// The same for one who is no client: an agent of ours.
    func ask(
        id: String?, _ request: JSON, environment: JSONObject? = nil, time: Duration, requester: String
    ) throws(RPCError) -> ExecApproval {
        forgetOld()
        guard JSONWriter.bytes(of: request).count <= Self.requestBytes else {
            throw .invalid("the request is larger than the \(Self.requestBytes) bytes that operators are shown")
        }
        guard pending.count < Self.pendingLimit else {
            throw RPCError(
                .unavailable, "\(Self.pendingLimit) commands wait for a decision already",
                retryAfter: .seconds(1))
        }
        let id = id ?? UUIDText.random()
        guard approvals[id] == nil else { throw .invalid("approval id already used; leave `id` out to get a new one") }
        let approval = ExecApproval(
            id: id, request: request, environment: environment, requester: requester, createdAt: clock.wall,
            time: time, now: clock.now)
        approvals[id] = approval
        arm()
        hub.broadcast(.execApprovalRequested, approval.json)
        onAsk?(approval)
        return approval
    }

    /// Returns when it is decided or its time is up. When the task is cancelled, the approval itself stays.
    func ended(_ approval: ExecApproval) async throws(RPCError) {
        while approval.isPending {
            let place = Suspension(clock)
            approval.waiting.append(place)
            let wake = await place.wait()
            approval.waiting.removeAll { $0 === place }
            if wake == .cancelled { throw .givenUp }
        }
    }

    // MARK: Deciding

    /// The first word counts.
    func resolve(_ id: String, _ decision: ApprovalDecision, by client: Client) throws(RPCError) {
        let who = client.params.client.displayName ?? client.params.client.id
        guard decide(id, decision, by: who) else { throw .unknownApproval(approvals[id], for: client) }
    }

    /// False when none waits under this id.
    func decide(_ id: String, _ decision: ApprovalDecision, by who: String) -> Bool {
        guard let approval = approvals[id], approval.isPending else { return false }
        approval.end(.decided(decision, by: who), at: clock.now)
        arm()
        hub.broadcast(
            .execApprovalResolved,
            [
                "id": .string(id), "decision": .string(decision.rawValue), "resolvedBy": .string(who),
                "ts": .int(clock.wall.milliseconds),
            ])
        return true
    }

    /// One that still waits.
    func pending(_ id: String, for client: Client) throws(RPCError) -> ExecApproval {
        guard let approval = approvals[id], approval.isPending else {
            throw .unknownApproval(approvals[id], for: client)
        }
        return approval
    }

    // MARK: Ending

    private func arm() {
        let next = approvals.values.compactMap { $0.isPending ? $0.deadline : nil }.min()
        guard let next else {
            timer?.cancel()
            return
        }
        let timer = timer ?? clock.makeTimer { [weak self] in self?.expire() }
        self.timer = timer
        timer.arm(at: next)
    }

    private func expire() {
        let now = clock.now
        for approval in pending where approval.deadline <= now { approval.end(.expired, at: now) }
        forgetOld()
        arm()
    }

    private func forgetOld() {
        let now = clock.now
        approvals = approvals.filter { _, approval in
            approval.endedAt.map { now - $0 < Self.endedLifetime } ?? true
        }
        let ended = approvals.values.filter { !$0.isPending }
        guard ended.count > Self.endedLimit else { return }
        let oldest = ended.sorted { ($0.endedAt ?? now) < ($1.endedAt ?? now) }.prefix(ended.count - Self.endedLimit)
        for approval in oldest { approvals[approval.id] = nil }
    }
}

extension Client {
    /// Who asks for an approval and may act upon it: the same device, or the same kind of credential, however often it
    /// connects.
    var approvalIdentity: String { deviceID ?? "\(admission.credential)" }
}

extension RPCError {
    /// Unknown, decided or expired. Each generation has its own code (protocol.md section 2, error codes).
    @LoopActor
    static func unknownApproval(_ ended: ExecApproval?, for client: Client) -> RPCError {
        var details: JSON = ["reason": "APPROVAL_NOT_FOUND"]
        if case .decided(let decision, let who)? = ended?.state {
            details["decision"] = .string(decision.rawValue)
            details["resolvedBy"] = .string(who)
        }
        return RPCError(
            client.generation >= 4 ? .approvalNotFound : .invalidRequest, "unknown approval id", details: details)
    }
}
