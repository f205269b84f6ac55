import Platform

/// Tells whose process is at the other end of the unix socket.
enum PeerKinship {
    static let root: UInt32 = 0

    /// Root and our own user own this gateway; what the gateway itself started, such as the shell of an agent, does
    /// not, whoever it runs as.
    static func of(_ peer: PeerCredentials) -> OriginFinder.Kinship {
        guard peer.user == ProcessFacts.user || peer.user == root else { return .stranger }
        return ProcessFacts.descends(peer.process, from: ProcessFacts.own) ? .descendant : .owner
    }
}
