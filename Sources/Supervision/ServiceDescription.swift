package import Settings

/// What a service of a gateway is: the one value from which units, plists and tasks are rendered. It holds no secret.
package struct ServiceDescription: Hashable, Sendable {
    /// Set in the environment of each service, so that a command run from within one is recognised as such.
    package static let marker = "openclaw"

    package let instance: Instance
    package let kind: ServiceKind
    /// The program that the service manager starts: ours by its stable path, or a wrapper that ends by running it.
    package let binary: String
    package let port: UInt16
    /// The version of the program that was installed.
    package let version: String
    /// Whose the process is, for a system unit.
    package let user: String?
    /// Where programs that the gateway runs are looked for.
    package let searchPath: String

    package init(
        _ instance: Instance, kind: ServiceKind, binary: String, port: UInt16, version: String, user: String? = nil,
        searchPath: String = "/usr/local/bin:/usr/bin:/bin"
    ) {
        self.instance = instance
        self.kind = kind
        self.binary = binary
        self.port = port
        self.version = version
        self.user = user
        self.searchPath = searchPath
    }

    /// What the binary is started with.
    package var arguments: [String] { ["gateway", "run", "--port", "\(port)"] }

    /// Everything that decides which gateway this is, by full paths: a service manager knows no shell's variables.
    package var environment: [String: String] {
        var all = [
            "HOME": instance.homeDirectory, "PATH": searchPath, "OPENCLAW_STATE_DIR": instance.stateDirectory,
            "OPENCLAW_CONFIG_PATH": instance.configPath, "OPENCLAW_WORKSPACE_DIR": instance.workspaceDirectory,
            "OPENCLAW_SERVICE_MARKER": Self.marker, "OPENCLAW_SERVICE_VERSION": version,
        ]
        all["OPENCLAW_PROFILE"] = instance.profile.name
        return all
    }

    package var place: ServicePlace { ServicePlace(instance, kind) }

    package func name(on backend: ServiceBackend) -> String { instance.serviceName(on: backend) }
}

/// Who starts a service: the manager of a user's session, or the system's.
package enum ServiceKind: String, CaseIterable, Hashable, Sendable {
    case user, system
}

/// Where a gateway's service is looked for: all that inspecting, controlling and removing one must know.
package struct ServicePlace: Hashable, Sendable {
    package let instance: Instance
    package let kind: ServiceKind

    package init(_ instance: Instance, _ kind: ServiceKind) {
        self.instance = instance
        self.kind = kind
    }

    package func name(on backend: ServiceBackend) -> String { instance.serviceName(on: backend) }
}
