import Platform

/// What can be read of services without asking their managers: quick, and the same where none answers.
extension ServiceScan {
    /// The services that start gateways as this user, by their files.
    package func files() async -> [InstalledService] {
        let user = (host.environment["XDG_CONFIG_HOME"] ?? host.userHome + "/.config") + "/systemd/user"
        var found: [InstalledService] = []
        for directory in [user, host.root + "/etc/systemd/system"] {
            for name in await names(directory) where FoundService.isMeant(name) && name.hasSuffix(".service") {
                let path = "\(directory)/\(name)"
                if let text = await read(path) { found.append(SystemdUnit.read(text, path: path)) }
            }
        }
        for directory in [host.userHome + "/Library/LaunchAgents", host.root + "/Library/LaunchDaemons"] {
            for name in await names(directory) where FoundService.isMeant(name) && name.hasSuffix(".plist") {
                let path = "\(directory)/\(name)"
                if let text = await read(path), let one = LaunchdPlist.read(text, path: path) { found.append(one) }
            }
        }
        return found.filter { $0.arguments.first == "gateway" && ($0.user == nil || $0.user == host.userName) }
    }
}
