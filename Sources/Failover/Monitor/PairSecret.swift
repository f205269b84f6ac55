import Platform

/// What the nodes of a pair prove themselves to each other with, without ever sending it: `failover.peers[].token`.
package struct PairSecret: Sendable {
    /// What a proof is for; one made for another purpose proves nothing.
    enum Purpose: String {
        case ask = "openclaw failover ask"
        case answer = "openclaw failover answer"
        case credential = "openclaw failover credential"
    }

    private let key: [UInt8]

    package init(_ token: String) { key = Array(token.utf8) }

    func proof(_ purpose: Purpose, _ parts: String...) -> String {
        // With its length before it, no part can be taken for the end of another one.
        let text = ([purpose.rawValue] + parts).map { "\($0.utf8.count):\($0)" }.joined()
        return Hex.encode(HMAC<SHA256>.authenticate(Array(text.utf8), key: key))
    }

    /// By which two nodes see that they have the same credential, and which tells nobody what it is.
    package func fingerprint(_ credential: String) -> String { String(proof(.credential, credential).prefix(32)) }
}
