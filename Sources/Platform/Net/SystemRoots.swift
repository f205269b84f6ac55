import COpenSSL

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Where this system keeps its certificate authorities. The OpenSSL inside the binary only knows Debian's place.
struct SystemRoots: Equatable {
    /// Directories of certificates under their hashed names. Preferred: a certificate is read when it is first needed,
    /// while a bundle costs 30 ms and 1 MB at once.
    static let directories = [
        "/etc/ssl/certs",  // Debian, Alpine, Arch, SUSE
        "/etc/pki/ca-trust/extracted/pem/directory-hash",  // Fedora
        "/etc/openssl/certs",
    ]

    static let files = [
        "/etc/ssl/certs/ca-certificates.crt",  // Debian, Alpine, Arch
        "/etc/pki/tls/certs/ca-bundle.crt",  // Fedora, RHEL
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL
        "/etc/ssl/ca-bundle.pem",  // SUSE
        "/etc/ssl/cert.pem",  // macOS, Alpine, BSD
        "/opt/homebrew/etc/openssl@3/cert.pem",
        "/usr/local/etc/openssl@3/cert.pem",
        "/usr/local/share/certs/ca-root-nss.crt",  // FreeBSD
    ]

    var file: String?
    var directory: String?

    /// Decides between what the environment names and what is there. Reads directories: to be called off the loop.
    static func locate(
        _ environment: Environment = .process,
        directories: [String] = directories, files: [String] = files
    ) throws(StreamError) -> SystemRoots {
        let named = SystemRoots(file: environment["SSL_CERT_FILE"], directory: environment["SSL_CERT_DIR"])
        if named != SystemRoots() { return named }
        if let directory = directories.first(where: hasHashedNames) { return SystemRoots(directory: directory) }
        if let file = files.first(where: { access($0, R_OK) == 0 }) { return SystemRoots(file: file) }
        throw .tls(
            "no certificate authorities found on this system: install its ca-certificates package, "
                + "or name a bundle in SSL_CERT_FILE")
    }

    /// Whether names like `002c0b4f.0` are there, which OpenSSL looks certificates up by.
    private static func hasHashedNames(_ directory: String) -> Bool {
        guard let stream = opendir(directory) else { return false }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { $0.prefix(11).prefix { $0 != 0 } }
            let isHash = name.prefix(8).allSatisfy { byte in
                Hex.decode("0" + String(UnicodeScalar(byte))) != nil
            }
            if name.count == 10, isHash, name[name.startIndex + 8] == UInt8(ascii: ".") { return true }
        }
        return false
    }

    /// Makes them the authorities of `context`. `SSL_CERT_DIR` may name several directories, as with OpenSSL itself.
    func load(into context: OpaquePointer) throws(StreamError) {
        if let file, SSL_CTX_load_verify_file(context, file) != 1 {
            throw .tls("no certificate authorities can be read from SSL_CERT_FILE=\(file): \(Self.reason())")
        }
        if let directory, SSL_CTX_load_verify_dir(context, directory) != 1 {
            throw .tls("the certificate directory \(directory) cannot be used: \(Self.reason())")
        }
        ERR_clear_error()
    }

    private static func reason() -> String {
        let code = OpenSSL.takeError()
        // System errors travel in the same queue, with errno as their reason.
        if ERR_GET_LIB(code) == ERR_LIB_SYS { return SystemError(code: ERR_GET_REASON(code), call: "open").reason }
        return OpenSSL.reason(code)
    }
}
