package import Platform

/// Where and how this gateway lives. Every question for a path, a name or a port is answered here.
package struct Instance: Hashable, Sendable {
    package let profile: Profile
    /// What `~` means: OPENCLAW_HOME, else the user's home. Where there is none, the state directory.
    package let homeDirectory: String
    package let stateDirectory: String
    package let configPath: String
    package let workspaceDirectory: String
    /// What flag or environment ask for, and which of them; nil where the configuration decides.
    package let requestedPort: UInt16?
    package let portSource: String?
    /// The environment is another profile's: that of a service from which a command for this one was run. Its paths,
    /// port and credentials are not ours.
    package let isForeignEnvironment: Bool

    /// What the command line says; nil where it says nothing.
    package struct Flags: Hashable, Sendable {
        package var profile: String?
        package var dev = false
        package var port: String?

        package init() {}
    }

    package init(flags: Flags, environment: Environment) throws(SettingsError) {
        let profile = try Self.profile(flags, environment)
        self.profile = profile
        isForeignEnvironment = try Self.isForeign(environment, flags, profile)
        let own: Environment = isForeignEnvironment ? [:] : environment
        let home = try Self.home(environment)
        stateDirectory = try Self.stateDirectory(profile, own, home)
        homeDirectory = home ?? stateDirectory
        configPath =
            try Self.path("OPENCLAW_CONFIG_PATH", own, homeDirectory) ?? stateDirectory + "/" + Self.configName
        workspaceDirectory =
            try Self.path("OPENCLAW_WORKSPACE_DIR", own, homeDirectory)
            ?? (home.map { $0 + "/.openclaw" } ?? stateDirectory) + "/workspace\(profile.suffix)"
        (requestedPort, portSource) = try Self.port(flags.port, own)
    }

    package static let configName = "openclaw.json"

    /// Locked by the gateway that owns this state.
    package var lockPath: String { stateDirectory + "/gateway.lock" }
    package var databasePath: String { stateDirectory + "/openclaw.sqlite" }
    package var logDirectory: String { stateDirectory + "/logs" }
    /// The socket that commands on this host prefer.
    package var socketPath: String { stateDirectory + "/gateway.sock" }
    /// Where commands reach a failover monitor that runs alone.
    package var monitorSocketPath: String { stateDirectory + "/failover.sock" }
    /// Variables for this gateway alone, read at each load of the configuration.
    package var environmentFilePath: String { stateDirectory + "/.env" }

    /// The port when the configuration says nothing.
    package var port: UInt16 { requestedPort ?? profile.defaultPort }

    /// How this program is called for this gateway: put before the commands that a person is told to use.
    package var program: String { profile == .default ? "openclaw" : "openclaw --profile \(profile)" }

    /// A path as people know it: with `~` for the home directory.
    package func shown(_ path: String) -> String {
        path.hasPrefix(homeDirectory + "/") ? "~" + path.dropFirst(homeDirectory.utf8.count) : path
    }

    /// `~` and `~/…` lead to the home directory.
    package func expanded(_ path: String) -> String { Self.expanded(path, homeDirectory) }
}

extension Instance {
    private static func profile(_ flags: Flags, _ environment: Environment) throws(SettingsError) -> Profile {
        if let name = flags.profile {
            let named = try Profile(named: name)
            guard !flags.dev || named == .dev else { throw .twoProfiles(name) }
            return named
        }
        if flags.dev { return .dev }
        return try environment["OPENCLAW_PROFILE"].map { name throws(SettingsError) in try Profile(named: name) }
            ?? .default
    }

    /// A flag that names another profile than the environment's own goes before all variables that were set for that
    /// one. Without a profile or a service's mark in the environment they were set by hand, and hold.
    private static func isForeign(
        _ environment: Environment, _ flags: Flags, _ chosen: Profile
    ) throws(SettingsError) -> Bool {
        guard flags.profile != nil || flags.dev else { return false }
        if let name = environment["OPENCLAW_PROFILE"] { return (try? Profile(named: name)) != chosen }
        return environment["OPENCLAW_SERVICE_MARKER"] != nil && chosen != .default
    }

    private static func home(_ environment: Environment) throws(SettingsError) -> String? {
        guard let path = environment["OPENCLAW_HOME"] else { return environment.home }
        return try absolute(expanded(path, environment.home), path, "OPENCLAW_HOME")
    }

    private static func stateDirectory(
        _ profile: Profile, _ environment: Environment, _ home: String?
    ) throws(SettingsError) -> String {
        if let path = try path("OPENCLAW_STATE_DIR", environment, home) { return path }
        guard let home else { throw .noHome }
        return (home == "/" ? "" : home) + "/.openclaw\(profile.suffix)"
    }

    private static func path(
        _ name: String, _ environment: Environment, _ home: String?
    ) throws(SettingsError) -> String? {
        guard let path = environment[name] else { return nil }
        return try absolute(expanded(path, home), path, name)
    }

    private static func absolute(_ path: String, _ value: String, _ source: String) throws(SettingsError) -> String {
        guard path.hasPrefix("/") else { throw .relativePath(value: value, source: source) }
        var bytes = Array(path.utf8)
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func expanded(_ path: String, _ home: String?) -> String {
        guard let home, path == "~" || path.hasPrefix("~/") else { return path }
        return home + path.dropFirst()
    }

    private static func port(
        _ flag: String?, _ environment: Environment
    ) throws(SettingsError) -> (UInt16?, String?) {
        let sources = [(flag, "--port"), (environment["OPENCLAW_GATEWAY_PORT"], "OPENCLAW_GATEWAY_PORT")]
        for case (let value?, let source) in sources {
            // Port 0 asks the system for a free one, which tests do; it is a flag's privilege.
            guard let port = UInt16(value), port > 0 || source == "--port" else {
                throw .badPort(value: value, source: source)
            }
            return (port, source)
        }
        return (nil, nil)
    }
}
