import Platform

/// The certificate that the port shows: the configured one, or one that the gateway makes for itself and keeps.
struct TLSFiles: Sendable {
    static let validDays = 3650

    let certificatePath: String
    let keyPath: String
    /// Made when they are not there.
    let isOwn: Bool

    init(_ settings: ListenSettings.TLS, stateDirectory: String) {
        if let certificate = settings.certificatePath, let key = settings.keyPath {
            certificatePath = certificate
            keyPath = key
            isOwn = false
        } else {
            certificatePath = stateDirectory + "/tls/gateway-cert.pem"
            keyPath = stateDirectory + "/tls/gateway-key.pem"
            isOwn = true
        }
    }

    /// Reads the files, or makes them. Blocks; for the blocking pool, and under the state's lock.
    func identity(hostName: String, now: WallTime) throws(TLSFailure) -> TLSIdentity {
        if isOwn, !FileReading.exists(certificatePath) || !FileReading.exists(keyPath) {
            try make(hostName: hostName, now: now)
        }
        do throws(StreamError) {
            return try TLSIdentity(certificateFile: certificatePath, keyFile: keyPath)
        } catch {
            throw TLSFailure(reason: "\(error)")
        }
    }

    /// Clients pin its fingerprint, so that it lives long and names this machine alone.
    private func make(hostName: String, now: WallTime) throws(TLSFailure) {
        let name = HostName.canonical(hostName)
        let names = HostName.isValid(name) && name != "localhost" ? [name, name + ".local"] : []
        do throws(StreamError) {
            let identity = try TLSIdentity.selfSigned(
                commonName: "openclaw-gateway",
                hosts: ["localhost", "127.0.0.1", "::1"] + names.filter(HostName.isValid),
                from: now, days: Self.validDays)
            do throws(FileError) {
                try PrivateDirectory.create(PathParts.directory(of: keyPath))
                // The key first: a certificate without one is no identity, and both are made anew.
                try AtomicFile.write(identity.privateKeyPEM, to: keyPath)
                try AtomicFile.write(identity.certificatePEM, to: certificatePath)
            } catch {
                throw StreamError.tls("\(error)")
            }
        } catch {
            throw TLSFailure(reason: "\(error)")
        }
    }
}

/// Why there is no certificate to show.
package struct TLSFailure: Error, Sendable, Hashable {
    let reason: String
}

/// Paths as text.
enum PathParts {
    static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
