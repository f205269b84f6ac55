import Contract
import Platform

/// Commands that nodes carry out now: each waits for its node's answer, its time, or the end of either side.
@LoopActor
final class NodeInvocations {
    /// Commands that one node may have to carry out at once, and all nodes together.
    static let limitByNode = 64
    static let limit = 512

    /// What a node is asked.
    struct Command {
        let name: String
        var params: JSON?
        let idempotencyKey: String
        var time = Duration.milliseconds(WireFacts.invokeMilliseconds)
    }

    /// What a node answered.
    struct Answer: Sendable {
        var payload: JSON?
        var payloadJSON: String?
    }

    /// What became of an answer.
    enum Receipt {
        case taken
        /// It comes too late, or was never asked for.
        case ignored
    }

    @LoopActor
    private final class Pending {
        let node: Client
        let place: Suspension
        var outcome: Result<Answer, RPCError>?

        init(node: Client, clock: any Clock) {
            self.node = node
            place = Suspension(clock)
        }

        func end(_ outcome: Result<Answer, RPCError>) {
            guard self.outcome == nil else { return }
            self.outcome = outcome
            place.wake()
        }
    }

    private let clock: any Clock
    private var pending: [String: Pending] = [:]

    init(clock: any Clock) { self.clock = clock }

    var count: Int { pending.count }

    /// Sends the command and waits. A cancelled task forgets it at once: what the node still answers is ignored.
    func run(_ command: Command, on node: Client) async throws(RPCError) -> Answer {
        guard pending.count < Self.limit, pending.values.filter({ $0.node === node }).count < Self.limitByNode else {
            throw RPCError(
                .unavailable, "too many commands at once: a node carries out \(Self.limitByNode)",
                details: ["code": "NODE_BUSY"], retryAfter: .milliseconds(500))
        }
        let id = UUIDText.random()
        let waiting = Pending(node: node, clock: clock)
        pending[id] = waiting
        defer { pending[id] = nil }
        guard node.send(.nodeInvokeRequest, Self.request(id, command, node)) else { throw .nodeNotConnected }
        let wake = waiting.outcome == nil ? await waiting.place.wait(until: clock.now + command.time) : .event
        if let outcome = waiting.outcome { return try outcome.get() }
        switch wake {
        case .cancelled: throw .givenUp
        case .event, .deadline: throw .nodeFailed("node invoke timed out", code: "TIMEOUT")
        }
    }

    private static func request(_ id: String, _ command: Command, _ node: Client) -> JSON {
        var request: JSON = [
            "id": .string(id), "nodeId": .string(node.nodeID), "command": .string(command.name),
            "timeoutMs": .int(command.time.inNanoseconds / 1_000_000),
            "idempotencyKey": .string(command.idempotencyKey),
        ]
        request["paramsJSON"] = command.params.map { .string($0.description) }
        return request
    }

    /// Takes what `node` answers. No node can answer for another.
    func answered(_ id: String, by node: Client, _ outcome: Result<Answer, RPCError>) -> Receipt {
        guard let waiting = pending[id], waiting.node.nodeID == node.nodeID else { return .ignored }
        waiting.end(outcome)
        return .taken
    }

    /// Whatever it was carrying out has no answer any more.
    func nodeLeft(_ node: Client) {
        for waiting in Array(pending.values) where waiting.node === node {
            waiting.end(
                .failure(.nodeFailed("node disconnected before it answered", code: "DISCONNECTED")))
        }
    }
}

extension RPCError {
    /// A node that failed to do what it was asked (protocol.md section 7, nodes).
    static func nodeFailed(_ message: String, code: String?) -> RPCError {
        var nodeError: JSON = ["message": .string(message)]
        nodeError["code"] = code.map { .string($0) }
        var details: JSON = ["nodeError": nodeError]
        details["code"] = code.map { .string($0) }
        return .unavailable(message, details: details)
    }

    /// Its client wanted no answer any more. Nothing is remembered of it, so that it may be asked again.
    static var givenUp: RPCError {
        var error = RPCError.unavailable("given up by the client")
        error.isRetryable = true
        return error
    }
}
