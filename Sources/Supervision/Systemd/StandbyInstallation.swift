package import Platform
import Settings

/// Writes the units of a cold standby, makes systemd know them, and takes them away again.
@LoopActor
package struct StandbyInstallation {
    private let host: SupervisionHost
    private let units: StandbyUnits
    private let systemd: SystemdBackend

    package init(_ units: StandbyUnits, _ host: SupervisionHost) {
        self.units = units
        self.host = host
        systemd = SystemdBackend(host)
    }

    private var kind: ServiceKind { units.service.kind }

    /// Where polkit takes rules as we write them, when it is installed.
    private static let policyPlaces = ["/usr/share/polkit-1/rules.d", "/etc/polkit-1/rules.d"]
    private var hasPolicies: Bool { Self.policyPlaces.contains { FileReading.exists(host.root + $0) } }

    private var monitor: RenderedFile {
        RenderedFile(path: systemd.path(units.monitorName, kind), text: units.monitorText)
    }
    private var gateway: RenderedFile {
        RenderedFile(path: systemd.path(units.gatewayName, kind), text: units.gatewayText)
    }
    private var policy: RenderedFile? {
        units.policyText.map { RenderedFile(path: host.root + units.policyPath, text: $0) }
    }

    /// All that would be written and run.
    package var preview: ServicePreview {
        let systemctl = ["systemctl", "--\(kind.rawValue)"]
        return ServicePreview(
            files: [monitor, gateway] + [policy].compactMap { $0 },
            commands: [systemctl + ["daemon-reload"], systemctl + ["enable", "--now", units.monitorName]],
            notes: policyNotes)
    }

    package func install() async throws(SupervisionError) -> InstallOutcome {
        try systemd.mayChange(units.service.place)
        try await checkOwner()
        if kind == .system, units.service.user == nil {
            throw .unwritable(field: "user", reason: "a system service needs --user <name>")
        }
        // Without polkit there is no directory for its rules, and one of ours it could not read.
        let policyChange: InstallOutcome.Change? =
            if let policy, hasPolicies { try await host.write(policy) } else { nil }
        let gatewayChange = try await host.write(gateway)
        let monitorChange = try await host.write(monitor)
        try await systemd.systemctl(kind, ["daemon-reload"])
        try await systemd.systemctl(kind, ["enable", units.monitorName])
        try await systemd.systemctl(kind, [monitorChange == nil ? "start" : "restart", units.monitorName])
        var outcome = InstallOutcome(path: monitor.path, change: monitorChange ?? gatewayChange ?? policyChange)
        outcome.notes = policyNotes
        if kind == .user, await systemd.lingers == false {
            outcome.notes.append(
                "the monitor ends when you log out; to keep it: loginctl enable-linger \(host.userName ?? "")")
        }
        return outcome
    }

    /// Nothing to remove is no error. Returns whether there was something.
    package func remove() async throws(SupervisionError) -> Bool {
        let present = [monitor.path, gateway.path].filter(FileReading.exists)
        guard !present.isEmpty else { return false }
        try systemd.mayChange(units.service.place)
        if present.contains(monitor.path) {
            try await systemd.systemctl(kind, ["disable", "--now", units.monitorName])
        }
        if present.contains(gateway.path) { try await systemd.systemctl(kind, ["stop", units.gatewayName]) }
        for path in present + [policy?.path].compactMap({ $0 }) { try await host.remove(path) }
        try await systemd.systemctl(kind, ["daemon-reload"])
        return true
    }

    /// Whether the monitor's unit is there, by its file.
    package var isInstalled: Bool { FileReading.exists(monitor.path) }

    /// What the gateway's unit says, when somebody has written one of that name.
    package func present() async -> InstalledService? {
        await host.text(gateway.path).map { SystemdUnit.read($0, path: gateway.path) }
    }

    private var policyNotes: [String] {
        guard policy != nil, !Self.policyPlaces.contains(where: { FileReading.exists(host.root + $0) }) else {
            return []
        }
        return [
            "polkit is not installed, so the monitor may not start \(units.gatewayName): apt-get install polkitd, then "
                + "install again"
        ]
    }

    // MARK: Who else

    /// Whatever else starts the same gateway, at boot or in a session, would fight with the monitor.
    private func checkOwner() async throws(SupervisionError) {
        let own = units.service.place.name(on: .systemd)
        if own == units.gatewayName {
            throw .unwritable(
                field: "failover.promote.unit",
                reason: "\(own) is the service of a gateway that always runs; leave it out, or name another unit")
        }
        for other in ServiceKind.allCases {
            if FileReading.exists(systemd.path(own, other)) {
                throw .ownedBy(service: own, kind: other, remove: "openclaw gateway uninstall")
            }
            guard other != kind else { continue }
            for name in [units.monitorName, units.gatewayName] where FileReading.exists(systemd.path(name, other)) {
                throw .ownedBy(service: name, kind: other, remove: Self.removal(name, other))
            }
        }
    }

    private static func removal(_ name: String, _ kind: ServiceKind) -> String {
        "\(kind == .system ? "sudo systemctl" : "systemctl --user") disable --now \(name), then remove its file"
    }
}
