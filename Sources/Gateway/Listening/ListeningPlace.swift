package import Platform

/// Where a gateway listens: what people and clients can be told.
package struct ListeningPlace: Sendable {
    package let address: SocketAddress
    package let isEncrypted: Bool
    /// Of the certificate that the port shows.
    package let fingerprint: CertificateFingerprint?

    /// For browsers.
    package var url: String { "http\(isEncrypted ? "s" : "")://\(address)" }
    /// For clients of the protocol.
    package var socketURL: String { "ws\(isEncrypted ? "s" : "")://\(address)" }
}
