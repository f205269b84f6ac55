import Settings

/// The unit of a gateway: rendered from a description, and read back to find what has drifted.
package enum SystemdUnit {
    /// Above the gateway's own drain, so that systemd never cuts short what the gateway still finishes.
    static let stopSeconds = 45
    /// The gateway reports three times in this time, from its loop: one that is stuck is killed and started again.
    static let watchdogSeconds = 60
    /// Configuration that a restart would not mend (`ExitCode`).
    static let hopelessExitCode = 78

    package static func text(_ service: ServiceDescription) -> String {
        let isSystem = service.kind == .system
        let profile = service.instance.profile
        var lines = [
            "# Written by: openclaw gateway install. Changes of your own belong in a drop-in (systemctl edit).",
            "[Unit]", "Description=OpenClaw gateway" + (profile == .default ? "" : " (\(profile))"),
            "StartLimitIntervalSec=0",
        ]
        if isSystem { lines += ["After=network-online.target", "Wants=network-online.target"] }
        lines += [
            "", "[Service]", "Type=notify", "NotifyAccess=main",
            "ExecStart=" + SystemdText.command([service.binary] + service.arguments),
        ]
        for (name, value) in service.environment.sorted(by: { $0.key < $1.key }) {
            lines.append("Environment=" + SystemdText.quoted("\(name)=\(value)"))
        }
        if isSystem {
            if let user = service.user { lines.append("User=\(user)") }
            lines.append("WorkingDirectory=~")
        }
        lines += [
            "Restart=always", "RestartSec=500ms", "RestartPreventExitStatus=\(hopelessExitCode)",
            "TimeoutStartSec=120", "TimeoutStopSec=\(stopSeconds)", "WatchdogSec=\(watchdogSeconds)",
            "KillMode=mixed",
        ]
        lines += isSystem ? commonSandbox + systemSandbox : commonSandbox
        lines += ["", "[Install]", "WantedBy=" + (isSystem ? "multi-user.target" : "default.target"), ""]
        return lines.joined(separator: "\n")
    }

    /// What a gateway whose agents run a shell can live with (Docs/decisions/0050): no way to more rights.
    static let commonSandbox = [
        "UMask=0077", "NoNewPrivileges=yes", "LockPersonality=yes", "RestrictRealtime=yes", "RestrictSUIDSGID=yes",
        "SystemCallArchitectures=native",
    ]

    /// What only the system's manager can set up.
    static let systemSandbox = [
        "CapabilityBoundingSet=", "PrivateTmp=yes", "PrivateDevices=yes", "ProtectSystem=full", "ProtectClock=yes",
        "ProtectHostname=yes", "ProtectControlGroups=yes", "ProtectKernelLogs=yes", "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    ]

    /// What an installed unit says. Lines that are continued by a backslash, as people write them, are joined.
    package static func read(_ text: String, path: String) -> InstalledService {
        var command: [String] = []
        var environment: [String: String] = [:]
        var user: String?
        var section: Substring = ""
        for line in joined(text) {
            if line.hasPrefix("[") { section = line }
            guard section == "[Service]", let sign = line.firstIndex(of: "=") else { continue }
            let value = line[line.index(after: sign)...]
            switch line[..<sign] {
            case "ExecStart":
                command = SystemdText.words(value)
                if let first = command.first { command[0] = String(first.drop { "@-:+!".contains($0) }) }
            case "Environment":
                for word in SystemdText.words(value) {
                    guard let sign = word.firstIndex(of: "=") else { continue }
                    environment[String(word[..<sign])] = String(word[word.index(after: sign)...])
                }
            case "User": user = String(value)
            default: break
            }
        }
        return InstalledService(path: path, command: command, environment: environment, user: user)
    }

    private static func joined(_ text: String) -> [Substring] {
        var lines: [Substring] = []
        var begun = ""
        for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix(";") {
            if line.hasSuffix("\\") {
                begun += line.dropLast() + " "
            } else {
                lines.append(Substring(begun + line))
                begun = ""
            }
        }
        return lines
    }
}
