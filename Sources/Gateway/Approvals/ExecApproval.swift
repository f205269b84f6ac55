import Contract
import Platform

/// What an operator says to a command.
enum ApprovalDecision: String, CaseIterable, Sendable {
    case allowOnce = "allow-once"
    case allowAlways = "allow-always"
    case deny

    var allows: Bool { self != .deny }
}

/// One command that waits, or waited, for an operator's word.
@LoopActor
final class ExecApproval {
    enum State {
        case pending
        case decided(ApprovalDecision, by: String)
        /// Nobody decided in time.
        case expired
    }

    let id: String
    /// What operators are shown.
    let request: JSON
    /// The variables that the command is to run with. Nobody is shown them: secrets live there.
    let environment: JSONObject?
    /// Who asked: only it may act on an approval that is given once.
    let requester: String
    let createdAt: WallTime
    let expiresAt: WallTime
    let deadline: Instant
    var state = State.pending
    /// It was acted upon; an approval for once is then spent.
    var isSpent = false
    /// From then on it may be forgotten.
    var endedAt: Instant?
    var waiting: [Suspension] = []

    init(
        id: String, request: JSON, environment: JSONObject?, requester: String, createdAt: WallTime, time: Duration,
        now: Instant
    ) {
        self.id = id
        self.request = request
        self.environment = environment
        self.requester = requester
        self.createdAt = createdAt
        expiresAt = WallTime(nanoseconds: createdAt.nanoseconds + time.inNanoseconds)
        deadline = now + time
    }

    var isPending: Bool {
        if case .pending = state { true } else { false }
    }

    var decision: ApprovalDecision? {
        if case .decided(let decision, _) = state { decision } else { nil }
    }

    /// Whoever waits goes on.
    func end(_ state: State, at now: Instant) {
        self.state = state
        endedAt = now
        let waiting = waiting
        self.waiting = []
        for one in waiting { one.wake() }
    }

    private var times: JSON {
        [
            "id": .string(id), "createdAtMs": .int(createdAt.milliseconds),
            "expiresAtMs": .int(expiresAt.milliseconds),
        ]
    }

    /// As operators see one that waits.
    var json: JSON {
        var json = times
        json["request"] = request
        return json
    }

    /// The one answer in which null has a meaning: nobody decided.
    var answer: JSON {
        var json = times
        json["decision"] = decision.map { .string($0.rawValue) } ?? .null
        return json
    }

    /// The first answer of two.
    var accepted: JSON {
        var json = times
        json["status"] = "accepted"
        return json
    }
}
