import Contract
import Platform

/// Who was let in, and as what.
struct Admission: Sendable {
    let role: Role
    let scopes: Set<Scope>
    /// What let it in; when that is revoked the connection ends.
    let credential: Credential
    let deviceID: String?
    /// A device token made for this connection, told once.
    var issued: IssuedToken?

    enum Credential: Sendable, Hashable {
        /// The token or password of the configuration.
        case sharedSecret
        case deviceToken(device: String, role: Role)
        /// The unix socket's owner.
        case owner
        case proxyUser(String)
        /// `gateway.auth.mode` is none.
        case open
    }

    struct IssuedToken: Sendable {
        let token: String
        let issuedAt: WallTime
    }
}

/// Why a `connect` is refused: the answer, then the close.
struct ConnectRefusal: Error, Sendable {
    let error: RPCError
    let close: CloseReason

    /// Most refusals close with their message.
    init(_ error: RPCError, close: CloseReason? = nil) {
        self.error = error
        self.close = close ?? .refused(error.message)
    }
}

/// Decides who comes in (protocol.md section 3.3).
@LoopActor
protocol Admitting: AnyObject, Sendable {
    /// `generation` is what both sides speak, `challenge` what the client was told to sign.
    func admit(
        _ params: ConnectParams, generation: Int, challenge: Challenge, from origin: ClientOrigin
    ) async throws(ConnectRefusal) -> Admission
}

/// What a device signs to show that it has its key now.
struct Challenge: Sendable {
    let nonce: String
    let issuedAt: WallTime

    init(at time: WallTime) {
        nonce = UUIDText.random()
        issuedAt = time
    }
}
