import Contract
import Platform
import Store

/// Decides who comes in, by the checks of protocol.md section 3.3 in their order.
@LoopActor
final class ConnectGate: Admitting {
    private let authenticator: Authenticator
    private let devices: DeviceRegistry
    private let version: String
    private let clock: any Clock

    init(_ authenticator: Authenticator, devices: DeviceRegistry, version: String, clock: any Clock) {
        self.authenticator = authenticator
        self.devices = devices
        self.version = version
        self.clock = clock
    }

    /// Everything known of one `connect`.
    struct Attempt {
        let params: ConnectParams
        let generation: Int
        let role: Role
        let origin: ClientOrigin

        /// The scopes asked for, those that exist. Nothing asked is everything at generation 3 and nothing at 4.
        var asked: Set<Scope> {
            guard role == .operator else { return [] }
            let words = params.scopes ?? []
            if words.isEmpty { return generation < 4 ? Scope.operatorDefaults : [] }
            return Set(words.compactMap { Scope(rawValue: $0) })
        }

        var asksNothing: Bool { params.scopes?.isEmpty ?? true }
        var isControlUI: Bool { params.client.id == "openclaw-control-ui" }
        var isBackend: Bool { params.client.id == "gateway-client" && params.client.mode == "backend" }
        /// By this machine itself and by a program: a browser lets any page speak.
        var isLocalProgram: Bool { origin.isDirectlyLocal && origin.browserOrigin == nil }
    }

    func admit(
        _ params: ConnectParams, generation: Int, challenge: Challenge, from origin: ClientOrigin
    ) async throws(ConnectRefusal) -> Admission {
        guard let role = Role(rawValue: params.role) else { throw ConnectRefusal(.invalid("invalid role")) }
        let attempt = Attempt(params: params, generation: generation, role: role, origin: origin)
        guard let device = params.device else { return try admitWithoutDevice(attempt) }
        let proven = try DeviceProof(
            params, device, generation: generation, challenge: challenge, isDirectlyLocal: origin.isDirectlyLocal,
            now: clock.wall)
        let proof = try decide(attempt, proven.id)
        guard proof != .ownDescendant else { return try descendant(attempt) }
        try refuseOtherVersion(attempt)
        let epoch = authenticator.epoch
        let admission = try await admit(proven, proof, attempt)
        // What let the device in may have been taken away while its pairing was stored.
        guard authenticator.epoch == epoch, devices.device(proven.id)?.roles.contains(role) == true else {
            throw .unauthorized(AuthFailure(.changed), params.client)
        }
        return admission
    }

    private func decide(_ attempt: Attempt, _ device: String?) throws(ConnectRefusal) -> Proof {
        do throws(AuthFailure) {
            return try authenticator.decide(
                attempt.params.auth, from: attempt.origin, device: device.map { ($0, attempt.role) })
        } catch {
            throw .unauthorized(error, attempt.params.client)
        }
    }

    /// A node on this machine is part of the same installation.
    private func refuseOtherVersion(_ attempt: Attempt) throws(ConnectRefusal) {
        let client = attempt.params.client
        guard attempt.role == .node, attempt.generation >= 4, attempt.isLocalProgram, client.id == "node-host",
            client.version != version
        else { return }
        throw ConnectRefusal(
            .invalid(
                "client version mismatch",
                details: ["code": "CLIENT_VERSION_MISMATCH", "gatewayVersion": .string(version)]))
    }

    /// What the gateway started itself may look and do nothing (issue: the agent's own shell is no administrator).
    private func descendant(_ attempt: Attempt) throws(ConnectRefusal) -> Admission {
        guard attempt.role == .operator else { throw ConnectRefusal(.invalid("invalid role")) }
        let scopes = Set([Scope.read])
        return Admission(
            role: .operator, scopes: attempt.asksNothing ? scopes : scopes.covered(attempt.asked), credential: .owner,
            deviceID: nil)
    }

    // MARK: Without a device

