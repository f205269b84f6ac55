package import Platform

/// A job as somebody wrote it: its document, and what is understood of it. Members that this program does not know stay
/// where they are.
package struct CronJob: Sendable {
    /// Bytes of a job in JSON.
    package static let limit = 128 << 10

    package let id: String
    /// All members but `id` and `state`.
    package private(set) var document: JSONObject
    /// Nil with a `problem`.
    package private(set) var schedule: CronSchedule?
    package private(set) var payload: CronPayload?
    /// Why it cannot run, of a job that came from elsewhere.
    package private(set) var problem: String?

    /// Where it runs.
    package enum Target: Equatable, Sendable {
        case main
        /// A conversation of its own, new for each run.
        case isolated
        /// A conversation that goes on from run to run.
        case session(String)
    }

    /// Reads a job that was checked before, or comes from elsewhere: what cannot be served is its `problem`.
    @LoopActor
    package init(id: String, _ document: JSONObject, zones: CronZones) {
        self.id = id
        self.document = document
        self.document.removeValue(forKey: "id")
        self.document.removeValue(forKey: "state")
        do throws(CronProblem) { try read(zones) } catch { problem = error.description }
    }

    /// Reads a job that must be one.
    @LoopActor
    package init(checked id: String, _ document: JSONObject, zones: CronZones) throws(CronProblem) {
        self.init(id: id, document, zones: zones)
        if let problem { throw CronProblem(problem) }
    }

    @LoopActor
    private mutating func read(_ zones: CronZones) throws(CronProblem) {
        guard JSON.object(document).description.utf8.count <= Self.limit else {
            throw CronProblem("the job has more than \(Self.limit) bytes")
        }
        schedule = try CronSchedule.read(document["schedule"], created: createdAt, zones: zones)
        payload = try CronPayload(document["payload"])
        switch document["sessionTarget"]?.string {
        case nil, "main"?, "isolated"?, "current"?: break
        case let text? where text.hasPrefix("session:") && text.utf8.count > 8: break
        case let text?:
            throw CronProblem(
                "sessionTarget \"\(text.cut(to: 40))\" is none of main, isolated, current and session:<key>")
        }
        switch (target, payload) {
        case (.main, .agentTurn):
            throw CronProblem("sessionTarget \"main\" takes a payload of kind systemEvent; use isolated for agentTurn")
        case (.isolated, .systemEvent), (.session, .systemEvent):
            throw CronProblem("sessionTarget \"isolated\" takes a payload of kind agentTurn; use main for systemEvent")
        default: break
        }
    }

    // MARK: Members

    package var name: String { document["name"]?.string ?? id }
    package var isEnabled: Bool { document["enabled"]?.bool ?? true }
    package var agentID: String? { document["agentId"]?.string.flatMap { $0.isEmpty ? nil : $0 } }
    package var createdAt: WallTime { moment("createdAtMs") }
    package var updatedAt: WallTime { moment("updatedAtMs") }

    /// A job of one moment goes when it was done, unless it says otherwise.
    package var isDeletedAfterRun: Bool { document["deleteAfterRun"]?.bool ?? (schedule?.isOnce == true) }

    package var target: Target {
        switch document["sessionTarget"]?.string {
        case "main": .main
        case let text? where text.hasPrefix("session:"): .session(String(text.dropFirst(8)))
        default: .isolated
        }
    }

    /// Whether a text for the main session may wait until the agent looks around by itself.
    package var waitsForHeartbeat: Bool { document["wakeMode"]?.string == "next-heartbeat" }

    /// How late it may begin: a fire that was missed by more is only recorded.
    package var catchUp: Duration {
        if let milliseconds = document["catchUpMs"]?.int, milliseconds >= 0 { return .milliseconds(milliseconds) }
        return schedule?.isOnce == true ? Self.onceCatchUp : Self.repeatedCatchUp
    }

    /// A reminder that comes within a day is still one.
    package static let onceCatchUp = Duration.seconds(24 * 3600)
    package static let repeatedCatchUp = Duration.seconds(3600)

    package var delivery: CronDelivery { CronDelivery(self) }

    private func moment(_ name: String) -> WallTime {
        WallTime(milliseconds: Int64(max(0, document[name]?.int ?? 0)))
    }

    mutating func disable() { document["enabled"] = false }
}

/// What a job does.
package enum CronPayload: Equatable, Sendable {
    case systemEvent(String)
    case agentTurn(AgentTurn)

    package struct AgentTurn: Equatable, Sendable {
        package var message: String
        package var model: String?
        package var thinking: String?
        package var timeout: Duration?
    }

    init(_ json: JSON?) throws(CronProblem) {
        guard let json = json?.object else { throw CronProblem("payload must be an object with a kind") }
        switch json["kind"]?.string {
        case "systemEvent":
            guard let text = json["text"]?.string, !text.withoutOuterSpace.isEmpty else {
                throw CronProblem("payload.text must be a text that is not empty")
            }
            self = .systemEvent(text)
        case "agentTurn":
            guard let message = json["message"]?.string, !message.withoutOuterSpace.isEmpty else {
                throw CronProblem("payload.message must be a text that is not empty")
            }
            var turn = AgentTurn(message: message)
            turn.model = json["model"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            turn.thinking = json["thinking"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            if let seconds = json["timeoutSeconds"]?.double, seconds > 0 {
                turn.timeout = .milliseconds(Int64(min(seconds, 172_800) * 1000))
            }
            self = .agentTurn(turn)
        case let kind:
            throw CronProblem(
                "payload.kind \"\((kind ?? "").cut(to: 40))\" is not served; one of systemEvent, agentTurn")
        }
    }
}

/// Where the answer of a job's run goes.
package struct CronDelivery: Equatable, Sendable {
    package enum Mode: String, Sendable { case none, announce, webhook }

    package var mode: Mode
    package var channel: String?
    package var to: String?
    package var accountID: String?
    package var threadID: String?
    /// Whether the run counts as done when the answer could not be delivered.
    package var isBestEffort: Bool

    /// `delivery` of the newer protocol, or what the older one has in the payload.
    init(_ job: CronJob) {
        let payload = job.document["payload"]
        let delivery = job.document["delivery"]?.object
        let place = delivery.map { JSON.object($0) } ?? payload ?? .null
        func text(_ name: String) -> String? {
            let value = place[name]
            return (value?.string ?? value?.int.map { "\($0)" }).flatMap { $0.isEmpty ? nil : $0 }
        }
        channel = text("channel").flatMap { $0 == "last" ? nil : $0 }
        to = text("to")
        accountID = text("accountId")
        threadID = text("threadId")
        if let delivery {
            mode = delivery["mode"]?.string.flatMap { Mode(rawValue: $0) } ?? .announce
            isBestEffort = delivery["bestEffort"]?.bool ?? false
        } else {
            let isWanted = payload?["deliver"]?.bool ?? true
            mode = isWanted && payload?["kind"]?.string == "agentTurn" ? .announce : .none
            isBestEffort = payload?["bestEffortDeliver"]?.bool ?? false
        }
    }
}
