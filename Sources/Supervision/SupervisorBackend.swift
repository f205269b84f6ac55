package import Platform

/// A service manager: systemd, launchd, the task scheduler of Windows.
@LoopActor
package protocol SupervisorBackend: Sendable {
    /// Writes the service's file and makes the manager know it; the same description twice changes nothing.
    func install(_ description: ServiceDescription) async throws(SupervisionError) -> InstallOutcome

    /// Stops the service, takes it out of the manager and removes its file. Nothing to remove is no error.
    func remove(_ place: ServicePlace) async throws(SupervisionError)

    func control(_ action: ServiceAction, _ place: ServicePlace) async throws(SupervisionError)

    /// What the manager and the installed file say. Never throws: what cannot be learnt is said in the answer.
    func inspect(_ place: ServicePlace) async -> ServiceState
}

/// What may be asked of an installed service.
package enum ServiceAction: String, Hashable, Sendable {
    case start, stop, restart
    /// Stopped, and not started with the machine or the session either.
    case disable
}

/// What an installation changed.
package struct InstallOutcome: Hashable, Sendable {
    /// The file that describes the service to its manager.
    package let path: String
    /// Nil when the file already said the same.
    package let change: Change?
    /// What the owner should know or do: linger for instance, with its command.
    package var notes: [String] = []

    package enum Change: String, Hashable, Sendable {
        case created, replaced
    }

    package init(path: String, change: Change?, notes: [String] = []) {
        self.path = path
        self.change = change
        self.notes = notes
    }
}
