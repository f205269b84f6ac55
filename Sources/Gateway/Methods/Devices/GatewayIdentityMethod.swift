import Contract
import Platform

/// `gateway.identity.get`.
struct GatewayIdentityMethod: PromptMethod {
    static let contract = MethodContract.gatewayIdentity
    let facts: GatewayFacts

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        guard let identity = facts.identity else { throw .unavailable("this gateway has no identity yet") }
        return .object(("deviceId", .string(identity.deviceID)), ("publicKey", .string(identity.publicKey)))
    }
}
