import Gateway
import Platform
import Settings
import Supervision

/// This profile's service: what it should be, what is installed, and the manager that runs it.
@LoopActor
struct ServiceDesk {
    let invocation: Invocation
    let host: SupervisionHost
    let platform: ServicePlatform
    let backend: any SupervisorBackend

    init(_ invocation: Invocation) {
        self.invocation = invocation
        let world = invocation.surroundings
        let account = UserAccount.current
        host = SupervisionHost(
            environment: invocation.environment, runner: world.runner,
            userHome: invocation.environment.home ?? account?.home ?? invocation.instance.homeDirectory,
            userName: account?.name, userID: ProcessFacts.user, root: world.root)
        platform = ServiceBackends.platform(host)
        backend = ServiceBackends.backend(for: platform, host)
    }

    /// Where a service's programs are looked for: not what this shell happens to say.
    private static let searchPath = "/usr/local/bin:/usr/bin:/bin"

    var isRoot: Bool { ProcessFacts.user == 0 }

    private func place(_ kind: ServiceKind) -> ServicePlace { ServicePlace(invocation.instance, kind) }

    /// The service that is installed: the user's, or else the system's. Without one, where it would be.
    func found() async -> (place: ServicePlace, state: ServiceState) {
        var answer: (ServicePlace, ServiceState)?
        for kind in isRoot ? [ServiceKind.system] : [.user, .system] {
            let state = await backend.inspect(place(kind))
            if state.isInstalled { return (place(kind), state) }
            answer = answer ?? (place(kind), state)
        }
        return answer ?? (place(.user), ServiceState(name: "", kind: .user, condition: .noManager))
    }

    /// The installed one, for commands that need one.
    func installed() async throws(CommandFailure) -> (place: ServicePlace, state: ServiceState) {
        let found = await found()
        guard found.state.isInstalled else {
            if case .noManager = found.state.condition { throw CommandFailure(.noSystemd, invocation) }
            if case .unknown(let reason) = found.state.condition {
                throw CommandFailure(.notGood, "service-unknown", "the service cannot be looked at: \(reason)")
            }
            throw CommandFailure(
                .notGood, "not-installed", "no service is installed for profile \(invocation.instance.profile)",
                next: ["\(invocation.program) gateway install", "\(invocation.program) gateway run"])
        }
        return found
    }

    func control(_ action: ServiceAction, _ place: ServicePlace) async throws(CommandFailure) {
        do throws(SupervisionError) {
            try await backend.control(action, place)
        } catch {
            throw CommandFailure(error, invocation)
        }
    }

    // MARK: What it should be

    /// The service as it would be installed now.
    func wanted(_ kind: ServiceKind, port: UInt16, user: UserAccount? = nil, wrapper: String? = nil)
        -> ServiceDescription
    {
        ServiceDescription(
            instance(of: user), kind: kind, binary: wrapper ?? Self.stablePath(invocation.environment), port: port,
            version: Help.version, user: user?.name,
            searchPath: platform == .macos ? "/opt/homebrew/bin:" + Self.searchPath : Self.searchPath)
    }

    /// Another user's paths lie in his home.
    private func instance(of user: UserAccount?) -> Instance {
        guard let user else { return invocation.instance }
        var flags = Instance.Flags()
        flags.profile = "\(invocation.instance.profile)"
        var environment = invocation.environment.all.filter { $0.key.hasPrefix("OPENCLAW_") }
        environment["HOME"] = user.home
        return (try? Instance(flags: flags, environment: Environment(environment))) ?? invocation.instance
    }

    /// The name under which this program was found, where that leads to the same file: a link that an update turns to
    /// the next version outlives the file.
    nonisolated static func stablePath(
        _ environment: Environment, called name: String? = ProcessReplacement.ownArguments.first
    ) -> String {
        let own = RunningProgram.current?.path ?? name ?? "openclaw"
        guard let name else { return own }
        var variables: [String: String] = [:]
        variables["PATH"] = environment["PATH"]
        let request = ProcessRequest([name], environment: variables, deadline: .zero)
        guard let path = try? request.programPath(), path.hasPrefix("/"),
            FileFacts.realPath(path) == FileFacts.realPath(own)
        else { return own }
        return path
    }
}

extension CommandFailure {
    /// Why a service could not be managed.
    init(_ error: SupervisionError, _ invocation: Invocation) {
        let status = "\(invocation.program) gateway status"
        let (reason, next): (String, [String]) =
            switch error {
            case .noManager: ("no-service-manager", ["\(invocation.program) gateway run"])
            case .noSession: ("no-session", [status])
            case .ownedBy: ("other-owner", ["\(invocation.program) gateway status --deep"])
            case .external: ("external-supervisor", [])
            case .needsRoot: ("needs-root", [])
            case .rootHasNoSession: ("root", [])
            case .notInstalled: ("not-installed", ["\(invocation.program) gateway install"])
            case .refused: ("service-manager", ["\(invocation.program) logs --limit 20", status])
            case .file: ("file", [])
            case .process: ("service-manager", [])
            case .unwritable: ("usage", [])
            }
        self.init(.notGood, reason, "\(error)", next: next)
    }

    fileprivate enum Trouble { case noSystemd }

    fileprivate init(_ trouble: Trouble, _ invocation: Invocation) {
        self.init(
            .notGood, "no-service-manager", "no service manager is at work here",
            next: ["\(invocation.program) gateway run"])
    }
}
