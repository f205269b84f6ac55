import Support
import Testing

@testable import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct TLSContextTests {
    /// A directory that goes with the test.
    private func withDirectory(_ body: (String) throws -> Void) rethrows {
        var template = Array("/tmp/openclaw-tls-XXXXXX".utf8CString)
        let path = String(cString: mkdtemp(&template))
        defer {
            if let stream = opendir(path) {
                while let entry = readdir(stream) {
                    withUnsafePointer(to: &entry.pointee.d_name) { name in
                        _ = name.withMemoryRebound(to: CChar.self, capacity: 256) {
                            unlink(path + "/" + String(cString: $0))
                        }
                    }
                }
                closedir(stream)
            }
            rmdir(path)
        }
        try body(path)
    }

    private func write(_ bytes: [UInt8], _ path: String) {
        let file = fopen(path, "w")
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    private func reason(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch StreamError.tls(let reason) {
            return reason
        } catch {
            return "\(error)"
        }
    }

    @Test func anIdentityComesBackFromItsFiles() throws {
        try withDirectory { directory in
            let (certificate, key) = (directory + "/cert.pem", directory + "/key.pem")
            write(TestIdentity.local.certificatePEM, certificate)
            write(TestIdentity.local.privateKeyPEM, key)
            let identity = try TLSIdentity(certificateFile: certificate, keyFile: key)
            #expect(identity.fingerprint == TestIdentity.local.fingerprint)
            #expect(identity.certificate.hosts == ["localhost", "127.0.0.1"])
        }
    }

    @Test func eachThingThatIsWrongWithTheFilesIsSaid() throws {
        let (local, other) = (TestIdentity.local, TestIdentity.other)
        withDirectory { directory in
            let (certificate, key, junk) = (directory + "/cert.pem", directory + "/key.pem", directory + "/junk")
            func load(_ certificate: String, _ key: String) -> String {
                reason { _ = try TLSIdentity(certificateFile: certificate, keyFile: key) }
            }
            write(local.certificatePEM, certificate)
            write(local.privateKeyPEM, key)
            write(Array("nothing\n".utf8), junk)
            #expect(
                load(directory + "/none", key)
                    == "cannot read the certificate file \(directory)/none: No such file or directory")
            #expect(
                load(certificate, directory) == "cannot read the private key file \(directory): Is a directory")
            #expect(load(junk, key) == "there is no certificate in PEM form in \(junk)")
            #expect(load(certificate, junk) == "there is no private key in PEM form in \(junk)")
            #expect(load(key, certificate).hasSuffix("it holds a private key: are the two files swapped?"))
            #expect(load(certificate, certificate).hasSuffix("it holds a certificate: are the two files swapped?"))
            write(other.privateKeyPEM, junk)
            #expect(
                load(certificate, junk) == "the key in \(junk) does not belong to the certificate in \(certificate)")
            write(other.certificatePEM + local.certificatePEM, certificate)
            #expect(
                load(certificate, key) == "the server's own certificate must come first in \(certificate), not 2.")
            write(local.certificatePEM.map { $0 == UInt8(ascii: "M") ? UInt8(ascii: "!") : $0 }, certificate)
            #expect(load(certificate, key).hasPrefix("certificate 1 in \(certificate) is damaged: "))
            write([UInt8](repeating: 10, count: 1 << 20), certificate)
            #expect(load(certificate, key) == "there is no certificate in PEM form in \(certificate)")
            write([UInt8](repeating: 10, count: (1 << 20) + 1), certificate)
            #expect(load(certificate, key).hasSuffix("it is larger than 1048576 bytes"))
        }
    }

    @Test func anEncryptedKeyIsNotAskedForItsPassphrase() {
        let text = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjHs5s5dZHCbgICCAAw
            -----END ENCRYPTED PRIVATE KEY-----
            """
        let words = reason {
            _ = try TLSIdentity(
                certificatePEM: TestIdentity.local.certificatePEM, keyPEM: Array(text.utf8), keySource: "key.pem")
        }
        #expect(words.hasPrefix("the key in key.pem is encrypted"))
    }

    @Test func aSelfSignedCertificateSaysWhatItWasAskedFor() throws {
        let start = WallTime(nanoseconds: 1_790_000_000_000_000_000)
        let identity = try TLSIdentity.selfSigned(
            commonName: "gateway", hosts: ["Gateway.local", "::1", "10.0.0.1"], from: start, days: 30)
        #expect(identity.certificate.subject == "gateway")
        #expect(identity.certificate.issuer == "gateway")
        #expect(identity.certificate.hosts == ["Gateway.local", "::1", "10.0.0.1"])
        #expect(identity.certificate.validFrom == start)
        #expect(identity.certificate.validUntil?.seconds == start.seconds + 30 * 86_400)
        let again = try TLSIdentity.selfSigned(
            commonName: "gateway", hosts: ["Gateway.local", "::1", "10.0.0.1"], from: start, days: 30)
        #expect(again.fingerprint != identity.fingerprint)
    }

    @Test func aCertificateIsMadeOnlyForNamesThatAreSome() {
        let start = WallTime.system()
        for host in ["", "a,DNS:b", "a b", "*.", "*", "http://a", "a/24"] {
            let words = reason {
                _ = try TLSIdentity.selfSigned(commonName: "x", hosts: [host], from: start, days: 1)
            }
            #expect(words == "\"\(host)\" is neither a host name nor an IP address: no certificate can be made for it")
        }
        for (count, isTaken) in [(0, false), (1, true), (63, true), (64, true), (65, false)] {
            let name = String(repeating: "n", count: count)
            let words = reason { _ = try TLSIdentity.selfSigned(commonName: name, hosts: [], from: start, days: 1) }
            #expect((words == "no error") == isTaken)
        }
    }

    @Test func aFingerprintIsReadInTheWaysItIsWritten() throws {
        let fingerprint = TestIdentity.local.fingerprint
        let colons = String(fingerprint.description.dropFirst("sha256:".count))
        for text in [
            fingerprint.hex, fingerprint.hex.uppercased(), colons, fingerprint.description, "SHA256:" + colons,
            "sha256 Fingerprint=" + colons, "SHA256 Fingerprint=" + colons,
        ] {
            #expect(CertificateFingerprint(text) == fingerprint)
        }
        for text in ["", "sha256:", String(colons.dropLast()), colons + "00", "sha1:" + colons, "x" + colons] {
            #expect(CertificateFingerprint(text) == nil)
        }
        #expect(colons.count == 95)
    }

    @Test func theAuthoritiesOfTheSystemAreFoundWhereverTheyAre() throws {
        try withDirectory { (directory) throws in
            let bundle = directory + "/bundle.crt"
            func locate(_ environment: Environment, _ directories: [String]) throws -> SystemRoots {
                try SystemRoots.locate(
                    environment, directories: directories, files: [directory + "/none", bundle])
            }
            #expect(reason { _ = try locate([:], [directory]) }.hasPrefix("no certificate authorities found"))
            write(TestIdentity.local.certificatePEM, bundle)
            for name in ["bundle.pem", "0123456.0", "0123456g.0", "01234567", "01234567-0", "01234567.00"] {
                write([], directory + "/" + name)
            }
            // A directory without hashed names is of no use.
            #expect(try locate([:], ["/nowhere", directory]) == SystemRoots(file: bundle))
            write([], directory + "/01234567.0")
            #expect(try locate([:], ["/nowhere", directory]) == SystemRoots(directory: directory))
            #expect(try locate(["SSL_CERT_FILE": "/my.pem"], [directory]) == SystemRoots(file: "/my.pem"))
            #expect(try locate(["SSL_CERT_DIR": "/my"], [directory]) == SystemRoots(directory: "/my"))
        }
    }

    @Test func aMessageListsEightNamesAndCountsTheRest() throws {
        for (count, rest) in [(7, ""), (8, ""), (9, " and 1 more"), (20, " and 12 more")] {
            let hosts = (1...count).map { "h\($0)" }
            let certificate = TestIdentity.make(hosts).certificate
            #expect(certificate.hostsText == hosts.prefix(8).joined(separator: ", ") + rest)
        }
    }

    @Test func authoritiesThatCannotBeReadAreNamed() async throws {
        try await onLoop {
            for (roots, words) in [
                (TLSRoots.file("/nowhere/ca.pem"), "cannot read the certificate authority file /nowhere/ca.pem"),
                (.pem([]), "there is no certificate in PEM form in the configured certificate authorities"),
            ] {
                let context = TLSClientContext(TLSClientSettings(trust: .authorities(roots)))
                var failure: StreamError?
                do throws(StreamError) { try await context.prepare() } catch { failure = error }
                #expect("\(failure ?? .closed)".contains(words))
                let silent = try SilentServer()
                #expect {
                    _ = try context.start(on: connectSocket(to: silent.address), host: "localhost", port: 1)
                } throws: { "\($0)".contains(words) }
                silent.close()
                #expect(silent.leftOpen <= 0)
            }
        }
    }
}
