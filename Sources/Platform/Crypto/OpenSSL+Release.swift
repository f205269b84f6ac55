import COpenSSL

// In a release these stand in the place of functions of OpenSSL's, by which all of its algorithms would come into the
// program (Scripts/lib/openssl.ld, Docs/decisions/0061).

/// Says that something is not there.
@_cdecl("openclaw_openssl_no")
public func openSSLHasNone() -> Int32 { 0 }

/// The digests that are asked for by the name of a signature.
@_cdecl("openclaw_openssl_digests")
public func addOpenSSLDigests() {
    for digest in [EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()] { EVP_add_digest(digest) }
}

/// Makes the methods of a kind without a word about those that were left out.
@_cdecl("__wrap_ossl_method_construct")
public func constructOpenSSLMethod(
    _ library: UnsafeMutableRawPointer?, _ operation: Int32, _ provider: UnsafeMutableRawPointer?, _ keep: Int32,
    _ means: UnsafeMutableRawPointer?, _ data: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
    unsafe co_construct(library, operation, provider, keep, means, data)
}
