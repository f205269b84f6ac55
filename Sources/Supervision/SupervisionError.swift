package import Platform

/// Why a service could not be installed, removed or controlled. Each says what to do next.
package enum SupervisionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no manager of this kind here.
    case noManager(String, next: String)
    /// The user's session bus cannot be reached.
    case noSession(reason: String)
    /// Another service owns this gateway already.
    case ownedBy(service: String, kind: ServiceKind, remove: String)
    /// OPENCLAW_SUPERVISOR_MODE=external: something else starts this gateway.
    case external
    case needsRoot(String)
    case rootHasNoSession
    case notInstalled(String, install: String)
    case refused(command: String, reason: String)
    case file(FileError)
    case process(ProcessError)
    /// A path or name that the manager's format cannot carry.
    case unwritable(field: String, reason: String)

    package var description: String {
        switch self {
        case .noManager(let manager, let next): "\(manager) is not at work here; \(next)"
        case .noSession(let reason):
            "the systemd of this user cannot be reached: \(reason); log in as the user (not through su or sudo), or: "
                + "loginctl enable-linger $USER, then XDG_RUNTIME_DIR=/run/user/$(id -u)"
        case .ownedBy(let service, let kind, let remove):
            "the \(kind.rawValue) service \(service) already runs this gateway, and two owners would fight; first: "
                + remove
        case .external:
            "OPENCLAW_SUPERVISOR_MODE=external says that something else starts this gateway; use that, or unset it"
        case .needsRoot(let what): "\(what) needs root; run it through sudo, or leave out --system for a user service"
        case .rootHasNoSession:
            "a user service of root would run the gateway and its tools as root; install as the user who owns it, or "
                + "use --system --user <name>"
        case .notInstalled(let name, let install): "\(name) is not installed; first: \(install)"
        case .refused(let command, let reason): "\(command) failed: \(reason)"
        case .file(let error): "\(error)"
        case .process(let error): "\(error)"
        case .unwritable(let field, let reason): "\(field) cannot be written for the service manager: \(reason)"
        }
    }
}
