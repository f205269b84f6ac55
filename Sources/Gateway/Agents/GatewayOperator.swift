import Agents
import Platform
import Settings

/// What chat commands know of this gateway, and do with it.
@LoopActor
final class GatewayOperator: OperatorFacts {
    private let facts: GatewayFacts
    private let health: GatewayHealth
    private let hub: EventHub
    private let approvals: ExecApprovals
    private let own: OwnFacts
    private let restarts: RestartDesk
    var pair: FailoverServices?
    /// Nil where there is no file to configure by.
    var configuration: LiveConfiguration?

    init(
        facts: GatewayFacts, health: GatewayHealth, hub: EventHub, approvals: ExecApprovals, own: OwnFacts,
        restarts: RestartDesk
    ) {
        self.restarts = restarts
        self.facts = facts
        self.health = health
        self.hub = hub
        self.approvals = approvals
        self.own = own
    }

    var state: GatewayState {
        let log = own.output.health
        return GatewayState(
            version: facts.version, profile: facts.profile, processID: Int(HostFacts.processID),
            uptime: .milliseconds(health.uptimeMilliseconds), failing: health.failingParts, clients: hub.clients.count,
            residentBytes: HostFacts.residentBytes, configPath: facts.configPath, stateDirectory: facts.stateDirectory,
            logPath: own.output.path, logFailure: log.failure.map { "\($0)" },
            off: configuration?.state.degraded.map { "\($0.part): \($0.reason)" } ?? [])
    }

    var failover: [String] { pair?.lines ?? [] }

    // MARK: Settings

    func setting(_ path: String) async throws(CommandRefusal) -> JSON? {
        let (configuration, pointer) = try place(path)
        do throws(ConfigRefusal) {
            return try await configuration.read().redacted[pointer]
        } catch {
            throw CommandRefusal("The configuration cannot be read: \(error)")
        }
    }

    func change(_ path: String, to value: String?) async throws(CommandRefusal) -> String {
        let (configuration, pointer) = try place(path)
        guard let base = await configuration.hashOfFile() else {
            throw CommandRefusal("There is no file \(facts.configPath) to change yet: openclaw config set makes it.")
        }
        let edit: ConfigEdit = value.map { .set(pointer, Self.read($0)) } ?? .remove(pointer)
        do throws(ConfigWriteError) {
            let outcome = try await configuration.write(.edits([edit]), baseHash: base)
            if let refusal = outcome.refusal { return "Written, and not in use: \(refusal)" }
            if outcome.isSame { return "The file says so already." }
            let left = outcome.left.isEmpty ? "" : " After a restart: \(outcome.left.joined(separator: ", "))."
            let meant = value == nil ? nil : configuration.schema.meant(by: pointer)
            let guess = meant.map { " No setting of this name is known; did you mean \($0)?" } ?? ""
            return "Written to \(facts.configPath).\(left)\(guess)"
        } catch {
            throw CommandRefusal("Nothing was written: \(error)")
        }
    }

    private func place(_ path: String) throws(CommandRefusal) -> (LiveConfiguration, JSONPointer) {
        guard let configuration else { throw CommandRefusal("This gateway has no configuration file.") }
        guard let pointer = JSONPointer(setting: path), !pointer.tokens.isEmpty else {
            throw CommandRefusal("\(path.cut(to: 200)) is no path of a setting; one looks like gateway.bind.")
        }
        return (configuration, pointer)
    }

    /// JSON5 where it is that, else text.
    private static func read(_ text: String) -> JSON { (try? JSON5Document(text).value) ?? .string(text) }

    // MARK: Log

    func logLines(_ count: Int) async -> [String] {
        own.output.ring.lines(limit: count).map { LogText.line(Array($0.line)).cut(to: 600) }
    }

    // MARK: Restart

    func restart(by who: String) async throws(CommandRefusal) -> String {
        guard restarts.isOn else { throw CommandRefusal("\(RestartRefusal.off)") }
        // The answer is to be out, and stored, before its own run would be cut.
        let wish = RestartRequest(reason: "/restart by \(who)", patience: .whenIdle)
        do throws(RestartRefusal) {
            switch try await restarts.ask(wish) {
            case .begun: return "The gateway starts anew."
            case .coalesced: return "A restart is on its way already."
            case .waits(let time):
                let limit = time.map { ", for \(Int($0.components.seconds)) s at most" } ?? ""
                return "The gateway starts anew as soon as nothing runs any more\(limit)."
            }
        } catch {
            throw CommandRefusal("Nothing was restarted: \(error)")
        }
    }

    // MARK: Approvals

    var pendingApprovals: [(id: String, command: String)] {
        approvals.pending.map { ($0.id, $0.request["command"]?.string ?? "") }
    }

    func approve(_ id: String, _ decision: String, by who: String) throws(CommandRefusal) -> String {
        guard let word = ApprovalDecision(rawValue: decision) else {
            throw CommandRefusal("one of \(ApprovalDecision.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let meant = approvals.pending(named: id)
        guard meant.count < 2 else { throw CommandRefusal("\(meant.count) commands wait under \(id.cut(to: 100))") }
        guard let one = meant.first, approvals.decide(one.id, word, by: who) else {
            throw CommandRefusal("no command waits under \(id.cut(to: 100))")
        }
        return "\(word.rawValue): \(one.request["command"]?.string ?? one.id)"
    }
}
