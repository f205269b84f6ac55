import COpenSSL

/// What all users of OpenSSL share: its start, and its error queue in words.
///
/// The configuration file of the system is not read: its providers and its policy would cost memory and make the
/// binary behave differently from machine to machine. Cleaning up at exit is left out as well, since threads of the
/// blocking pool may still run then.
enum OpenSSL {
    private static let isReady: Bool = {
        let options = UInt64(OPENSSL_INIT_NO_LOAD_CONFIG) | UInt64(OPENSSL_INIT_NO_ATEXIT)
        return OPENSSL_init_ssl(options, nil) == 1
    }()

    /// To be called before the first use of EVP, X509 or TLS. Costs nothing afterwards.
    static func start() {
        precondition(isReady, "OpenSSL does not start: \(takeReason() ?? "no reason given")")
    }

    /// The oldest error of this thread, which is the cause of the others; the queue is empty afterwards.
    static func takeError() -> UInt {
        let code = ERR_get_error()
        ERR_clear_error()
        return code
    }

    /// The same in words; nil when there is none.
    static func takeReason() -> String? {
        let code = takeError()
        return code == 0 ? nil : reason(code)
    }

    static func reason(_ code: UInt) -> String {
        guard let text = ERR_reason_error_string(code) else { return "OpenSSL error \(code)" }
        return String(cString: text)
    }
}
