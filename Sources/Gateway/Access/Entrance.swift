import Contract
import Platform
import Wire

/// Where every request comes in: past the doorstep, and, where a route asks for it, its credentials are judged. Holds
/// what a reload replaces.
@LoopActor
final class Entrance {
    let authenticator: Authenticator
    private let hub: EventHub
    private let hostName: String
    private let kinship: @Sendable (PeerCredentials) -> OriginFinder.Kinship
    private(set) var doorstep: Doorstep

    init(
        _ authenticator: Authenticator, hub: EventHub, hostName: String,
        kinship: @escaping @Sendable (PeerCredentials) -> OriginFinder.Kinship = PeerKinship.of
    ) {
        self.authenticator = authenticator
        self.hub = hub
        self.hostName = hostName
        self.kinship = kinship
        doorstep = Doorstep(authenticator.settings, hostName: hostName, kinship: kinship)
    }

    /// From now on these hold. Whoever came in by a secret that is no longer good has to leave.
    func replace(_ settings: AccessSettings) {
        let secretChanged = authenticator.replace(settings)
        doorstep = Doorstep(settings, hostName: hostName, kinship: kinship)
        if secretChanged { hub.close(.authChanged) { $0.admission.credential.isConfigured } }
    }

    func origin(of exchange: HTTPExchange) throws(HTTPRefusal) -> ClientOrigin { try doorstep.origin(of: exchange) }

    /// Who asks, for a route that needs `scope` (http.md section 2).
    func caller(_ exchange: HTTPExchange, needs scope: Scope) throws(HTTPRefusal) -> HTTPCaller {
        let origin = try origin(of: exchange)
        let proof: Proof
        do throws(AuthFailure) {
            proof = try authenticator.decide(bearer: exchange.request.bearer, from: origin)
        } catch {
            if let time = error.retryAfter { throw HTTPRefusal.limited(for: time) }
            throw HTTPRefusal.unauthorized
        }
        let caller = HTTPCaller(proof, origin, declared: exchange.request.fields["X-OpenClaw-Scopes"])
        guard caller.scopes.grants(scope) else { throw .missing(scope) }
        return caller
    }
}

/// Who asks by HTTP, and what he may do.
struct HTTPCaller: Sendable {
    let proof: Proof
    let origin: ClientOrigin
    let scopes: Set<Scope>

    /// Scopes can be declared by users whom a proxy names; a shared secret has all that it ever has.
    init(_ proof: Proof, _ origin: ClientOrigin, declared: String?) {
        self.proof = proof
        self.origin = origin
        switch proof {
        case .ownDescendant: scopes = [.read]
        case .proxyUser:
            guard let declared else {
                scopes = Scope.operatorDefaults
                return
            }
            let words = declared.split { $0 == "," || $0 == " " || $0 == "\t" }
            scopes = Set(words.compactMap { Scope(rawValue: String($0)) })
        default: scopes = Scope.operatorDefaults
        }
    }
}

extension RequestScreen {
    init(_ settings: AccessSettings, hostName: String) {
        hosts = HostAllowList(hostName: hostName, allowed: settings.allowedHosts)
        origins = OriginAllowList(settings.allowedOrigins)
    }
}

extension Admission.Credential {
    /// Whether it hangs on what the configuration says.
    fileprivate var isConfigured: Bool {
        switch self {
        case .sharedSecret, .proxyUser, .open: true
        case .deviceToken, .owner: false
        }
    }
}

extension HTTPRequest {
    /// The credential of `Authorization: Bearer`. Other schemes are ignored.
    var bearer: String? {
        let fields = fields.all("Authorization")
        guard fields.count == 1, let field = fields.first, let space = field.firstIndex(of: " "),
            field[..<space].lowercased() == "bearer"
        else { return nil }
        let token = field[space...].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }
}
