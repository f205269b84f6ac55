import COpenSSL

extension TLSIdentity {
    /// Octets of the serial number: unguessable and below the limit of 20 (RFC 5280 section 4.1.2.2).
    private static let serialBytes = 16

    /// Longest common name (RFC 5280 appendix A, ub-common-name).
    package static let commonNameLimit = 64

    /// A new P-256 key and a certificate signed with it, for the DNS names and IP addresses in `hosts`.
    package static func selfSigned(
        commonName: String, hosts: [String], from start: WallTime, days: Int
    ) throws(StreamError) -> TLSIdentity {
        OpenSSL.start()
        guard (1...commonNameLimit).contains(commonName.utf8.count) else {
            throw .tls("a certificate's common name has 1 to \(commonNameLimit) bytes")
        }
        var entries: [String] = []
        for host in hosts {
            if SocketAddress(host: host, port: 0) != nil {
                entries.append("IP:\(host)")
            } else if HostName.isValid(host) || host.hasPrefix("*.") && HostName.isValid(String(host.dropFirst(2))) {
                entries.append("DNS:\(host)")
            } else {
                throw .tls("\"\(host)\" is neither a host name nor an IP address: no certificate can be made for it")
            }
        }
        guard let pointer = co_generate_p256(), let certificate = X509_new() else { throw failure() }
        let key = OpenSSLKey(pointer)
        let result = Certificate(certificate)
        var serial = SecureRandom.bytes(serialBytes)
        serial[0] = serial[0] & 0x7f | 0x40
        let number = BN_bin2bn(serial, Int32(serial.count), nil)
        defer { BN_free(number) }
        let name = X509_get_subject_name(certificate)
        let text = Array(commonName.utf8)
        var steps =
            X509_set_version(certificate, 2) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
            && ASN1_TIME_set(X509_getm_notBefore(certificate), time(start, plusDays: 0)) != nil
            && ASN1_TIME_set(X509_getm_notAfter(certificate), time(start, plusDays: days)) != nil
            && X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text, Int32(text.count), -1, 0) == 1
            && X509_set_issuer_name(certificate, name) == 1
            && X509_set_pubkey(certificate, pointer) == 1
            && add(NID_basic_constraints, "critical,CA:FALSE", to: certificate)
            && add(NID_ext_key_usage, "serverAuth", to: certificate)
        if !entries.isEmpty {
            steps = steps && add(NID_subject_alt_name, entries.joined(separator: ","), to: certificate)
        }
        guard steps, X509_sign(certificate, pointer, EVP_sha256()) > 0 else { throw failure() }
        return TLSIdentity(chain: [result], key: key)
    }

    private static func time(_ start: WallTime, plusDays days: Int) -> time_t { time_t(start.seconds) + days * 86_400 }

    private static func add(_ kind: Int32, _ value: String, to certificate: OpaquePointer) -> Bool {
        guard let part = X509V3_EXT_conf_nid(nil, nil, kind, value) else { return false }
        defer { X509_EXTENSION_free(part) }
        return X509_add_ext(certificate, part, -1) == 1
    }

    private static func failure() -> StreamError {
        .tls("cannot make a certificate: \(OpenSSL.takeReason() ?? "no reason given")")
    }
}
