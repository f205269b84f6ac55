import COpenSSL

/// Whether a server is the one that was meant, and if not, why not in words.
@LoopActor
final class TLSVerification {
    let host: String
    let trust: TLSTrust
    /// Why the server was refused.
    private(set) var refusal: String?

    init(host: String, trust: TLSTrust) {
        self.host = host
        self.trust = trust
    }

    /// Takes the place of OpenSSL's own verification, which it calls where a chain is wanted.
    static nonisolated let callback: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { store, _ in
        nonisolated(unsafe) let store = store
        return LoopActor.assumeIsolated {
            let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
            guard let client = TLSStream.owner(of: ssl.map { OpaquePointer($0) })?.client else { return 0 }
            return client.verification.check(store) ? 1 : 0
        }
    }

    private func check(_ store: OpaquePointer?) -> Bool {
        guard let pointer = X509_STORE_CTX_get0_cert(store) else { return false }
        guard matchesPin(pointer) else {
            X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
            return false
        }
        guard let roots = trust.roots else {
            X509_STORE_CTX_set_error(store, X509_V_OK)
            return true
        }
        if X509_verify_cert(store) == 1 { return true }
        let blamed = X509_STORE_CTX_get_current_cert(store) ?? pointer
        refusal = explain(
            X509_STORE_CTX_get_error(store), Certificate(sharing: blamed),
            isLeaf: X509_STORE_CTX_get_error_depth(store) == 0, roots)
        return false
    }

    /// Also asked after the handshake: a resumed session brings its certificate along without verification.
    func matchesPin(_ certificate: OpaquePointer) -> Bool {
        guard let pin = trust.pin else { return true }
        let fingerprint = Certificate(sharing: certificate).fingerprint
        if fingerprint == pin { return true }
        refusal =
            "the certificate of \(host) is not the pinned one: it has the fingerprint \(fingerprint), pinned is \(pin)"
        return false
    }

    private func explain(_ code: Int32, _ certificate: Certificate, isLeaf: Bool, _ roots: TLSRoots) -> String {
        let whose =
            isLeaf ? "the certificate of \(host)" : "the certificate of the authority \"\(certificate.subject)\""
        let clock = "this machine's clock says \(WallTime.system().minuteText)"
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "\(whose) expired on \(certificate.validUntil?.minuteText ?? "an unknown day"); \(clock)"
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "\(whose) is valid only from \(certificate.validFrom?.minuteText ?? "an unknown day"); \(clock)"
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "the certificate is for \(certificate.hostsText), not for \(host)"
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "\(whose) is self-signed: compare its fingerprint \(certificate.fingerprint) and pin it, "
                + "or name the certificate as an authority"
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "the certificate of \(host) comes from \"\(certificate.subject)\", "
                + "which is not among \(roots)"
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "the certificate of \(host) comes from \"\(certificate.issuer)\", which is not among \(roots) "
                + "(or the server leaves out an intermediate certificate)"
        default:
            return "\(whose) is refused: \(String(cString: X509_verify_cert_error_string(Int(code))))"
        }
    }
}
