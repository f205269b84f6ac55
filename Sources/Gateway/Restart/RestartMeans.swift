import Platform

/// How this process can be started anew.
enum RestartMeans: Hashable, Sendable {
    /// It ends, and who started it starts it again: a replacement of our own would fight with that one.
    case supervised
    /// The program at this path takes our place, with the sockets on which we listen.
    case inPlace(program: String)

    /// The manager's marks are inherited by whatever runs beneath the service, a gateway that an agent starts included:
    /// they count only where they name this very process.
    static func find(
        _ environment: Environment, process: Int32 = ProcessFacts.own, parent: Int32? = ProcessFacts.parentOfOwn,
        isLaunchd: Bool = HostFacts.platform == "darwin", program: RunningProgram? = .current
    ) -> RestartMeans? {
        if environment["OPENCLAW_SUPERVISOR_MODE"] == "external" { return .supervised }
        // systemd 248 and later.
        if let named = environment["SYSTEMD_EXEC_PID"] {
            if named == "\(process)" { return .supervised }
        } else if isLaunchd, environment["OPENCLAW_SERVICE_MARKER"] != nil, parent == 1 {
            return .supervised
        }
        return program.map { .inPlace(program: $0.path) }
    }

    /// The word that clients read.
    var word: String {
        switch self {
        case .supervised: "supervised"
        case .inPlace: "in-place"
        }
    }
}
