import Contract
import Platform

/// Lets in who shows the configured token.
@LoopActor
final class SharedSecretGate: Admitting {
    private let token: String

    init(token: String) { self.token = token }

    func admit(
        _ params: ConnectParams, generation: Int, challenge: Challenge, from origin: ClientOrigin
    ) async throws(ConnectRefusal) -> Admission {
        guard let role = Role(rawValue: params.role) else { throw ConnectRefusal(.invalid("invalid role")) }
        guard constantTimeEqual(params.auth.token ?? "", token) else {
            throw ConnectRefusal(.invalid("unauthorized: gateway token mismatch (provide gateway auth token)"))
        }
        let asked = Set((params.scopes ?? []).compactMap { Scope(rawValue: $0) })
        return Admission(
            role: role, scopes: asked.isEmpty ? Scope.operatorDefaults : asked, credential: .sharedSecret,
            deviceID: nil)
    }
}
