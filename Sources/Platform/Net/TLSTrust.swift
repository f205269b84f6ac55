/// Which servers a client believes.
package enum TLSTrust: Hashable, Sendable {
    /// A valid chain to one of these authorities, and the host's name in the certificate.
    case authorities(TLSRoots)
    /// This very certificate, whoever signed it and whatever its names and dates.
    case pin(CertificateFingerprint)
    /// Both.
    case pinAndAuthorities(CertificateFingerprint, TLSRoots)

    var pin: CertificateFingerprint? {
        switch self {
        case .authorities: nil
        case .pin(let fingerprint), .pinAndAuthorities(let fingerprint, _): fingerprint
        }
    }

    var roots: TLSRoots? {
        switch self {
        case .pin: nil
        case .authorities(let roots), .pinAndAuthorities(_, let roots): roots
        }
    }
}

/// Where certificate authorities come from.
package enum TLSRoots: Hashable, Sendable, CustomStringConvertible {
    /// Those of the operating system, or what SSL_CERT_FILE and SSL_CERT_DIR name instead.
    case system
    /// A file in PEM form, in place of the system's.
    case file(String)
    /// Text in PEM form, in place of the system's.
    case pem([UInt8])

    package var description: String {
        switch self {
        case .system: "the certificate authorities of this system"
        case .file(let path): "the certificate authorities in \(path)"
        case .pem: "the configured certificate authorities"
        }
    }
}
