import Channels
import Failover
import Platform

/// The steps of a gateway that is running already: its channels are released, or held back.
@LoopActor
final class GatewaySteps: FailoverSteps {
    private static let glance = Duration.milliseconds(100)

    private let channels: ChannelServices
    /// Nil where the channels are this node's at all times.
    private let gate: ActionGate?
    private let lease: any Lease
    private let release: ChannelRelease
    private let clock: any Clock
    private var epoch: UInt64?

    /// Whether a node on which nobody can be written to is of no use.
    var isChannelNeeded = false
    /// Fingerprints of this node's channel credentials.
    var owned: @LoopActor () -> [String] = { [] }
    /// What comes before the channels: workspace, secrets, an operator's program. Nothing while it is nil.
    var preparation: (@LoopActor (FailoverStep, Instant) async -> StepOutcome)?
    /// Says on the channels that this node steps back, while it still can.
    var farewell: @LoopActor () async -> Void = {}

    init(
        _ channels: ChannelServices, gate: ActionGate?, lease: any Lease, release: ChannelRelease, clock: any Clock
    ) {
        self.channels = channels
        self.gate = gate
        self.lease = lease
        self.release = release
        self.clock = clock
    }

    func run(_ step: FailoverStep, within time: Milliseconds) async -> StepOutcome {
        let deadline = clock.now + .milliseconds(time)
        switch step {
        case .pull, .secrets, .hook: return await preparation?(step, deadline) ?? .done
        case .ownership: return .owns(owned())
        case .bringUp: return gate == nil ? .done : await bringUp(by: deadline)
        case .drain: return await drain(by: deadline)
        case .hold: return gate == nil ? .done : await hold()
        }
    }

    /// Opens the gate. Nothing passes it that was begun under an earlier term.
    func openGate() async throws(LeaseError) {
        let term = try await lease.acquire()
        epoch = term.epoch
        gate?.open(term)
    }

    private func bringUp(by deadline: Instant) async -> StepOutcome {
        do throws(LeaseError) {
            try await openGate()
        } catch {
            return .failed("the right to act cannot be had")
        }
        guard let gate else { return .done }
        let term = gate.epoch
        channels.open(release)
        // Late answers of a step must not look like those of the next.
        while gate.mayAct(under: term), clock.now + Self.glance < deadline {
            let wanted = channels.all.filter { $0.settings.isEnabled && !$0.isHeld && !$0.isHeldBack }
            if wanted.isEmpty {
                return isChannelNeeded ? .failed("this node has no channel that it could use") : .done
            }
            if wanted.contains(where: { $0.runner?.status.isReceiving == true }) { return .done }
            let ended = wanted.compactMap(\.end)
            if ended.count == wanted.count { return .failed(ended.joined(separator: "; ")) }
            guard await Suspension(clock).wait(until: clock.now + Self.glance) == .deadline else { break }
        }
        // They go on trying; whoever waits for them need not.
        return gate.mayAct(under: term) ? .done : .failed("it was called off")
    }

    private func drain(by deadline: Instant) async -> StepOutcome {
        guard gate != nil else {
            await farewell()
            return .done
        }
        channels.stopTaking()
        await farewell()
        while !channels.isQuiet, clock.now + Self.glance < deadline {
            guard await Suspension(clock).wait(until: clock.now + Self.glance) == .deadline else { break }
        }
        return channels.isQuiet ? .done : .failed("something was still under way")
    }

    private func hold() async -> StepOutcome {
        gate?.close()
        await channels.holdBack(FailoverServices.standsBy)
        if let epoch { await lease.release(epoch) }
        epoch = nil
        return .done
    }
}

extension ChannelServices.Account {
    /// Why it will not be connected, however long one waits.
    fileprivate var end: String? {
        if let problem { return "\(settings.account): \(problem.setting) \(problem.reason)" }
        guard case .stopped(let reason, _)? = runner?.status.phase else { return nil }
        return "\(settings.account): \(reason)"
    }
}
