import COpenSSL

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Who a server is: its certificate, the intermediate ones behind it, and the private key.
package struct TLSIdentity: Sendable {
    /// No certificate chain comes near; a wrong path (a device, a log) must not fill the memory.
    static let fileLimit = 1 << 20

    /// The server's own certificate first.
    package let chain: [Certificate]
    let key: OpenSSLKey

    package var certificate: Certificate { chain[0] }
    package var fingerprint: CertificateFingerprint { certificate.fingerprint }

    init(chain: [Certificate], key: OpenSSLKey) {
        self.chain = chain
        self.key = key
    }

    /// Reads both files. Blocks: to be called off the loop.
    package init(certificateFile: String, keyFile: String) throws(StreamError) {
        let certificates = try Self.contents(certificateFile, "certificate")
        let key = try Self.contents(keyFile, "private key")
        try self.init(
            certificatePEM: certificates, keyPEM: key, certificateSource: certificateFile, keySource: keyFile)
    }

    /// `…Source` say in errors where the text came from.
    package init(
        certificatePEM: [UInt8], keyPEM: [UInt8],
        certificateSource: String = "the certificate text", keySource: String = "the key text"
    ) throws(StreamError) {
        OpenSSL.start()
        let chain = try PEM.certificates(certificatePEM, source: certificateSource)
        let key = try PEM.privateKey(keyPEM, source: keySource)
        if let place = chain.firstIndex(where: { X509_check_private_key($0.pointer, key.pointer) == 1 }) {
            guard place == 0 else {
                throw .tls("the server's own certificate must come first in \(certificateSource), not \(place + 1).")
            }
        } else {
            ERR_clear_error()
            throw .tls("the key in \(keySource) does not belong to the certificate in \(certificateSource)")
        }
        self.init(chain: chain, key: key)
    }

    static func contents(_ path: String, _ what: String) throws(StreamError) -> [UInt8] {
        // Without O_NONBLOCK the open of a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        func failure(_ reason: String) -> StreamError { .tls("cannot read the \(what) file \(path): \(reason)") }
        guard descriptor >= 0 else { throw failure(SystemError.last("open").reason) }
        defer { closeDescriptor(descriptor) }
        var bytes = [UInt8](repeating: 0, count: fileLimit + 1)
        var count = 0
        while count < bytes.count {
            let room = bytes.count - count
            let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, room) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure(SystemError.last("read").reason) }
            if got == 0 { return Array(bytes[..<count]) }
            count += got
        }
        throw failure("it is larger than \(fileLimit) bytes")
    }
}
