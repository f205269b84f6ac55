/// What starts a gateway when nobody is logged in.
package enum ServiceBackend: CaseIterable, Hashable, Sendable {
    case systemd, launchd, scheduledTask
}

extension Instance {
    /// The name under which the service of this profile is installed: a unit's file name, a launch agent's label, a
    /// scheduled task's title.
    package func serviceName(on backend: ServiceBackend) -> String {
        switch backend {
        case .systemd: "openclaw-gateway\(profile.suffix).service"
        // A profile may be called gateway, which is the default one's label.
        case .launchd: "ai.openclaw.\(profile.name == "gateway" ? "profile-gateway" : profile.name ?? "gateway")"
        case .scheduledTask: profile.name.map { "OpenClaw Gateway (\($0))" } ?? "OpenClaw Gateway"
        }
    }
}
