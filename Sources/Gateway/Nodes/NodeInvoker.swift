import Contract
import Platform

/// `node.invoke`: who may, what goes to the node, and one execution for one idempotency key.
@LoopActor
final class NodeInvoker {
    /// A larger answer is not kept for a repeat of its request: cameras send megabytes.
    static let keptBytes = 256 << 10

    private let registry: NodeRegistry
    private let invocations: NodeInvocations
    private let gate: SystemRunGate
    private let repeats: Deduplication
    /// By idempotency key: who waits for it, and what carries it out.
    private var shared: [String: Shared] = [:]

    private struct Shared {
        var waiting = 0
        var work: Task<Void, any Error>?
    }

    init(registry: NodeRegistry, invocations: NodeInvocations, gate: SystemRunGate, repeats: Deduplication) {
        self.registry = registry
        self.invocations = invocations
        self.gate = gate
        self.repeats = repeats
    }

    /// Has a node carry out what a client asks for.
    func invoke(
        _ command: NodeInvocations.Command, nodeID: String, by client: Client
    ) async throws(RPCError) -> JSON {
        if NodeCommandPolicy.relayedApart.contains(command.name) {
            throw .invalid("node.invoke does not relay \(command.name); use exec.approvals.node.get and .set")
        }
        if NodeCommandPolicy.administrators.contains(command.name), !client.scopes.grants(.admin) {
            throw .missing(.admin)
        }
        // The same key for something else is something else.
        let asked: JSON = [.string(nodeID), .string(command.name), command.params ?? .null]
        let digest = Hex.encode(SHA256.hash(JSONWriter.bytes(of: asked)))
        let key = "\(client.approvalIdentity):\(digest):\(command.idempotencyKey)"
        return try await once(key) { [self] () throws(RPCError) in
            let answer = try await relay(command, nodeID: nodeID) { (params) throws(RPCError) in
                command.name == SystemRunGate.command
                    ? try gate.checked(params, nodeID: nodeID, client: client) : params
            }
            return Self.json(answer, command.name, nodeID)
        }
    }

    /// For the gateway's own relays, which have checked who asks.
    func relay(
        _ command: NodeInvocations.Command, nodeID: String,
        prepare: (JSON?) throws(RPCError) -> JSON? = { (params) throws(RPCError) in params }
    ) async throws(RPCError) -> NodeInvocations.Answer {
        let node = try registry.client(nodeID, for: command.name)
        var command = command
        command.params = try prepare(command.params)
        return try await invocations.run(command, on: node)
    }

    private static func json(_ answer: NodeInvocations.Answer, _ command: String, _ nodeID: String) -> JSON {
        var json: JSON = ["ok": true, "nodeId": .string(nodeID), "command": .string(command)]
        json["payload"] = answer.payload
        json["payloadJSON"] = (answer.payloadJSON ?? answer.payload?.description).map { .string($0) }
        return json
    }

    /// Runs `work` once for its key. It is given up when the last one who waits for it has gone.
    private func once(
        _ key: String, _ work: @escaping @LoopActor @Sendable () async throws(RPCError) -> JSON
    ) async throws(RPCError) -> JSON {
        let method = MethodContract.nodeInvoke.name
        shared[key, default: Shared()].waiting += 1
        defer {
            shared[key]?.waiting -= 1
            if shared[key]?.waiting == 0 { shared.removeValue(forKey: key)?.work?.cancel() }
        }
        let answer: JSON
        do throws(RPCError) {
            answer = try await repeats.answer(method, key) { [weak self] () throws(RPCError) in
                guard let self else { throw .givenUp }
                return try await cancellable(key, work)
            }
        } catch {
            // Nothing was done: what is refused now may be allowed later.
            if error.code == .invalidRequest { repeats.forget(method, key) }
            throw error
        }
        if JSONWriter.bytes(of: answer).count > Self.keptBytes { repeats.forget(method, key) }
        return answer
    }

    /// `work` in a task that can be cancelled by its key.
    private func cancellable(
        _ key: String, _ work: @escaping @LoopActor @Sendable () async throws(RPCError) -> JSON
    ) async throws(RPCError) -> JSON {
        guard shared[key] != nil else { throw .givenUp }
        let result: Result<JSON, RPCError> = await withCheckedContinuation { continuation in
            shared[key]?.work = startTask {
                do throws(RPCError) {
                    continuation.resume(returning: .success(try await work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
