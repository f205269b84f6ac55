import Contract
import Platform

/// A client that was let in, for as long as it is connected.
@LoopActor
final class Client {
    /// Names this connection, in the log and in `hello-ok`.
    let id: String
    let admission: Admission
    let params: ConnectParams
    let generation: Int
    let origin: ClientOrigin
    let connectedAt: WallTime
    /// What its scopes amount to.
    let granted: GrantedScopes
    /// The sessions that it wants to hear of.
    var subscriptions = SessionSubscriptions()
    private weak let session: ClientSession?

    init(
        id: String, admission: Admission, params: ConnectParams, generation: Int, origin: ClientOrigin,
        connectedAt: WallTime, session: ClientSession
    ) {
        self.id = id
        self.admission = admission
        self.params = params
        self.generation = generation
        self.origin = origin
        self.connectedAt = connectedAt
        granted = GrantedScopes(admission.scopes)
        self.session = session
    }

    var role: Role { admission.role }
    var scopes: Set<Scope> { admission.scopes }
    var deviceID: String? { admission.deviceID }

    /// A node is known by its device, which it has proven, else by the instance it names (protocol.md section 3.4,
    /// presence). What is merely named must be neither the gateway's own entry nor that of a device.
    var presenceKey: String {
        if let deviceID { return deviceID }
        guard let named = params.client.instanceID?.lowercased().cut(to: Presence.keyBytes - 1),
            named != Presence.gatewayKey
        else { return id }
        return named
    }

    /// Sends an event to this client alone. False when it was dropped or the client is gone.
    @discardableResult
    func send(_ event: EventContract, _ payload: JSON) -> Bool {
        session?.deliver(event, JSONWriter.bytes(of: payload).span, stateVersion: nil, isBroadcast: false) ?? false
    }

    /// Answers a request of this client, if it is still there.
    func reply(_ requestID: String, _ payload: JSON) { session?.reply(requestID, .json(payload)) }

    /// Ends the connection.
    func close(_ reason: CloseReason) { session?.close(reason) }
}
