/// Starts services in the order of the list and ends them in the reverse order, each only when the one before has
/// ended: whoever is started later may rely on those before it until its own end.
///
/// Two deadlines bound the end: what is not finished by the first is cancelled, what is still there at the second is
/// left behind.
@LoopActor
package final class ServiceGroup {
    package struct Entry: Sendable {
        let service: any Service
        let onReturn: ServiceEnd
        let onFailure: ServiceEnd

        package init(_ service: any Service, onReturn: ServiceEnd = .drainsGroup, onFailure: ServiceEnd = .drainsGroup)
        {
            self.service = service
            self.onReturn = onReturn
            self.onFailure = onFailure
        }
    }

    package static let defaultDrainDeadline = Duration.seconds(30)
    package static let defaultCancelDeadline = Duration.seconds(5)

    private enum Phase {
        case idle
        /// Asked to end before it began.
        case refused
        case running, draining, cancelling, over
    }

    @LoopActor
    private final class Member {
        let entry: Entry
        var task: Task<Void, any Error>?
        var hasBegun = false
        var isAsked = false
        var isOver = false
        var name: String { entry.service.name }
        init(_ entry: Entry) { self.entry = entry }
    }

    private let members: [Member]
    private let clock: any Clock
    private let drainDeadline: Duration
    private let cancelDeadline: Duration
    private let onEvent: @LoopActor (ServiceEvent) -> Void
    private var phase = Phase.idle
    private var timer: LoopTimer?
    private var failure: (service: String, reason: String)?
    private var wasCut = false
    private var end: CheckedContinuation<Void, Never>?

    package init(
        _ entries: [Entry], clock: any Clock = EventLoop.shared, drainDeadline: Duration = defaultDrainDeadline,
        cancelDeadline: Duration = defaultCancelDeadline,
        onEvent: @escaping @LoopActor (ServiceEvent) -> Void = { _ in }
    ) {
        members = entries.map { Member($0) }
        self.clock = clock
        self.drainDeadline = drainDeadline
        self.cancelDeadline = cancelDeadline
        self.onEvent = onEvent
    }

    package var isDraining: Bool { phase == .draining || phase == .cancelling }

    /// Runs all services until they have ended. Once in the life of a group. Cancelling the caller cancels them.
    package func run() async -> ServiceOutcome {
        precondition(phase == .idle || phase == .refused, "a group runs once")
        if phase == .refused { return .drained }
        phase = .running
        timer = clock.timer { [unowned self] in timeIsUp() }
        for member in members { start(member) }
        if members.allSatisfy(\.isOver) { finish() }
        await withTaskCancellationHandler {
            if phase != .over {
                await withCheckedContinuation { continuation in
                    end = continuation
                    if Task.isCancelled { cancelAll() }
                }
            }
        } onCancel: {
            startTask { [self] in cancelAll() }
        }
        let left = members.filter { !$0.isOver }.map(\.name)
        if let failure { return .failed(service: failure.service, reason: failure.reason) }
        return wasCut ? .cutShort(left: left) : .drained
    }

    /// Asks all to finish, the last started first. A second request cuts that short.
    package func drain() {
        switch phase {
        case .running:
            phase = .draining
            timer?.arm(at: clock.now + drainDeadline)
            drainNext()
        case .draining: cancelAll()
        case .idle: phase = .refused
        case .refused, .cancelling, .over: break
        }
    }

    private func start(_ member: Member) {
        onEvent(.started(member.name))
        member.task = startTask { [self] in
            // The end came before its first turn: there is nothing to finish.
            if phase != .running {
                member.isAsked = true
                return ended(member, nil)
            }
            member.hasBegun = true
            do {
                try await member.entry.service.run()
                ended(member, nil)
            } catch {
                ended(member, error)
            }
        }
    }

    private func ended(_ member: Member, _ error: (any Error)?) {
        member.isOver = true
        // A group that has left it behind has told its outcome already.
        guard phase != .over else { return }
        // Cancelled is what it should be then, whatever it says about it.
        let isExpected = phase == .cancelling && (error == nil || error is CancellationError)
        if let error, !isExpected {
            onEvent(.failed(member.name, reason: "\(error)"))
            if failure == nil, member.entry.onFailure != .ignored { failure = (member.name, "\(error)") }
        } else {
            onEvent(.returned(member.name))
        }
        switch phase {
        case .running: unexpected(member, error == nil ? member.entry.onReturn : member.entry.onFailure)
        case .draining:
            if member.isAsked {
                drainNext()
            } else if (error == nil ? member.entry.onReturn : member.entry.onFailure) != .ignored {
                // Those that are still finishing relied on it.
                cancelAll()
            }
        case .cancelling, .idle, .refused, .over: break
        }
        if members.allSatisfy(\.isOver) { finish() }
    }

    private func unexpected(_ member: Member, _ meaning: ServiceEnd) {
        switch meaning {
        case .endsGroup: cancelAll()
        case .drainsGroup: drain()
        case .ignored: break
        }
    }

    private func drainNext() {
        guard phase == .draining, let next = members.last(where: { !$0.isOver }), !next.isAsked else {
            return
        }
        next.isAsked = true
        onEvent(.draining(next.name))
        if next.hasBegun { next.entry.service.drain() }
    }

    private func cancelAll() {
        guard phase == .running || phase == .draining else { return }
        phase = .cancelling
        wasCut = true
        timer?.arm(at: clock.now + cancelDeadline)
        for member in members.reversed() where !member.isOver {
            onEvent(.cancelled(member.name))
            member.task?.cancel()
        }
    }

    private func timeIsUp() {
        switch phase {
        case .draining: cancelAll()
        case .cancelling:
            for member in members.reversed() where !member.isOver { onEvent(.leftBehind(member.name)) }
            finish()
        case .idle, .refused, .running, .over: break
        }
    }

    private func finish() {
        guard phase != .over else { return }
        phase = .over
        timer?.cancel()
        end?.resume()
        end = nil
    }
}
