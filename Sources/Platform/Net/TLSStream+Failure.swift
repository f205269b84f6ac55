import COpenSSL

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What went wrong, in words that a person can act on.
extension TLSStream {
    private var peer: String { client?.verification.host ?? "the client" }

    /// After the handshake.
    func failure(_ outcome: co_outcome) -> StreamError {
        let error = OpenSSL.takeError()
        if outcome.error == SSL_ERROR_SYSCALL, error == 0 {
            return outcome.system == 0 ? .truncated : .system(SystemError(code: outcome.system, call: "TLS"))
        }
        return ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? .truncated : .tls(words(error))
    }

    func handshakeFailure(_ outcome: co_outcome) -> StreamError {
        let error = OpenSSL.takeError()
        if let refusal = client?.verification.refusal { return .tls(refusal) }
        if let firstByte, !isRecordType(firstByte) { return .tls(foreignSpeech(firstByte)) }
        if outcome.error == SSL_ERROR_SYSCALL, error == 0, outcome.system != 0 {
            return .system(SystemError(code: outcome.system, call: "TLS handshake with \(peer)"))
        }
        if error == 0 || ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING {
            let hint = firstByte == nil ? " without a word: does it speak TLS on this port?" : ""
            return .tls("\(peer) ended the connection during the handshake\(hint)")
        }
        return .tls(words(error))
    }

    /// Records begin with their type, 20 to 23 (RFC 8446 section 5.1).
    private func isRecordType(_ byte: UInt8) -> Bool { (20...23).contains(byte) }

    private func foreignSpeech(_ byte: UInt8) -> String {
        if client == nil { return "the client does not speak TLS: it has to connect with https:// or wss://" }
        if byte == UInt8(ascii: "H") { return "\(peer) does not speak TLS on this port: it answers in plain HTTP" }
        return "\(peer) does not speak TLS on this port"
    }

    private func words(_ error: UInt) -> String {
        switch ERR_GET_REASON(error) {
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION, SSL_R_UNKNOWN_PROTOCOL,
            alert(SSL_AD_PROTOCOL_VERSION):
            return "\(peer) offers no version of TLS that is safe: 1.2 or later is needed"
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_CIPHERS_AVAILABLE, alert(SSL_AD_HANDSHAKE_FAILURE),
            alert(SSL_AD_INSUFFICIENT_SECURITY):
            return "\(peer) and we have no safe cipher in common (or it wants a certificate of ours)"
        case alert(SSL_AD_UNRECOGNIZED_NAME):
            return "the server does not know the host name \(peer)"
        case alert(SSL_AD_UNKNOWN_CA), alert(SSL_AD_BAD_CERTIFICATE), alert(SSL_AD_CERTIFICATE_UNKNOWN),
            alert(SSL_AD_CERTIFICATE_EXPIRED), alert(SSL_AD_UNSUPPORTED_CERTIFICATE):
            return "\(peer) does not accept our certificate: \(OpenSSL.reason(error))"
        case alert(SSL_AD_CERTIFICATE_REQUIRED):
            return "\(peer) wants a certificate of ours: there is none"
        case alert(SSL_AD_NO_APPLICATION_PROTOCOL), SSL_R_NO_APPLICATION_PROTOCOL:
            return "\(peer) does not speak the same application protocol (ALPN)"
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            return "\(peer) does not speak TLS on this port"
        default:
            return "\(OpenSSL.reason(error)) (with \(peer))"
        }
    }

    /// OpenSSL's reason for an alert that the peer sent.
    private func alert(_ number: Int32) -> Int32 { SSL_AD_REASON_OFFSET + number }
}
