import Platform
import Settings

/// The task scheduler of the Windows that this WSL runs in, through schtasks.exe; where it refuses a task, a launcher
/// in the Startup folder.
package struct TaskBackend: SupervisorBackend {
    static let schtasks = "schtasks.exe"
    private static let deadline = Duration.seconds(60)
    private static let queryDeadline = Duration.seconds(5)

    private let host: SupervisionHost
    private let windows: WindowsShell

    package init(_ host: SupervisionHost) {
        self.host = host
        windows = WindowsShell(host)
    }

    /// What Windows would start a gateway with.
    static func start(_ host: SupervisionHost) -> WindowsStart {
        guard let distribution = host.environment["WSL_DISTRO_NAME"] else { return .native }
        return .wsl(distribution: distribution, user: host.userName)
    }

    static func creation(_ place: ServicePlace, file: String) -> [String] {
        [schtasks, "/Create", "/TN", place.name(on: .scheduledTask), "/XML", file, "/F"]
    }

    // MARK: SupervisorBackend

    package func install(_ description: ServiceDescription) async throws(SupervisionError) -> InstallOutcome {
        let place = description.place
        try mayChange(place)
        try await checkOwner(place)
        if place.kind == .system, description.user == nil {
            throw .unwritable(field: "user", reason: "a system service needs --user <name>")
        }
        let account = try await windows.account()
        let text = try TaskXML.text(description, Self.start(host), account: account)
        let file = RenderedFile(path: place.instance.taskPath, text: text, encoding: .utf16)
        let isThere = try await task(place) != nil
        let change = try await host.write(file)
        var outcome = InstallOutcome(path: file.path, change: isThere ? change : change ?? .replaced)
        if outcome.change == nil { return outcome }
        let words = Self.creation(place, file: try await windows.windowsPath(file.path))
        let result = try await windows.run(words, Self.deadline)
        if result.succeeded {
            outcome.notes.append("it starts within a minute, and when you log on to Windows")
            return outcome
        }
        try await host.remove(file.path)
        let refusal = SupervisionError.refused(words, result)
        // Where it says a line and a column, what we wrote is wrong; no launcher mends that. A launcher starts nothing
        // while nobody is logged on, and is no second owner of a task that is there.
        guard place.kind == .user, !isThere, !Self.hasPosition(result) else { throw refusal }
        return try await installLauncher(description, because: refusal)
    }

    package func remove(_ place: ServicePlace) async throws(SupervisionError) {
        try mayChange(place)
        if try await task(place) != nil {
            let name = place.name(on: .scheduledTask)
            try await end(name)
            try await schtasks(["/Delete", "/TN", name, "/F"])
        }
        try await host.remove(place.instance.taskPath)
        if let (launcher, text) = try await launcher(place), StartupLauncher.isOurs(text) {
            try await host.remove(launcher)
        }
    }

    package func control(_ action: ServiceAction, _ place: ServicePlace) async throws(SupervisionError) {
        try mayChange(place)
        let name = place.name(on: .scheduledTask)
        guard let task = try await task(place) else { return try await controlLauncher(action, place) }
        switch action {
        case .start:
            try await schtasks(["/Change", "/TN", name, "/ENABLE"])
            try await schtasks(["/Run", "/TN", name])
        case .restart:
            if TaskXML.isEnabled(task) == false { try await schtasks(["/Change", "/TN", name, "/ENABLE"]) }
            try await end(name)
            try await schtasks(["/Run", "/TN", name])
        // A task that stays enabled is started again within the minute.
        case .stop, .disable:
            try await schtasks(["/Change", "/TN", name, "/DISABLE"])
            try await end(name)
        }
    }

    package func inspect(_ place: ServicePlace) async -> ServiceState {
        let name = place.name(on: .scheduledTask)
        var state = ServiceState(name: name, kind: place.kind, condition: .noManager)
        guard host.environment["WSL_DISTRO_NAME"] != nil else { return state }
        do throws(SupervisionError) {
            guard let task = try await task(place) else {
                state.condition = .notInstalled
                guard let (path, text) = try await launcher(place), StartupLauncher.isOurs(text) else { return state }
                state.installed = StartupLauncher.read(text, path: path)
                state.condition = .unknown(
                    reason: "\(path) starts it at logon, and nothing looks after it from then on")
                state.isEnabled = true
                return state
            }
            state.installed = TaskXML.read(task, path: place.instance.taskPath)
            state.isEnabled = TaskXML.isEnabled(task)
            state.condition =
                try await status(name)?.condition
                ?? .unknown(reason: "schtasks.exe does not say how \(name) is")
        } catch {
            state.condition = .unknown(reason: "\(error)")
        }
        return state
    }

    // MARK: What must hold first

    private func mayChange(_ place: ServicePlace) throws(SupervisionError) {
        if host.environment["OPENCLAW_SUPERVISOR_MODE"] == "external" { throw .external }
        guard host.environment["WSL_DISTRO_NAME"] != nil else {
            throw .noManager(
                "the task scheduler of Windows", next: "run it from WSL, or in the foreground: openclaw gateway run")
        }
        if place.kind == .user, host.isRoot { throw .rootHasNoSession }
    }

    /// In WSL a systemd may be at work too.
    private func checkOwner(_ place: ServicePlace) async throws(SupervisionError) {
        for kind in ServiceKind.allCases {
            let other = ServicePlace(place.instance, kind)
            guard FileReading.exists(SystemdBackend(host).path(other)) else { continue }
            let service = other.name(on: .systemd)
            let sudo = kind == .system ? "sudo systemctl" : "systemctl --user"
            throw .ownedBy(service: service, kind: kind, remove: "\(sudo) disable --now \(service), then remove it")
        }
    }

    // MARK: The task

    /// The task as the scheduler holds it; nil where there is none.
    private func task(_ place: ServicePlace) async throws(SupervisionError) -> String? {
        let words = [Self.schtasks, "/Query", "/TN", place.name(on: .scheduledTask), "/XML"]
        let result = try await windows.run(words, Self.queryDeadline)
        return result.succeeded ? RenderedFile.decoded(result.output) : nil
    }

    private func status(_ name: String) async throws(SupervisionError) -> TaskStatus? {
        let words = [Self.schtasks, "/Query", "/TN", name, "/V", "/FO", "LIST"]
        return TaskStatus(RenderedFile.decoded(try await windows.run(words, Self.queryDeadline).output), name: name)
    }

    /// A task that does not run need not be ended, though schtasks may call that an error.
    private func end(_ name: String) async throws(SupervisionError) {
        let words = [Self.schtasks, "/End", "/TN", name]
        let result = try await windows.run(words, Self.deadline)
        if !result.succeeded, try await status(name)?.condition == .running { throw .refused(words, result) }
    }

    private func schtasks(_ words: [String]) async throws(SupervisionError) {
        let arguments = [Self.schtasks] + words
        let result = try await windows.run(arguments, Self.deadline)
        if !result.succeeded { throw .refused(arguments, result) }
    }

    /// Whether schtasks found fault with the file: it then begins with the line and column, `(43,4):Priority:`.
    private static func hasPosition(_ result: ProcessResult) -> Bool {
        let text = RenderedFile.decoded(result.errorOutput + result.output)
        return text.split(whereSeparator: \.isNewline).contains { line in
            guard line.hasPrefix("("), let end = line.firstIndex(of: ")") else { return false }
            return line[line.index(after: line.startIndex)..<end].split(separator: ",").allSatisfy { UInt($0) != nil }
        }
    }

    // MARK: The launcher

    private func launcher(_ place: ServicePlace) async throws(SupervisionError) -> (path: String, text: String)? {
        let path = try await windows.startupFolder() + "/" + place.instance.launcherName
        return await host.text(path).map { (path, $0) }
    }

    private func installLauncher(
        _ description: ServiceDescription, because refusal: SupervisionError
    ) async throws(SupervisionError) -> InstallOutcome {
        let text = try StartupLauncher.text(description, Self.start(host))
        if let (path, old) = try await launcher(description.place), !StartupLauncher.isOurs(old) {
            throw .ownedBy(service: path, kind: .user, remove: "move it elsewhere, if it is not needed")
        }
        let path = try await windows.startupFolder() + "/" + description.instance.launcherName
        let change = try await host.write(RenderedFile(path: path, text: text))
        return InstallOutcome(
            path: path, change: change,
            notes: [
                "\(refusal); so a launcher in the Startup folder starts it when you log on to Windows",
                "nothing starts it again after a crash; for that, install once from a WSL that runs as administrator",
            ])
    }

    private func controlLauncher(_ action: ServiceAction, _ place: ServicePlace) async throws(SupervisionError) {
        guard let (path, text) = try await launcher(place), StartupLauncher.isOurs(text) else {
            throw .notInstalled(place.name(on: .scheduledTask), install: "openclaw gateway install")
        }
        guard action == .start else {
            throw .noManager(
                "a manager that could \(action.rawValue) it",
                next: "\(path) only starts it; end its process, or take it away with: openclaw gateway uninstall")
        }
        let words = ["cmd.exe", "/d", "/c", try await windows.windowsPath(path)]
        let result = try await windows.run(words, Self.deadline)
        if !result.succeeded { throw .refused(words, result) }
    }
}
