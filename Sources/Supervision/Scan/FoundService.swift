import Platform

/// Something on this host that starts a gateway, or looks as if it did.
package struct FoundService: Hashable, Sendable {
    package let name: String
    /// Who starts it: `systemd user`, `systemd system`, `launchd`, `pm2`, `docker`, `screen`, `task scheduler`.
    package let manager: String
    package var state: String
    package var profile: String?
    package var port: UInt16?
    /// What it starts.
    package var binary: String?
    /// Whose state it uses, by its directory.
    package var stateDirectory: String?
    /// The command that takes it away.
    package var removal: String?

    package init(_ name: String, _ manager: String, state: String) {
        self.name = name
        self.manager = manager
        self.state = state
    }

    /// Takes over what its file says.
    mutating func take(_ installed: InstalledService) {
        profile = installed.profile
        port = installed.port
        binary = installed.binary
        stateDirectory = installed.environment["OPENCLAW_STATE_DIR"]
    }

    /// Names that this program and its forerunners gave to services.
    static let prefixes = ["openclaw", "clawdbot", "moltbot"]

    static func isMeant(_ name: some StringProtocol) -> Bool {
        prefixes.contains { name.lowercased().contains($0) }
    }
}
