package import Platform

/// Where and how this gateway lives. Every question for a path or a port is answered here.
package struct Instance: Hashable, Sendable {
    package let profile: Profile
    package let stateDirectory: String
    package let port: UInt16

    /// What the command line says; nil where it says nothing.
    package struct Flags: Hashable, Sendable {
        package var profile: String?
        package var dev = false
        package var port: String?

        package init() {}
    }

    package init(flags: Flags, environment: Environment) throws(SettingsError) {
        let profile: Profile =
            if let name = flags.profile {
                try Profile(named: name)
            } else if flags.dev {
                .dev
            } else if let name = environment["OPENCLAW_PROFILE"] {
                try Profile(named: name)
            } else {
                .default
            }
        self.profile = profile
        stateDirectory = try Self.stateDirectory(profile, environment)
        port = try Self.port(flags.port, environment, profile)
    }

    /// Locked by the gateway that owns this state.
    package var lockPath: String { stateDirectory + "/gateway.lock" }
    package var databasePath: String { stateDirectory + "/openclaw.sqlite" }
    package var logDirectory: String { stateDirectory + "/logs" }

    private static func stateDirectory(_ profile: Profile, _ environment: Environment) throws(SettingsError) -> String {
        if let path = environment["OPENCLAW_STATE_DIR"] {
            guard path.hasPrefix("/") else { throw .relativePath(value: path, source: "OPENCLAW_STATE_DIR") }
            return path
        }
        if let path = environment["OPENCLAW_HOME"] {
            guard path.hasPrefix("/") else { throw .relativePath(value: path, source: "OPENCLAW_HOME") }
            return path + "/.openclaw\(profile.suffix)"
        }
        guard let home = environment.home else { throw .noHome }
        return home + "/.openclaw\(profile.suffix)"
    }

    private static func port(
        _ flag: String?, _ environment: Environment, _ profile: Profile
    ) throws(SettingsError) -> UInt16 {
        let sources = [(flag, "--port"), (environment["OPENCLAW_GATEWAY_PORT"], "OPENCLAW_GATEWAY_PORT")]
        for case (let value?, let source) in sources {
            // Port 0 asks the system for a free one, which tests do; it is a flag's privilege.
            guard let port = UInt16(value), port > 0 || source == "--port" else {
                throw .badPort(value: value, source: source)
            }
            return port
        }
        return profile.defaultPort
    }
}