    private func admitWithoutDevice(_ attempt: Attempt) throws(ConnectRefusal) -> Admission {
        let isInsecureUI =
            attempt.isControlUI && authenticator.settings.allowsInsecureControlUI && attempt.origin.isDirectlyLocal
        let proxyUser = authenticator.proxyUser(attempt.origin)
        guard !attempt.isControlUI || isInsecureUI || proxyUser != nil || attempt.origin.isOwner else {
            throw .controlUIWithoutDevice(generation: attempt.generation)
        }
        let shown = attempt.params.auth
        let showsSecret = shown.token != nil || shown.password != nil
        let needsNone = authenticator.settings.mode == .none && attempt.origin.isDirectlyLocal
        let isBySocket = attempt.origin.way != .tcp && attempt.origin.isDirectlyLocal
        guard attempt.role == .operator, showsSecret || needsNone || isBySocket || proxyUser != nil else {
            throw ConnectRefusal(
                RPCError(.notPaired, "device identity required", details: ["code": "DEVICE_IDENTITY_REQUIRED"]))
        }
        let proof = try decide(attempt, nil)
        let scopes: Set<Scope>
        switch proof {
        case .ownDescendant: return try descendant(attempt)
        case .owner: scopes = attempt.asked
        case .sharedSecret, .open:
            let keeps = attempt.generation < 4 || isInsecureUI || attempt.isBackend && attempt.isLocalProgram
            scopes = keeps ? attempt.asked : []
        case .proxyUser: scopes = attempt.isControlUI ? attempt.asked : []
        case .deviceToken, .dashboardCode: scopes = []
        }
        return Admission(role: .operator, scopes: scopes, credential: proof.credential(nil), deviceID: nil)
    }

    // MARK: With a device

    private func admit(
        _ device: DeviceProof, _ proof: Proof, _ attempt: Attempt
    ) async throws(ConnectRefusal) -> Admission {
        if case .deviceToken(let scopes) = proof, !attempt.asked.allSatisfy({ scopes.grants($0) }),
            !attempt.asksNothing, lack(of: device.id, attempt) == nil
        {
            throw .unauthorized(AuthFailure(.scopeMismatch), attempt.params.client)
        }
        if let lack = lack(of: device.id, attempt) {
            let facts = DeviceFacts(attempt.params.client, from: attempt.origin)
            guard lack == .pairing, isSilent(proof, attempt) else {
                let request = try await stored { [devices] () async throws(StoreError) in
                    try await devices.ask(device, facts, role: attempt.role, scopes: attempt.asked)
                }
                throw .pending(request, lack, known: devices.device(device.id), generation: attempt.generation)
            }
            _ = try await stored { [devices] () async throws(StoreError) in
                try await devices.pairSilently(device, facts, role: attempt.role, scopes: attempt.asked)
            }
        }
        var issued: Admission.IssuedToken?
        if case .deviceToken = proof {
        } else {
            issued = try await stored { [devices] () async throws(StoreError) in
                try await devices.issue(device.id, role: attempt.role)
            }
        }
        return Admission(
            role: attempt.role, scopes: granted(device.id, proof, attempt),
            credential: proof.credential((device.id, attempt.role)), deviceID: device.id, issued: issued)
    }

    /// What a device's record does not cover of what it asks.
    private func lack(of id: String, _ attempt: Attempt) -> PairingLack? {
        guard let known = devices.device(id) else { return .pairing }
        guard known.roles.contains(attempt.role) else { return .role }
        guard !attempt.asksNothing, !attempt.asked.allSatisfy({ known.scopes.grants($0) }) else { return nil }
        return .scopes
    }

    /// Whether a new device needs nobody's approval (issue: only with the shared secret or a dashboard code, and by the
    /// unix socket or by direct loopback; a browser only by a dashboard code).
    private func isSilent(_ proof: Proof, _ attempt: Attempt) -> Bool {
        if proof == .dashboardCode { return attempt.isLocalProgram || attempt.origin.browserOrigin != nil }
        return proof.isMasterful && attempt.isLocalProgram
    }

    private func granted(_ id: String, _ proof: Proof, _ attempt: Attempt) -> Set<Scope> {
        guard attempt.role == .operator, let record = devices.device(id) else { return [] }
        var scopes = record.scopes
        if case .deviceToken(let own) = proof { scopes = own }
        if attempt.asksNothing { return attempt.generation < 4 ? scopes : [] }
        return scopes.covered(attempt.asked)
    }

    private func stored<Value: Sendable>(
        _ body: @LoopActor () async throws(StoreError) -> Value
    ) async throws(ConnectRefusal) -> Value {
        do throws(StoreError) {
            return try await body()
        } catch {
            throw ConnectRefusal(.unavailable("the pairing cannot be stored: \(error)"))
        }
    }
}

extension Proof {
    /// What ends the connection when it is taken away.
    fileprivate func credential(_ device: (id: String, role: Role)?) -> Admission.Credential {
        switch (self, device) {
        case (.deviceToken, let device?), (.dashboardCode, let device?):
            .deviceToken(device: device.id, role: device.role)
        case (.owner, _), (.ownDescendant, _): .owner
        case (.proxyUser(let user), _): .proxyUser(user)
        case (.open, _): .open
        case (.sharedSecret, _), (.deviceToken, nil), (.dashboardCode, nil): .sharedSecret
        }
    }
}
