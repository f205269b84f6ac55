import Platform
import Wire

/// Finds out where a request comes from: its peer, or who stands behind trusted proxies (reliability.md section 2.2).
struct OriginFinder: Sendable {
    /// Why a request's origin cannot be told.
    enum Failure: Error, Equatable {
        /// A trusted proxy forwarded something that is no address.
        case malformed
        /// The peer of the unix socket belongs to somebody else.
        case foreignPeer
    }

    /// What the kernel says of the unix socket's peer.
    enum Kinship: Sendable {
        case owner, descendant, stranger
    }

    private static let forwardingNames: [StaticString] = ["forwarded", "x-real-ip", "via"]
    private static let forwardingPrefixes: [StaticString] = ["x-forwarded-", "cf-"]

    let trustedProxies: [IPRange]
    let usesRealIP: Bool
    /// In mode trusted-proxy only.
    let trustedProxy: AccessSettings.TrustedProxy?
    let listedOrigins: OriginAllowList
    let kinship: @Sendable (PeerCredentials) -> Kinship

    init(_ settings: AccessSettings, kinship: @escaping @Sendable (PeerCredentials) -> Kinship = PeerKinship.of) {
        trustedProxies = settings.trustedProxies
        usesRealIP = settings.usesRealIP
        trustedProxy = settings.mode == .trustedProxy ? settings.trustedProxy : nil
        listedOrigins = OriginAllowList(settings.allowedOrigins)
        self.kinship = kinship
    }

    /// Whether anyone says to have forwarded the request. Believed of everyone: it takes away, and gives nothing.
    static func isForwarded(_ fields: HTTPFields) -> Bool {
        fields.hasName(forwardingNames, prefixes: forwardingPrefixes)
    }

    func find(_ peer: HTTPPeer, _ fields: HTTPFields) throws(Failure) -> ClientOrigin {
        let isForwarded = Self.isForwarded(fields)
        if let credentials = peer.credentials {
            let way: ClientOrigin.Way
            switch kinship(credentials) {
            case .owner: way = .socket
            case .descendant: way = .ownDescendant
            case .stranger: throw .foreignPeer
            }
            let isProxy = way == .socket && trustedProxy?.acceptsSocketPeer == true
            let claim = isProxy ? claim(fields, isFromSocket: true) : nil
            return origin(
                peer, fields, way: way, address: nil, isDirectlyLocal: !isForwarded && claim == nil, claim: claim)
        }
        guard let address = peer.address, isTrusted(address) else {
            let isLocal = peer.address?.isLoopback == true && !isForwarded
            return origin(peer, fields, way: .tcp, address: peer.address, isDirectlyLocal: isLocal, claim: nil)
        }
        // Somebody who comes by a proxy is never local, whatever the proxy wrote or left out.
        let client = isForwarded ? try client(fields) : nil
        return origin(
            peer, fields, way: .tcp, address: client ?? address, isDirectlyLocal: false,
            claim: claim(fields, isFromSocket: false))
    }

    /// Whether TLS protects the way to the gateway, or to a trusted proxy in front of it.
    @_optimize(speed)
    func isEncrypted(_ peer: HTTPPeer, _ fields: HTTPFields) -> Bool {
        if peer.isEncrypted { return true }
        guard !trustedProxies.isEmpty, let address = peer.address, isTrusted(address) else { return false }
        return fields.all("X-Forwarded-Proto").map { $0.lowercased() } == ["https"]
    }

    private func isTrusted(_ address: SocketAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }

    /// Nil when the proxy wrote down nobody.
    private func client(_ fields: HTTPFields) throws(Failure) -> SocketAddress? {
        let (older, newer) = (fields.all("X-Forwarded-For"), fields.all("Forwarded"))
        var clients: [SocketAddress] = []
        if !older.isEmpty { clients.append(try client(ForwardedChain(xForwardedFor: older))) }
        if !newer.isEmpty { clients.append(try client(ForwardedChain(forwarded: newer))) }
        if clients.isEmpty, usesRealIP, case let single = fields.all("X-Real-IP"), !single.isEmpty {
            guard single.count == 1, let chain = ForwardedChain(xForwardedFor: single), chain.hops.count == 1 else {
                throw .malformed
            }
            return chain.hops[0]
        }
        // A proxy writes one of the two; the other one is then the visitor's.
        guard Set(clients).count <= 1 else { throw .malformed }
        return clients.first
    }

    private func client(_ chain: ForwardedChain?) throws(Failure) -> SocketAddress {
        guard let client = chain?.client(trusting: trustedProxies) else { throw .malformed }
        return client
    }

    private func claim(_ fields: HTTPFields, isFromSocket: Bool) -> ProxyClaim? {
        guard let trustedProxy, case let users = fields.all(trustedProxy.userHeader), users.count == 1, users[0] != ""
        else { return nil }
        let shown = trustedProxy.secretHeader.map { fields.all($0) } ?? []
        return ProxyClaim(
            user: users[0], shown: shown.count == 1 ? SecretDigest(of: shown[0]) : nil,
            hasRequiredHeaders: trustedProxy.requiredHeaders.allSatisfy { fields[$0]?.isEmpty == false },
            isFromSocket: isFromSocket)
    }

    private func origin(
        _ peer: HTTPPeer, _ fields: HTTPFields, way: ClientOrigin.Way, address: SocketAddress?,
        isDirectlyLocal: Bool, claim: ProxyClaim?
    ) -> ClientOrigin {
        let page = fields["Origin"]
        return ClientOrigin(
            way: way, address: address, isDirectlyLocal: isDirectlyLocal, browserOrigin: page,
            listedOrigin: page.flatMap { listedOrigins.entry($0) }, isEncrypted: peer.isEncrypted, claim: claim,
            host: fields["Host"])
    }
}
