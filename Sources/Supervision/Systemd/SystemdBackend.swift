import Platform
import Settings

/// The user's systemd and the system's, through systemctl.
package struct SystemdBackend: SupervisorBackend {
    private static let deadline = Duration.seconds(90)
    private static let queryDeadline = Duration.seconds(2)
    private static let fileLimit = 256 * 1024

    private let host: SupervisionHost

    package init(_ host: SupervisionHost) { self.host = host }

    /// Where the unit of a service is written.
    package func path(_ place: ServicePlace) -> String { path(place.name(on: .systemd), place.kind) }

    func path(_ name: String, _ kind: ServiceKind) -> String {
        switch kind {
        case .system: return host.root + "/etc/systemd/system/" + name
        case .user:
            let base = host.environment["XDG_CONFIG_HOME"] ?? host.userHome + "/.config"
            return base + "/systemd/user/" + name
        }
    }

    package func install(_ description: ServiceDescription) async throws(SupervisionError) -> InstallOutcome {
        try mayChange(description.place)
        try await checkOwner(description.place)
        if description.kind == .system, description.user == nil {
            throw .unwritable(field: "user", reason: "a system service needs --user <name>")
        }
        let path = path(description.place)
        let text = SystemdUnit.text(description)
        let old = try? await FileReading.read(path, limit: Self.fileLimit)
        let isSame = old == Array(text.utf8)
        if !isSame { try await write(text, to: path) }
        let name = description.name(on: .systemd)
        try await systemctl(description.kind, ["daemon-reload"])
        try await systemctl(description.kind, ["enable", name])
        var outcome = InstallOutcome(path: path, change: isSame ? nil : old == nil ? .created : .replaced)
        if description.kind == .user, await lingers == false {
            outcome.notes.append("it ends when you log out; to keep it: loginctl enable-linger \(host.userName ?? "")")
        }
        return outcome
    }

    package func remove(_ place: ServicePlace) async throws(SupervisionError) {
        try mayChange(place)
        let name = place.name(on: .systemd)
        let path = path(place)
        guard FileReading.exists(path) else { return }
        try await systemctl(place.kind, ["disable", "--now", name])
        do throws(FileError) {
            try await FileRemoval.remove(path)
        } catch {
            throw .file(error)
        }
        try await systemctl(place.kind, ["daemon-reload"])
        // A unit that had failed would stay in the manager's list.
        _ = try? await run(place.kind, ["reset-failed", name], Self.queryDeadline)
    }

    package func control(_ action: ServiceAction, _ place: ServicePlace) async throws(SupervisionError) {
        try mayChange(place)
        let name = place.name(on: .systemd)
        guard FileReading.exists(path(place)) else { throw .notInstalled(name, install: "openclaw gateway install") }
        let words = action == .disable ? ["disable", "--now", name] : [action.rawValue, name]
        try await systemctl(place.kind, words)
    }

    package func inspect(_ place: ServicePlace) async -> ServiceState {
        let name = place.name(on: .systemd)
        var state = ServiceState(name: name, kind: place.kind, condition: .noManager)
        guard host.hasSystemd else { return state }
        let wanted = "LoadState,ActiveState,UnitFileState,MainPID,NRestarts,FragmentPath"
        let properties: [String: String]
        do throws(SupervisionError) {
            properties = Self.properties(
                try await run(
                    place.kind, ["show", name, "--no-pager", "--property=\(wanted)"], Self.queryDeadline))
        } catch {
            state.condition = .unknown(reason: "\(error)")
            return state
        }
        state.condition = Self.condition(properties)
        guard state.isInstalled else { return state }
        state.processID = properties["MainPID"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        state.restarts = properties["NRestarts"].flatMap { Int($0) }
        state.isEnabled = properties["UnitFileState"].map { $0.hasPrefix("enabled") }
        if place.kind == .user { state.lingers = await lingers }
        let file = properties["FragmentPath"].flatMap { $0.isEmpty ? nil : $0 } ?? path(place)
        if let bytes = try? await FileReading.read(file, limit: Self.fileLimit) {
            state.installed = SystemdUnit.read(String(decoding: bytes, as: UTF8.self), path: file)
        }
        return state
    }

    static func condition(_ properties: [String: String]) -> ServiceState.Condition {
        if properties["LoadState"] == "not-found" { return .notInstalled }
        switch properties["ActiveState"] {
        case "active", "reloading": return .running
        case "activating": return .starting
        case "deactivating": return .stopping
        case "inactive": return .stopped
        case "failed": return .failed
        case let other: return .unknown(reason: "systemctl says ActiveState=\(other ?? "")")
        }
    }

    static func properties(_ text: String) -> [String: String] {
        var all: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let sign = line.firstIndex(of: "=") else { continue }
            all[String(line[..<sign])] = String(line[line.index(after: sign)...])
        }
        return all
    }

    // MARK: What must hold first

    func mayChange(_ place: ServicePlace) throws(SupervisionError) {
        if host.environment["OPENCLAW_SUPERVISOR_MODE"] == "external" { throw .external }
        guard host.hasSystemd else {
            throw .noManager(
                "systemd",
                next: "run it in the foreground (openclaw gateway run), or from cron: @reboot openclaw gateway run")
        }
        switch place.kind {
        case .system where !host.isRoot: throw .needsRoot("a system service")
        case .user where host.isRoot: throw .rootHasNoSession
        case .system, .user: break
        }
    }

    /// Two services of one gateway would end each other without end.
    private func checkOwner(_ place: ServicePlace) async throws(SupervisionError) {
        guard place.kind == .user else {
            let name = place.name(on: .systemd)
            guard FileReading.exists(place.instance.homeDirectory + "/.config/systemd/user/" + name) else { return }
            throw .ownedBy(
                service: name, kind: .user,
                remove: "as its user: systemctl --user disable --now \(name), then remove it")
        }
        let other = ServicePlace(place.instance, .system)
        let state = await inspect(other)
        guard let installed = state.installed,
            installed.environment["OPENCLAW_STATE_DIR"].map({ $0 == place.instance.stateDirectory }) ?? true
        else { return }
        throw .ownedBy(service: state.name, kind: .system, remove: "sudo systemctl disable --now \(state.name)")
    }

    var lingers: Bool? {
        get async {
            guard let user = host.userName else { return nil }
            return FileReading.exists(host.root + "/var/lib/systemd/linger/" + user)
        }
    }

    // MARK: systemctl

    func systemctl(_ kind: ServiceKind, _ words: [String]) async throws(SupervisionError) {
        _ = try await run(kind, words, Self.deadline)
    }

    func run(
        _ kind: ServiceKind, _ words: [String], _ deadline: Duration
    ) async throws(SupervisionError) -> String {
        let arguments = ["systemctl", "--\(kind.rawValue)"] + words
        let request = ProcessRequest(arguments, environment: host.managerEnvironment, deadline: deadline)
        let result: ProcessResult
        do throws(ProcessError) {
            result = try await host.runner.run(request)
        } catch {
            throw .process(error)
        }
        guard result.succeeded else {
            let reason = result.errorText.split(separator: "\n").first.map(String.init) ?? "\(result.ending)"
            if kind == .user, reason.contains("connect to bus") { throw .noSession(reason: reason) }
            throw .refused(command: arguments.joined(separator: " "), reason: reason)
        }
        return result.outputText
    }

    private func write(_ text: String, to path: String) async throws(SupervisionError) {
        do throws(FileError) {
            if let slash = path.lastIndex(of: "/") { try await PrivateDirectory.create(String(path[..<slash])) }
            try await AtomicFile.write(Array(text.utf8), to: path, permission: .mode(0o644))
        } catch {
            throw .file(error)
        }
    }
}
