import COpenSSL

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An X.509 certificate, as far as people and error messages want to know it.
package final class Certificate: @unchecked Sendable {
    /// Names listed in a message; certificates of large hosts carry hundreds.
    static let namesShown = 8

    let pointer: OpaquePointer

    /// Takes over the reference.
    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    /// Shares a certificate that belongs to somebody else.
    init(sharing pointer: OpaquePointer) {
        X509_up_ref(pointer)
        self.pointer = pointer
    }

    deinit { X509_free(pointer) }

    package var der: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(i2d_X509(pointer, nil))) { memory, count in
            var end = memory.baseAddress
            count = Int(i2d_X509(pointer, &end))
        }
    }

    package var fingerprint: CertificateFingerprint { CertificateFingerprint(der: der) }
    package var validFrom: WallTime? { wallTime(X509_get0_notBefore(pointer)) }
    package var validUntil: WallTime? { wallTime(X509_get0_notAfter(pointer)) }
    package var subject: String { text(X509_get_subject_name(pointer)) }
    package var issuer: String { text(X509_get_issuer_name(pointer)) }

    /// The hosts it is for: DNS names and IP addresses of its subjectAltName, which alone counts (RFC 9525).
    package var hosts: [String] {
        guard let found = X509_get_ext_d2i(pointer, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(found)
        defer { GENERAL_NAMES_free(names) }
        return (0..<co_name_count(names)).compactMap { index in
            var kind: Int32 = 0
            guard let value = GENERAL_NAME_get0_value(co_name(names, index), &kind) else { return nil }
            let string = value.assumingMemoryBound(to: ASN1_STRING.self)
            let bytes = Array(
                UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
            switch (kind, bytes.count) {
            case (GEN_DNS, _): return printable(bytes)
            case (GEN_IPADD, 4): return IPv4Address(bits: bytes.reduce(0) { $0 << 8 | UInt32($1) }).description
            case (GEN_IPADD, 16): return IPv6Address(bytes: bytes).description
            default: return nil
            }
        }
    }

    /// The same in words.
    var hostsText: String {
        let hosts = hosts
        if hosts.isEmpty { return "no host (its subject \"\(subject)\" does not count)" }
        let shown = hosts.prefix(Self.namesShown).joined(separator: ", ")
        return hosts.count > Self.namesShown ? "\(shown) and \(hosts.count - Self.namesShown) more" : shown
    }

    /// The common name, or the whole name of who has none.
    private func text(_ name: OpaquePointer?) -> String {
        var memory = [CChar](repeating: 0, count: 256)
        if X509_NAME_get_text_by_NID(name, NID_commonName, &memory, Int32(memory.count)) <= 0 {
            X509_NAME_oneline(name, &memory, Int32(memory.count))
        }
        return printable(memory.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    }

    private func wallTime(_ time: UnsafePointer<ASN1_TIME>?) -> WallTime? {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return WallTime(nanoseconds: Int64(timegm(&parts)).multipliedReportingOverflow(by: 1_000_000_000).partialValue)
    }
}

/// Text from the wire, for a terminal or a log: what is not plain ASCII becomes a question mark.
private func printable(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}

extension WallTime {
    /// `2026-01-31 08:05 UTC`.
    var minuteText: String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)) UTC"
    }
}
