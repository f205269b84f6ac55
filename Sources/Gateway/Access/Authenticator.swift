import Contract
import Platform

/// What somebody proved, and so what lets them in.
enum Proof: Sendable, Hashable {
    /// The token or password of the configuration.
    case sharedSecret
    /// A device's own token, worth these scopes.
    case deviceToken(Set<Scope>)
    case dashboardCode
    /// The owner of the account, by the unix socket.
    case owner
    /// The unix socket, by what this gateway started.
    case ownDescendant
    case proxyUser(String)
    /// `gateway.auth.mode` is none.
    case open

    /// Whether it is worth as much as the configured secret.
    var isMasterful: Bool {
        switch self {
        case .sharedSecret, .owner, .open: true
        case .deviceToken, .dashboardCode, .ownDescendant, .proxyUser: false
        }
    }
}

/// Decides whether credentials are good, for WebSocket and HTTP alike. The limiter stands around all of it; only the
/// unix socket's peers, whom the kernel names, never get there. Settings are read anew for every decision.
@LoopActor
final class Authenticator {
    private(set) var settings: AccessSettings
    /// How often what lets people in was replaced: who was decided about before has to be asked anew.
    private(set) var epoch = 0
    let codes: DashboardCodes
    private let limiter: AttemptLimiter
    private let devices: DeviceRegistry

    init(_ settings: AccessSettings, devices: DeviceRegistry, clock: any Clock) {
        self.settings = settings
        self.devices = devices
        codes = DashboardCodes(clock: clock)
        limiter = AttemptLimiter(clock: clock)
    }

    /// Takes new settings. Returns whether those who came in by the old secret have to leave.
    func replace(_ settings: AccessSettings) -> Bool {
        let hasChanged = settings.credentials != self.settings.credentials
        self.settings = settings
        if hasChanged {
            epoch += 1
            codes.forgetAll()
        }
        return hasChanged
    }

    /// A device's token and a dashboard code are good together with the device that `device` names alone: its key was
    /// proven before.
    func decide(
        _ shown: ConnectParams.Credentials, from origin: ClientOrigin, device: (id: String, role: Role)? = nil
    ) throws(AuthFailure) -> Proof {
        if let proof = provenByKernel(origin) { return proof }
        let place = origin.limitKey
        if let left = limiter.lockout(of: place) { throw .limited(for: left) }
        do throws(AuthFailure) {
            return try judge(shown, origin, device)
        } catch {
            // Who shows nothing guesses nothing.
            if !shown.isEmpty || origin.claim?.shown != nil {
                limiter.failed(place, Self.digest(shown, origin), settings.limit)
            }
            throw error
        }
    }

    /// `Authorization: Bearer`, the token or the password alike.
    func decide(bearer: String?, from origin: ClientOrigin) throws(AuthFailure) -> Proof {
        var shown = ConnectParams.Credentials()
        if settings.mode == .password { shown.password = bearer } else { shown.token = bearer }
        return try decide(shown, from: origin)
    }

    /// The user whom a proxy names, if it has proven that it is the proxy (CVE-2026-53832).
    func proxyUser(_ origin: ClientOrigin) -> String? {
        guard settings.mode == .trustedProxy, let proxy = settings.trustedProxy, let claim = origin.claim,
            claim.hasRequiredHeaders, proxy.allowUsers.isEmpty || proxy.allowUsers.contains(claim.user)
        else { return nil }
        if claim.isFromSocket { return claim.user }
        guard let secret = proxy.secret, let shown = claim.shown, secret.matches(shown) else { return nil }
        return claim.user
    }

    private func provenByKernel(_ origin: ClientOrigin) -> Proof? {
        guard origin.isDirectlyLocal else { return nil }
        return switch origin.way {
        case .socket: .owner
        case .ownDescendant: .ownDescendant
        case .tcp: nil
        }
    }

    private func judge(
        _ shown: ConnectParams.Credentials, _ origin: ClientOrigin, _ device: (id: String, role: Role)?
    ) throws(AuthFailure) -> Proof {
        // Compared before anything is said, so that a wrong secret and a wrong device token take the same way.
        if let proof = byMode(shown, origin) { return proof }
        if let device {
            if let token = shown.deviceToken ?? shown.token,
                let scopes = devices.scopes(of: SecretDigest(of: token), device: device.id, role: device.role)
            {
                return .deviceToken(scopes)
            }
            if let code = shown.bootstrapToken, codes.redeem(code) { return .dashboardCode }
        }
        throw AuthFailure(settings, shown, hasDevice: device != nil)
    }

    private func byMode(_ shown: ConnectParams.Credentials, _ origin: ClientOrigin) -> Proof? {
        switch settings.mode {
        // Whoever is forwarded comes from elsewhere, where no authentication is no choice at all.
        case .none: origin.isDirectlyLocal ? .open : nil
        case .token: Self.matches(settings.token, shown.token) ? .sharedSecret : nil
        case .password: Self.matches(settings.password, shown.password) ? .sharedSecret : nil
        case .trustedProxy: proxyUser(origin).map { .proxyUser($0) }
        }
    }

    private static func matches(_ secret: SecretDigest?, _ shown: String?) -> Bool {
        guard let secret, let shown else { return false }
        return secret.matches(shown)
    }

    /// Tells one wrong credential from another.
    private static func digest(_ shown: ConnectParams.Credentials, _ origin: ClientOrigin) -> SecretDigest {
        let parts = [shown.token, shown.password, shown.deviceToken, shown.bootstrapToken].map { $0 ?? "" }
        let proxy = origin.claim?.shown.map { Hex.encode($0.bytes) } ?? ""
        return SecretDigest(of: (parts.map { "\($0.utf8.count):\($0)" } + [proxy]).joined())
    }
}
