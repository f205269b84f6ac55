package import Platform
import Settings

/// The launchd of a person's desktop session and the system's, through launchctl.
package struct LaunchdBackend: SupervisorBackend {
    static let launchctl = "/bin/launchctl"
    private static let deadline = Duration.seconds(90)
    private static let queryDeadline = Duration.seconds(2)
    /// How long a service that was told to end may take: a little more than launchd gives it.
    private static let endLimit = Duration.seconds(LaunchdPlist.stopSeconds + 10)
    private static let loadLimit = Duration.seconds(10)
    private static let pollInterval = Duration.milliseconds(200)

    private let host: SupervisionHost
    private let clock: any Clock

    @LoopActor package init(_ host: SupervisionHost, clock: any Clock = EventLoop.shared) {
        self.host = host
        self.clock = clock
    }

    // MARK: Names

    /// Where the property list of a service is written.
    static func path(_ place: ServicePlace, _ host: SupervisionHost) -> String {
        let file = "/" + place.name(on: .launchd) + ".plist"
        switch place.kind {
        case .user: return host.userHome + "/Library/LaunchAgents" + file
        case .system: return host.root + "/Library/LaunchDaemons" + file
        }
    }

    /// The manager that a service belongs to. A user's agents live and end with the desktop session.
    static func domain(_ place: ServicePlace, _ host: SupervisionHost) -> String {
        place.kind == .user ? "gui/\(host.userID)" : "system"
    }

    static func target(_ place: ServicePlace, _ host: SupervisionHost) -> String {
        domain(place, host) + "/" + place.name(on: .launchd)
    }

    // MARK: SupervisorBackend

    package func install(_ description: ServiceDescription) async throws(SupervisionError) -> InstallOutcome {
        let place = description.place
        try mayChange(place)
        try await checkOwner(place)
        if place.kind == .system, description.user == nil {
            throw .unwritable(field: "user", reason: "a system service needs --user <name>")
        }
        let text = try LaunchdPlist.text(description)
        try await ensureLogDirectory(description)
        let path = Self.path(place, host)
        var outcome = InstallOutcome(path: path, change: try await host.write(RenderedFile(path: path, text: text)))
        try await launchctl(["enable", Self.target(place, host)])
        if let installed = LaunchdPlist.read(text, path: path), let job = try await loaded(place), !job.holds(installed)
        {
            outcome.notes.append("launchd still holds what was installed before, until: openclaw gateway restart")
        }
        return outcome
    }

    package func remove(_ place: ServicePlace) async throws(SupervisionError) {
        try mayChange(place)
        let path = Self.path(place, host)
        guard FileReading.exists(path) else { return }
        try await unload(place)
        try await host.remove(path)
    }

    package func control(_ action: ServiceAction, _ place: ServicePlace) async throws(SupervisionError) {
        try mayChange(place)
        let path = Self.path(place, host)
        guard FileReading.exists(path) else {
            throw .notInstalled(place.name(on: .launchd), install: "openclaw gateway install")
        }
        let target = Self.target(place, host)
        switch action {
        case .start: try await start(place)
        // A service that is kept alive cannot be stopped otherwise. It is loaded again at the next login.
        case .stop: try await unload(place)
        case .disable:
            try await launchctl(["disable", target])
            try await unload(place)
        case .restart:
            let installed = await host.text(path).flatMap { LaunchdPlist.read($0, path: path) }
            if let job = try await loaded(place), let installed, job.holds(installed) {
                try await launchctl(["kickstart", "-k", target])
            } else {
                try await unload(place)
                try await start(place)
            }
        }
    }

    package func inspect(_ place: ServicePlace) async -> ServiceState {
        let path = Self.path(place, host)
        var state = ServiceState(name: place.name(on: .launchd), kind: place.kind, condition: .noManager)
        guard hasLaunchd else { return state }
        do throws(SupervisionError) {
            let job = try await loaded(place)
            state.condition = job?.condition ?? (FileReading.exists(path) ? .stopped : .notInstalled)
            state.processID = job?.processID
            state.restarts = job?.runs.map { max(0, $0 - 1) }
        } catch {
            state.condition = .unknown(reason: "\(error)")
        }
        guard state.condition != .notInstalled else { return state }
        state.installed = await host.text(path).flatMap { LaunchdPlist.read($0, path: path) }
        let words = [Self.launchctl, "print-disabled", Self.domain(place, host)]
        if let said = try? await run(words, Self.queryDeadline), said.succeeded {
            state.isEnabled = !LaunchdJob.isDisabled(state.name, in: said.outputText)
        }
        return state
    }

    // MARK: What must hold first

    private var hasLaunchd: Bool { FileReading.exists(host.root + Self.launchctl) }

    private func mayChange(_ place: ServicePlace) throws(SupervisionError) {
        if host.environment["OPENCLAW_SUPERVISOR_MODE"] == "external" { throw .external }
        guard hasLaunchd else {
            throw .noManager("launchd", next: "run it in the foreground: openclaw gateway run")
        }
        switch place.kind {
        case .system where !host.isRoot: throw .needsRoot("a launch daemon")
        case .user where host.isRoot: throw .rootHasNoSession
        case .system, .user: break
        }
    }

    /// Two services of one gateway would end each other without end; one label cannot have two owners.
    private func checkOwner(_ place: ServicePlace) async throws(SupervisionError) {
        let label = place.name(on: .launchd)
        let here = Self.path(place, host)
        if let old = await stateDirectory(here), old != place.instance.stateDirectory {
            throw .ownedBy(
                service: label, kind: place.kind,
                remove: "openclaw gateway uninstall, in the profile whose state is \(old)")
        }
        let (kind, path) =
            place.kind == .user
            ? (ServiceKind.system, Self.path(ServicePlace(place.instance, .system), host))
            : (.user, place.instance.homeDirectory + "/Library/LaunchAgents/\(label).plist")
        guard FileReading.exists(path) else { return }
        if let other = await stateDirectory(path), other != place.instance.stateDirectory { return }
        let bootout = kind == .system ? "sudo launchctl bootout system/" : "as its user: launchctl bootout gui/$UID/"
        throw .ownedBy(service: label, kind: kind, remove: "\(bootout)\(label), then remove \(path)")
    }

    /// The state that the service in a file looks after; nil where there is no file, or it does not say.
    private func stateDirectory(_ path: String) async -> String? {
        await host.text(path).flatMap { LaunchdPlist.read($0, path: path) }?.environment["OPENCLAW_STATE_DIR"]
    }

    /// launchd opens the file of the output as the service's user, and starts nothing when it cannot.
    private func ensureLogDirectory(_ description: ServiceDescription) async throws(SupervisionError) {
        let directory = description.instance.logDirectory
        if FileReading.exists(directory) { return }
        // What root makes here, the gateway's user could not write to.
        if let user = description.user, description.kind == .system {
            throw .unwritable(
                field: "StandardErrorPath", reason: "there is no \(directory) yet; as \(user): mkdir -p '\(directory)'")
        }
        do throws(FileError) {
            try await PrivateDirectory.create(directory)
        } catch {
            throw .file(error)
        }
    }

    // MARK: launchctl

    private func start(_ place: ServicePlace) async throws(SupervisionError) {
        let target = Self.target(place, host)
        try await launchctl(["enable", target])
        let end = clock.now + Self.endLimit
        var job = try await loaded(place)
        while job?.condition == .stopping, clock.now < end {
            try await pause()
            job = try await loaded(place)
        }
        if let job {
            if job.condition != .running { try await launchctl(["kickstart", target]) }
            return
        }
        try await load(place)
    }

    /// Shortly after a service has ended launchd may refuse to load it again (EIO, EALREADY), holding it no more.
    private func load(_ place: ServicePlace) async throws(SupervisionError) {
        let words = [Self.launchctl, "bootstrap", Self.domain(place, host), Self.path(place, host)]
        let end = clock.now + Self.loadLimit
        while true {
            let result = try await run(words, Self.deadline)
            if result.succeeded { return }
            guard [5, 37].map(ProcessEnding.exited).contains(result.ending) else { throw Self.failure(words, result) }
            if try await loaded(place) != nil { return }
            guard clock.now < end else { throw Self.failure(words, result) }
            try await pause()
        }
    }

    private func pause() async throws(SupervisionError) {
        do {
            try await clock.sleep(for: Self.pollInterval)
        } catch {
            throw .process(.cancelled(program: Self.launchctl))
        }
    }

    /// Returns when launchd holds the service no more: until then it would refuse to load it again.
    private func unload(_ place: ServicePlace) async throws(SupervisionError) {
        guard try await loaded(place) != nil else { return }
        let words = [Self.launchctl, "bootout", Self.target(place, host)]
        let result = try await run(words, Self.deadline)
        let end = clock.now + Self.endLimit
        while try await loaded(place) != nil {
            guard result.succeeded || Self.isInProgress(result) else { throw .refused(words, result) }
            guard clock.now < end else {
                throw .refused(command: words.joined(separator: " "), reason: "it did not end in \(Self.endLimit)")
            }
            try await pause()
        }
    }

    /// EINPROGRESS: the service has been told to end.
    private static func isInProgress(_ result: ProcessResult) -> Bool { result.ending == .exited(36) }

    /// Nil where launchd does not hold the service.
    private func loaded(_ place: ServicePlace) async throws(SupervisionError) -> LaunchdJob? {
        let words = [Self.launchctl, "print", Self.target(place, host)]
        let result = try await run(words, Self.queryDeadline)
        if result.succeeded { return LaunchdJob(result.outputText) }
        // 113: no such service; 112, 125: nor the session it would be in.
        if [113, 112, 125].map(ProcessEnding.exited).contains(result.ending) { return nil }
        throw .refused(words, result)
    }

    private func launchctl(_ words: [String]) async throws(SupervisionError) {
        let arguments = [Self.launchctl] + words
        let result = try await run(arguments, Self.deadline)
        if !result.succeeded { throw Self.failure(arguments, result) }
    }

    private static func failure(_ words: [String], _ result: ProcessResult) -> SupervisionError {
        // No such session.
        guard [112, 125].map(ProcessEnding.exited).contains(result.ending) else { return .refused(words, result) }
        return .noManager(
            "launchd's session of this user",
            next: "log in at the Mac's own screen first, or use sudo and --system --user <name>")
    }

    private func run(_ words: [String], _ deadline: Duration) async throws(SupervisionError) -> ProcessResult {
        try await host.run(words, environment: host.managerEnvironment, deadline: deadline)
    }
}
