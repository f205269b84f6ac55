import Settings

/// The units of a standby whose gateway is started only when it is needed: the monitor, which is enabled, and the
/// gateway, which is not. A system's monitor gets the right to start that one unit, and nothing else.
package struct StandbyUnits: Sendable {
    package let service: ServiceDescription
    /// The gateway's unit: `failover.promote.unit`.
    package let gatewayName: String

    package init(_ service: ServiceDescription, gateway name: String) {
        self.service = service
        gatewayName = name
    }

    package var monitorName: String { "openclaw-health-monitor\(service.instance.profile.suffix).service" }

    var policyPath: String { "/etc/polkit-1/rules.d/50-openclaw-failover\(service.instance.profile.suffix).rules" }

    /// Soon again, and for ever: nobody else watches.
    private static let restartSeconds = 2
    private static let author =
        "# Written by: openclaw failover install. Changes of your own belong in a drop-in (systemctl edit)."

    package var monitorText: String {
        let isSystem = service.kind == .system
        var lines = [
            Self.author, "[Unit]", "Description=OpenClaw failover monitor\(label)", "StartLimitIntervalSec=0",
        ]
        if isSystem { lines += ["After=network-online.target", "Wants=network-online.target"] }
        lines += [
            "", "[Service]", "Type=exec", "ExecStart=" + SystemdText.command([service.binary, "failover", "run"]),
        ]
        for (name, value) in service.environment.sorted(by: { $0.key < $1.key }) {
            lines.append("Environment=" + SystemdText.quoted("\(name)=\(value)"))
        }
        if isSystem {
            if let user = service.user { lines.append("User=\(user)") }
            lines.append("WorkingDirectory=~")
        }
        lines += [
            "Restart=always", "RestartSec=\(Self.restartSeconds)",
            "RestartPreventExitStatus=\(SystemdUnit.hopelessExitCode)", "KillMode=mixed",
        ]
        lines += isSystem ? SystemdUnit.commonSandbox + SystemdUnit.systemSandbox : SystemdUnit.commonSandbox
        lines += ["", "[Install]", "WantedBy=" + (isSystem ? "multi-user.target" : "default.target"), ""]
        return lines.joined(separator: "\n")
    }

    package var gatewayText: String {
        var lines = SystemdUnit.text(service).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[0] = Self.author + "\n# Not to be enabled: \(monitorName) starts and stops it."
        return lines.joined(separator: "\n")
    }

    private var label: String { service.instance.profile == .default ? "" : " (\(service.instance.profile))" }

    /// polkit(8): this user may start and stop this unit.
    var policyText: String? {
        guard service.kind == .system, let user = service.user else { return nil }
        return """
            // Written by: openclaw failover install.
            polkit.addRule(function (action, subject) {
                if (action.id == "org.freedesktop.systemd1.manage-units" &&
                    action.lookup("unit") == \(Self.quoted(gatewayName)) &&
                    ["start", "stop", "restart"].indexOf(action.lookup("verb")) >= 0 &&
                    subject.user == \(Self.quoted(user))) {
                    return polkit.Result.YES;
                }
            });

            """
    }

    /// A word of JavaScript; names of units and users hold nothing that would need more.
    private static func quoted(_ text: String) -> String {
        "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" } + "\""
    }
}
