package import Platform
package import Settings

/// An operating system whose service manager we know.
package enum ServicePlatform: String, CaseIterable, Hashable, Sendable {
    case linux, macos, windows

    package var backend: ServiceBackend {
        switch self {
        case .linux: .systemd
        case .macos: .launchd
        case .windows: .scheduledTask
        }
    }
}

/// What an installation would do.
package struct ServicePreview: Hashable, Sendable {
    package let files: [RenderedFile]
    /// What would be run to make the manager know the service, as words.
    package let commands: [[String]]
    /// Where a value is known only on the system itself.
    package let notes: [String]
}

/// Which service manager belongs to which platform.
@LoopActor
package enum ServiceBackends {
    /// Stands in a preview for the identifier of the person at Windows.
    static let unknownAccount = "S-1-5-21-0-0-0-0"

    /// In WSL systemd comes first, where it is at work.
    package static func platform(_ host: SupervisionHost) -> ServicePlatform {
        #if os(macOS)
        .macos
        #else
        host.environment["WSL_DISTRO_NAME"] != nil && !host.hasSystemd ? .windows : .linux
        #endif
    }

    package static func backend(for platform: ServicePlatform, _ host: SupervisionHost) -> any SupervisorBackend {
        switch platform {
        case .linux: SystemdBackend(host)
        case .macos: LaunchdBackend(host)
        case .windows: TaskBackend(host)
        }
    }

    /// What an installation would write and run, for any platform from any: nothing is looked at or changed.
    package static func preview(
        _ description: ServiceDescription, for platform: ServicePlatform, _ host: SupervisionHost
    ) throws(SupervisionError) -> ServicePreview {
        let place = description.place
        switch platform {
        case .linux:
            let file = RenderedFile(path: SystemdBackend(host).path(place), text: SystemdUnit.text(description))
            let systemctl = ["systemctl", "--\(place.kind.rawValue)"]
            let enable = systemctl + ["enable", place.name(on: .systemd)]
            return ServicePreview(files: [file], commands: [systemctl + ["daemon-reload"], enable], notes: [])
        case .macos:
            let file = RenderedFile(
                path: LaunchdBackend.path(place, host), text: try LaunchdPlist.text(description))
            let enable = [LaunchdBackend.launchctl, "enable", LaunchdBackend.target(place, host)]
            return ServicePreview(files: [file], commands: [enable], notes: [])
        case .windows: return try windows(description, host)
        }
    }

    private static func windows(
        _ description: ServiceDescription, _ host: SupervisionHost
    ) throws(SupervisionError) -> ServicePreview {
        let start = TaskBackend.start(host)
        let instance = description.instance
        let text = try TaskXML.text(description, start, account: unknownAccount)
        var files = [RenderedFile(path: instance.taskPath, text: text, encoding: .utf16)]
        if start == .native {
            files.append(RenderedFile(path: instance.launcherPath, text: try StartupLauncher.text(description, start)))
        }
        return ServicePreview(
            files: files, commands: [TaskBackend.creation(description.place, file: instance.taskPath)],
            notes: [
                "in the place of \(unknownAccount) stands the identifier of who installs it (whoami /user)",
                "where Windows refuses the task, \(instance.launcherName) in the Startup folder starts the gateway",
            ])
    }
}
