import Contract
import Platform
import Store
import Support
import Testing

@testable import Gateway

/// Lets everyone in as what it says it is: who may come in is tested elsewhere.
@LoopActor
final class TrustingGate: Admitting {
    func admit(
        _ params: ConnectParams, generation: Int, challenge: Challenge, from origin: ClientOrigin
    ) async throws(ConnectRefusal) -> Admission {
        Admission(
            role: Role(rawValue: params.role) ?? .operator,
            scopes: Set((params.scopes ?? []).compactMap { Scope(rawValue: $0) }), credential: .sharedSecret,
            deviceID: params.device?.id)
    }
}

extension GatewayHarness {
    static func trusting() async throws -> GatewayHarness {
        let gateway = try await GatewayHarness()
        gateway.plane.desk.admission = TrustingGate()
        return gateway
    }

    var nodes: NodeServices { plane.nodes }

    /// An operator with these scopes.
    func person(
        _ scopes: Scope..., device: String? = nil, name: String? = nil, protocols: ClosedRange<Int> = 3...4
    ) async throws -> HarnessClient {
        var params = Self.params(protocols: protocols, scopes: scopes.map(\.rawValue))
        params["device"] = device.map { Self.device($0) }
        params["client"]?["displayName"] = name.map { .string($0) }
        return try await connect(params)
    }

    func node(
        _ device: String?, commands: [String] = ["system.notify"], caps: [String] = [], platform: String = "linux",
        permissions: JSON? = nil, protocols: ClosedRange<Int> = 3...4, name: String? = nil
    ) async throws -> HarnessClient {
        var params = Self.params(protocols: protocols, id: "node-host", mode: "node", role: "node")
        params["device"] = device.map { Self.device($0) }
        params["commands"] = .array(commands.map { .string($0) })
        params["caps"] = .array(caps.map { .string($0) })
        params["permissions"] = permissions
        params["client"]?["platform"] = .string(platform)
        params["client"]?["displayName"] = name.map { .string($0) }
        return try await connect(params)
    }

    /// A node that was approved for all it declares.
    func approvedNode(
        _ device: String, commands: [String] = ["system.notify"], platform: String = "linux"
    ) async throws -> HarnessClient {
        let client = try await node(device, commands: commands, platform: platform)
        let person = try await person(.admin)
        let request = try #require(nodes.pairings.request(of: device)?.id)
        try await person.call("node.pair.approve", ["requestId": .string(request)])
        person.leave()
        _ = try await person.ended()
        return client
    }

    private static func device(_ id: String) -> JSON {
        ["id": .string(id), "publicKey": "key", "signature": "signature", "signedAt": 1]
    }
}

extension HarnessClient {
    /// Asks a node to notify somebody and returns the request's id.
    func invoke(
        _ nodeID: String, _ command: String = "system.notify", key: String = "k1", params: JSON? = nil,
        timeout: Int? = nil
    ) -> String {
        var asked: JSON = [
            "nodeId": .string(nodeID), "command": .string(command), "idempotencyKey": .string(key),
        ]
        asked["params"] = params
        asked["timeoutMs"] = timeout.map { JSON($0) }
        return start("node.invoke", asked)
    }

    /// The refusal of a request.
    func refusal(_ method: String, _ params: JSON? = nil) async throws -> JSON {
        let answer = try await request(method, params)
        return try #require(answer["error"], "\(method) was answered: \(answer)")
    }

    func failure(_ id: String) async throws -> JSON {
        let answer = try await response(id)
        return try #require(answer["error"], "it was answered: \(answer)")
    }

    /// As a node: answers what it was asked.
    @discardableResult
    func answer(_ request: JSON, as nodeID: String, _ members: JSON = ["ok": true]) async throws -> JSON? {
        var result = members
        result["id"] = request["id"]
        result["nodeId"] = .string(nodeID)
        return try await call("node.invoke.result", result)
    }
}

/// A store of the gateway's in a directory of its own.
@LoopActor
struct NodeStore {
    let directory = ScratchDirectory()

    func open() async throws -> Store {
        try await Store.open(at: directory.path("openclaw.sqlite"), schema: GatewaySchema.schema)
    }
}
