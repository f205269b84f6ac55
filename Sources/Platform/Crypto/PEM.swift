import COpenSSL

/// Certificates and keys in their text form (RFC 7468).
enum PEM {
    static func certificates(_ text: [UInt8], source: String) throws(StreamError) -> [Certificate] {
        var certificates: [Certificate] = []
        reading(text) { bio in
            while let pointer = PEM_read_bio_X509(bio, nil, nil, nil) { certificates.append(Certificate(pointer)) }
        }
        let error = OpenSSL.takeError()
        guard co_end_of_pem(error) != 0 else {
            throw .tls("certificate \(certificates.count + 1) in \(source) is damaged: \(OpenSSL.reason(error))")
        }
        guard certificates.isEmpty else { return certificates }
        let hint = contains(text, "PRIVATE KEY-----") ? "; it holds a private key: are the two files swapped?" : ""
        throw .tls("there is no certificate in PEM form in \(source)\(hint)")
    }

    static func privateKey(_ text: [UInt8], source: String) throws(StreamError) -> OpenSSLKey {
        // Without a callback OpenSSL would ask for the passphrase on the terminal.
        let pointer = reading(text) { bio in PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil) }
        if let pointer { return OpenSSLKey(pointer) }
        let error = OpenSSL.takeError()
        if contains(text, "ENCRYPTED") {
            throw .tls("the key in \(source) is encrypted; store it without a passphrase (openssl pkey -in … -out …)")
        }
        guard contains(text, "PRIVATE KEY-----") else {
            let hint = contains(text, "CERTIFICATE-----") ? "; it holds a certificate: are the two files swapped?" : ""
            throw .tls("there is no private key in PEM form in \(source)\(hint)")
        }
        throw .tls("the private key in \(source) is damaged: \(OpenSSL.reason(error))")
    }

    /// Calls `body` with a BIO over `text`. Errors from before are gone.
    private static func reading<Value>(_ text: [UInt8], _ body: (OpaquePointer?) -> Value) -> Value {
        ERR_clear_error()
        return text.withUnsafeBytes { memory in
            let bio = BIO_new_mem_buf(memory.baseAddress, Int32(memory.count))
            defer { BIO_free(bio) }
            return body(bio)
        }
    }

    /// What `write` puts into a memory BIO.
    static func text(_ write: (OpaquePointer?) -> Int32) -> [UInt8] {
        let bio = BIO_new(BIO_s_mem())
        defer { BIO_free(bio) }
        precondition(write(bio) == 1, "no memory for PEM text")
        var start: UnsafeMutablePointer<CChar>?
        let count = co_memory(bio, &start)
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    private static func contains(_ text: [UInt8], _ words: String) -> Bool {
        let words = Array(words.utf8)
        guard text.count >= words.count else { return false }
        return (0...text.count - words.count).contains { text[$0..<$0 + words.count].elementsEqual(words) }
    }
}

extension TLSIdentity {
    package var certificatePEM: [UInt8] {
        chain.flatMap { certificate in PEM.text { PEM_write_bio_X509($0, certificate.pointer) } }
    }

    /// Unencrypted PKCS #8: for a file that only its owner can read.
    package var privateKeyPEM: [UInt8] {
        PEM.text { PEM_write_bio_PKCS8PrivateKey($0, key.pointer, nil, nil, 0, nil, nil) }
    }
}
