import Contract
import Platform
import Settings

/// The one setting up that may be under way, and what became of the last one.
@LoopActor
final class WizardDesk {
    /// After so long without an answer another one may begin.
    static let patience = Duration.seconds(600)

    enum Status: String, Sendable {
        case running, done, cancelled, error
    }

    private struct Session {
        let id: String
        var wizard: SetupWizard
        var status = Status.running
        var error: String?
        var touched: Instant
    }

    private let configuration: LiveConfiguration
    private var session: Session?

    init(configuration: LiveConfiguration) { self.configuration = configuration }

    func start(mode: String?, workspace: String?) throws(RPCError) -> JSON {
        let now = configuration.clock.now
        if let session, session.status == .running, now - session.touched < Self.patience {
            throw .unavailable("wizard already running")
        }
        let instance = configuration.instance
        let wizard = SetupWizard(
            configPath: instance.shown(instance.configPath),
            usualWorkspace: instance.shown(instance.workspaceDirectory),
            mode: mode, workspace: workspace)
        let fresh = Session(id: UUIDText.random(), wizard: wizard, touched: now)
        session = fresh
        var answer = progress(fresh)
        answer["sessionId"] = .string(fresh.id)
        return answer
    }

    func next(_ id: String, _ given: JSON?) async throws(RPCError) -> JSON {
        var current = try find(id)
        guard current.status == .running else { return progress(current) }
        current.touched = configuration.clock.now
        session = current
        guard let given else { return progress(current) }
        do throws(SetupWizard.Problem) {
            try current.wizard.answer(given["value"], to: given["stepId"]?.string ?? "")
        } catch {
            switch error {
            case .wrongStep(let expected): throw .invalid("wizard step mismatch: \(expected) is asked now")
            case .answer(let problem): throw .invalid(problem)
            }
        }
        session = current
        guard current.wizard.step == nil else { return progress(current) }
        guard current.wizard.isConfirmed else { return progress(end(current, .cancelled)) }
        do throws(RPCError) {
            try await write(current.wizard.edits)
            return progress(end(current, .done))
        } catch {
            return progress(end(current, .error, error.message))
        }
    }

    func cancel(_ id: String) throws(RPCError) -> JSON {
        let current = try find(id)
        return state(current.status == .running ? end(current, .cancelled) : current)
    }

    func status(_ id: String) throws(RPCError) -> JSON { state(try find(id)) }

    private func write(_ edits: [ConfigEdit]) async throws(RPCError) {
        do throws(ConfigWriteError) {
            _ = try await configuration.write(.edits(edits), baseHash: await configuration.hashOfFile())
        } catch {
            throw RPCError(error)
        }
    }

    private func find(_ id: String) throws(RPCError) -> Session {
        guard let session, session.id.hasSameBytes(as: id) else { throw .invalid("wizard not found") }
        return session
    }

    private func end(_ current: Session, _ status: Status, _ error: String? = nil) -> Session {
        var ended = current
        ended.status = status
        ended.error = error
        session = ended
        return ended
    }

    private func progress(_ current: Session) -> JSON {
        var answer = state(current)
        answer["done"] = .bool(current.status != .running)
        if current.status == .running { answer["step"] = current.wizard.json }
        return answer
    }

    private func state(_ current: Session) -> JSON {
        var answer: JSON = ["status": .string(current.status.rawValue)]
        answer["error"] = current.error.map { .string($0) }
        return answer
    }
}

/// `wizard.start`.
struct WizardStartMethod: PromptMethod {
    static let contract = MethodContract.wizardStart
    let desk: WizardDesk

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        return .json(try desk.start(mode: params["mode"]?.string, workspace: params["workspace"]?.string))
    }
}

/// `wizard.next`.
struct WizardNextMethod: WaitingMethod {
    static let contract = MethodContract.wizardNext
    let desk: WizardDesk

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        return .json(try await desk.next(params["sessionId"]?.string ?? "", params["answer"]))
    }
}

/// `wizard.cancel`.
struct WizardCancelMethod: PromptMethod {
    static let contract = MethodContract.wizardCancel
    let desk: WizardDesk

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .json(try desk.cancel(request.params.object["sessionId"]?.string ?? ""))
    }
}

/// `wizard.status`.
struct WizardStatusMethod: PromptMethod {
    static let contract = MethodContract.wizardStatus
    let desk: WizardDesk

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .json(try desk.status(request.params.object["sessionId"]?.string ?? ""))
    }
}
