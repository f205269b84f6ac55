package import Platform

/// Looks through the service managers of this host, the system's and foreign ones, for gateways. What cannot be looked
/// at is left out: nothing here is to fail.
@LoopActor
package struct ServiceScan {
    static let deadline = Duration.seconds(2)
    private nonisolated static let fileLimit = 1 << 20

    let host: SupervisionHost
    private let systemd: SystemdBackend

    package init(_ host: SupervisionHost) {
        self.host = host
        systemd = SystemdBackend(host)
    }

    package func run() async -> [FoundService] {
        var found: [FoundService] = []
        if host.hasSystemd {
            for kind in [ServiceKind.user, .system] { found += await units(kind) }
        }
        found += await launchAgents()
        found += await pm2()
        found += await containers()
        found += await screens()
        return found
    }

    // MARK: systemd

    private func units(_ kind: ServiceKind) async -> [FoundService] {
        let patterns = FoundService.prefixes.map { $0 + "*" }
        let words = ["list-unit-files", "--no-legend", "--no-pager", "--type=service"] + patterns
        guard let text = try? await systemd.run(kind, words, Self.deadline) else { return [] }
        var found: [FoundService] = []
        for line in text.split(separator: "\n") {
            guard let name = line.split(separator: " ").first.map(String.init), FoundService.isMeant(name) else {
                continue
            }
            let shown = ["show", name, "--no-pager", "--property=ActiveState,FragmentPath"]
            let properties = SystemdBackend.properties((try? await systemd.run(kind, shown, Self.deadline)) ?? "")
            var one = FoundService(name, "systemd \(kind.rawValue)", state: properties["ActiveState"] ?? "unknown")
            if let path = properties["FragmentPath"], let text = await read(path) {
                one.take(SystemdUnit.read(text, path: path))
            }
            one.removal =
                kind == .user ? "systemctl --user disable --now \(name)" : "sudo systemctl disable --now \(name)"
            found.append(one)
        }
        return found
    }

    // MARK: launchd

    private func launchAgents() async -> [FoundService] {
        let places = [
            (host.userHome + "/Library/LaunchAgents", "launchd", "gui/\(host.userID)"),
            (host.root + "/Library/LaunchAgents", "launchd", "gui/\(host.userID)"),
            (host.root + "/Library/LaunchDaemons", "launchd system", "system"),
        ]
        var found: [FoundService] = []
        for (directory, manager, domain) in places {
            for file in await names(directory) where FoundService.isMeant(file) && file.hasSuffix(".plist") {
                var one = FoundService(String(file.dropLast(6)), manager, state: "installed")
                let sudo = domain == "system" ? "sudo " : ""
                one.removal = "\(sudo)launchctl bootout \(domain)/\(one.name)"
                found.append(one)
            }
        }
        return found
    }

    // MARK: Foreign supervisors

    /// What pm2 would start again, as it saved it.
    private func pm2() async -> [FoundService] {
        let home = host.environment["PM2_HOME"] ?? host.userHome + "/.pm2"
        guard let text = await read(home + "/dump.pm2"),
            let list = (try? JSONParser.parse(Array(text.utf8).span))?.array
        else { return [] }
        return list.compactMap { entry in
            let name = entry["name"]?.string ?? ""
            let path = entry["pm_exec_path"]?.string ?? ""
            guard FoundService.isMeant(name) || FoundService.isMeant(path) else { return nil }
            var one = FoundService(name.isEmpty ? path : name, "pm2", state: "saved")
            one.binary = path
            one.removal = "pm2 delete \(one.name) && pm2 save"
            return one
        }
    }

    private func containers() async -> [FoundService] {
        let words = ["docker", "ps", "--no-trunc", "--format", "{{.Names}}\t{{.Image}}\t{{.State}}\t{{.Labels}}"]
        guard let text = await run(words) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 3, FoundService.isMeant(line) else { return nil }
            var one = FoundService(parts[0], "docker", state: parts[2])
            one.binary = parts[1]
            one.removal = "docker update --restart=no \(parts[0]) && docker stop \(parts[0])"
            return one
        }
    }

    /// A session's socket is named PID.NAME.
    private func screens() async -> [FoundService] {
        guard let user = host.userName else { return [] }
        return await names(host.root + "/run/screen/S-" + user).filter { FoundService.isMeant($0) }.map { name in
            var one = FoundService(name, "screen", state: "running")
            one.removal = "screen -S \(name) -X quit"
            return one
        }
    }

    // MARK: Looking

    private func run(_ words: [String]) async -> String? {
        let request = ProcessRequest(words, environment: host.managerEnvironment, deadline: Self.deadline)
        guard let result = try? await host.runner.run(request), result.succeeded else { return nil }
        return result.outputText
    }

    func read(_ path: String) async -> String? {
        (try? await FileReading.read(path, limit: Self.fileLimit)).map { String(decoding: $0, as: UTF8.self) }
    }

    func names(_ directory: String) async -> [String] {
        await BlockingPool.shared.run { ((try? FileFacts.names(in: directory)) ?? []).sorted() }
    }
}
