/// A service as it was found.
package struct ServiceState: Hashable, Sendable {
    package enum Condition: Hashable, Sendable {
        case running, starting, stopping, stopped, failed, notInstalled
        /// No manager of this kind is at work here.
        case noManager
        case unknown(reason: String)

        /// A word for `--json`.
        package var word: String {
            switch self {
            case .running: "running"
            case .starting: "starting"
            case .stopping: "stopping"
            case .stopped: "stopped"
            case .failed: "failed"
            case .notInstalled: "not-installed"
            case .noManager: "none"
            case .unknown: "unknown"
            }
        }
    }

    package let name: String
    package let kind: ServiceKind
    package var condition: Condition
    package var processID: Int?
    /// How often the manager started it again since it was last asked to.
    package var restarts: Int?
    /// It starts with the machine or the session.
    package var isEnabled: Bool?
    /// A user's service outlives the user's logout.
    package var lingers: Bool?
    /// What the installed file describes; nil where there is none, or none that can be read.
    package var installed: InstalledService?

    package init(name: String, kind: ServiceKind, condition: Condition) {
        self.name = name
        self.kind = kind
        self.condition = condition
    }

    package var isInstalled: Bool {
        switch condition {
        case .notInstalled, .noManager, .unknown: installed != nil
        case .running, .starting, .stopping, .stopped, .failed: true
        }
    }
}

/// What an installed unit, plist or task says, read back.
package struct InstalledService: Hashable, Sendable {
    /// The file it was read from.
    package let path: String
    package let binary: String
    package let arguments: [String]
    package let environment: [String: String]
    package let user: String?

    package init(path: String, command: [String], environment: [String: String], user: String? = nil) {
        self.path = path
        binary = command.first ?? ""
        arguments = Array(command.dropFirst())
        self.environment = environment
        self.user = user
    }

    package var port: UInt16? {
        if let flag = arguments.lastIndex(of: "--port"), flag + 1 < arguments.count {
            return UInt16(arguments[flag + 1])
        }
        return environment["OPENCLAW_GATEWAY_PORT"].flatMap { UInt16($0) }
    }

    package var profile: String { environment["OPENCLAW_PROFILE"] ?? "default" }
    package var version: String? { environment["OPENCLAW_SERVICE_VERSION"] }
}
