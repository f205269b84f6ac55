import Agents
import Contract
import Platform
import Settings

/// What the `gateway` tool sees and does of this gateway.
@LoopActor
final class GatewayControl: GatewayControlling {
    private let facts: GatewayFacts
    private let health: GatewayHealth
    private let own: OwnFacts
    private let configuration: LiveConfiguration?
    private let restarts: RestartDesk

    init(
        facts: GatewayFacts, health: GatewayHealth, own: OwnFacts, configuration: LiveConfiguration?,
        restarts: RestartDesk
    ) {
        self.restarts = restarts
        self.facts = facts
        self.health = health
        self.own = own
        self.configuration = configuration
    }

    func status() async throws(ToolProblem) -> JSON {
        var status = own.stability
        status["version"] = .string(facts.version)
        status["profile"] = .string(facts.profile)
        status["configPath"] = .string(facts.configPath)
        return status
    }

    private func live() throws(ToolProblem) -> LiveConfiguration {
        guard let configuration else { throw .said("this gateway has no configuration file") }
        return configuration
    }

    func config(at setting: String?) async throws(ToolProblem) -> JSON {
        let live = try live()
        let redacted: JSON
        do throws(ConfigRefusal) { redacted = try await live.read().redacted } catch {
            throw .said("the configuration cannot be read: \(error)")
        }
        guard let setting, !setting.isEmpty else { return redacted }
        guard let pointer = JSONPointer(setting: setting) else {
            throw .said("\"\(setting.cut(to: 100))\" is no setting; one looks like agents.defaults.model")
        }
        return redacted[pointer] ?? .null
    }

    func patch(_ change: JSON) async throws(ToolProblem) -> JSON {
        let live = try live()
        let base = await live.hashOfFile()
        do throws(ConfigWriteError) {
            let outcome = try await live.write(.patch("\(change)"), baseHash: base)
            var answer: JSON = [
                "ok": true, "taken": .array(outcome.taken.map { .string($0) }),
                "needsRestart": .array(outcome.left.map { .string($0) }),
            ]
            if outcome.isSame { answer["noop"] = true }
            answer["notUsed"] = outcome.refusal.map { .string("\($0)") }
            return answer
        } catch {
            throw .said("nothing was written: \(error)")
        }
    }

    func restart(reason: String) async throws(ToolProblem) -> JSON {
        do throws(RestartRefusal) {
            // The run that asks is under way itself, and is to end first.
            let answer = try await restarts.ask(RestartRequest(reason: reason, patience: .whenIdle))
            return ["ok": true, "status": answer == .coalesced ? "coalesced" : "scheduled"]
        } catch {
            throw .said("nothing was restarted: \(error)")
        }
    }

    // MARK: The profile that this one watches

    private nonisolated static let logLines = 200
    private nonisolated static let logBytes = 40_000

    func watched(_ what: String) async throws(ToolProblem) -> JSON {
        let instance = try await watchedInstance()
        switch what {
        case "config": return try await watchedConfig(instance)
        case "logs": return try await watchedLog(instance)
        default: return await watchedStatus(instance)
        }
    }

    private func watchedInstance() async throws(ToolProblem) -> Instance {
        let live = try live()
        let name: String?
        do throws(ConfigRefusal) { name = try await live.read().string("rescue.watch") } catch {
            throw .said("the configuration cannot be read: \(error)")
        }
        guard let name, !name.isEmpty else {
            throw .said("this gateway watches no other profile (rescue.watch is not set)")
        }
        var flags = Instance.Flags()
        flags.profile = name
        let watched: Instance
        do throws(SettingsError) {
            watched = try Instance(flags: flags, environment: ["HOME": live.instance.homeDirectory])
        } catch {
            throw .said("rescue.watch: \(error)")
        }
        guard watched.stateDirectory != live.instance.stateDirectory else {
            throw .said("rescue.watch names this gateway's own profile")
        }
        return watched
    }

    private func watchedConfig(_ instance: Instance) async throws(ToolProblem) -> JSON {
        let file = ConfigFile(instance, environment: [:], schema: .product)
        do throws(ConfigRefusal) {
            let snapshot = try await file.read()
            return ["path": .string(snapshot.path), "exists": .bool(snapshot.exists), "config": snapshot.redacted]
        } catch {
            return [
                "path": .string(instance.configPath), "valid": false,
                "problems": .array(error.problems.map { .string("\($0)") }), "reason": .string("\(error)"),
            ]
        }
    }

    private func watchedLog(_ instance: Instance) async throws(ToolProblem) -> JSON {
        let path = instance.logDirectory + "/gateway.log"
        let tail: LogTail
        do throws(FileError) {
            tail = try await BlockingPool.shared.run { () throws(FileError) in
                try LogTail.read(path, lines: Self.logLines, bytes: Self.logBytes)
            }
        } catch {
            throw .said("\(error)")
        }
        // Its own writer redacts by the values that it knows; ours are taken out as well.
        return [
            "file": .string(path), "lines": .array(tail.lines.map { .string(own.output.redaction.redact($0)) }),
        ]
    }

    /// Facts only: whether it answers is for a probe to find out.
    private func watchedStatus(_ instance: Instance) async -> JSON {
        let path = instance.lockPath
        let owner = await BlockingPool.shared.run {
            (try? FileReading.read(path, limit: FileLock.ownerLimit)).map { LockOwner(parsing: $0) }
        }
        var status: JSON = [
            "profile": .string("\(instance.profile)"), "stateDirectory": .string(instance.stateDirectory),
        ]
        guard let owner, let process = owner.process else {
            status["started"] = false
            return status
        }
        status["pid"] = .int(Int64(process))
        status["processRuns"] = .bool(ProcessFacts.isRunning(process))
        for (name, value) in owner.details.sorted(by: { $0.key < $1.key }) { status[name] = .string(value) }
        return status
    }
}
