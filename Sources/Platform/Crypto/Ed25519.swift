import COpenSSL

/// Ed25519 signatures (RFC 8032), keys in their raw form.
package enum Ed25519 {
    package static let keyBytes = 32
    package static let signatureBytes = 64

    /// The 32 secret bytes that RFC 8032 calls the private key; the public key derives from them.
    package struct PrivateKey: Sendable {
        package let rawBytes: [UInt8]
        package let publicKey: PublicKey
        private let key: OpenSSLKey

        package init() {
            // Every 32 bytes are a key.
            self.init(rawBytes: SecureRandom.bytes(Ed25519.keyBytes))!
        }

        package init?(rawBytes: [UInt8]) {
            OpenSSL.start()
            guard rawBytes.count == Ed25519.keyBytes,
                let pointer = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, rawBytes, rawBytes.count)
            else { return nil }
            key = OpenSSLKey(pointer)
            self.rawBytes = rawBytes
            var derived = [UInt8](repeating: 0, count: Ed25519.keyBytes)
            var count = derived.count
            EVP_PKEY_get_raw_public_key(pointer, &derived, &count)
            publicKey = PublicKey(rawBytes: derived)!
        }

        package func sign(_ message: [UInt8]) -> [UInt8] {
            let context = EVP_MD_CTX_new()
            defer { EVP_MD_CTX_free(context) }
            var signature = [UInt8](repeating: 0, count: Ed25519.signatureBytes)
            var count = signature.count
            let isSigned =
                EVP_DigestSignInit(context, nil, nil, nil, key.pointer) == 1
                && EVP_DigestSign(context, &signature, &count, message, message.count) == 1
            precondition(isSigned && count == signature.count, "no memory to sign")
            return signature
        }
    }

    package struct PublicKey: Hashable, Sendable {
        package let rawBytes: [UInt8]

        package init?(rawBytes: [UInt8]) {
            guard rawBytes.count == Ed25519.keyBytes else { return nil }
            self.rawBytes = rawBytes
        }

        package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
            OpenSSL.start()
            guard signature.count == Ed25519.signatureBytes,
                let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, rawBytes, rawBytes.count)
            else { return false }
            defer { EVP_PKEY_free(key) }
            let context = EVP_MD_CTX_new()
            defer { EVP_MD_CTX_free(context) }
            let isValid =
                EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
                && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
            ERR_clear_error()
            return isValid
        }
    }
}

/// A key in OpenSSL's form, never changed once it is made and so free to be used on any thread.
final class OpenSSLKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over the reference.
    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }
}
