import Contract
import Gateway
import Platform
import Settings
import Supervision

/// The gateway itself: whether it is there when it should be, and does what it is there for.
extension DoctorCheck {
    static let running: [DoctorCheck] = [
        DoctorCheck("gateway.runs", .service, "a gateway that should run does") { scene in
            guard !scene.settings.isRemote, scene.process.process == nil else { return [] }
            let state = await scene.service().state
            switch state.condition {
            // One that failed has a check of its own.
            case .failed, .starting: return []
            case .running, .stopping, .stopped:
                let word = state.condition.word
                return [
                    DoctorFinding(
                        .warning, state.name, "installed and \(word), and no gateway runs on this state",
                        advice: "\(scene.invocation.program) gateway \(word == "running" ? "restart" : "start")")
                ]
            case .notInstalled, .noManager, .unknown: break
            }
            // Who ends in order takes its name out of the lock.
            guard let dead = scene.process.deadOwner else { return [] }
            return [
                DoctorFinding(
                    .warning, scene.shown(scene.instance.lockPath),
                    "the gateway with pid \(dead) is gone and did not end in order: it was killed, or the host went down",
                    advice: "\(scene.invocation.program) gateway run")
            ]
        },
        DoctorCheck("gateway.answers", .service, "a gateway that runs answers, and is well") { scene in
            let process = scene.process.process
            guard scene.settings.isRemote || process != nil else { return [] }
            let access = GatewayAccess(scene.invocation, scene.settings)
            let place = process.map { "gateway, pid \($0)" } ?? scene.settings.remoteURL ?? "gateway.remote.url"
            do throws(CommandFailure) {
                let client = try await access.connect(as: .probe)
                defer { client.close() }
                return findings(of: try await health(client, scene), place, scene)
            } catch {
                return [await finding(error, place, process, scene)]
            }
        },
    ]

    @LoopActor
    private static func health(
        _ client: GatewayClient, _ scene: DoctorScene
    ) async throws(CommandFailure) -> HealthSummary {
        do throws(ClientError) {
            return HealthSummary(try await client.call("health", within: scene.invocation.timeout))
        } catch {
            throw error.failure(scene.invocation.program)
        }
    }

    /// What it says of itself. Of a file that it does not take, the configuration's own checks tell more.
    @LoopActor
    private static func findings(
        of health: HealthSummary, _ place: String, _ scene: DoctorScene
    ) -> [DoctorFinding] {
        if health.isDraining {
            return [
                DoctorFinding(
                    .note, place, "it is draining: it ends, or starts anew, when what is under way has ended",
                    advice: "\(scene.invocation.program) gateway status")
            ]
        }
        var facts = health.troubles + [health.channelFact]
        if scene.refusal == nil, let config = health.configFact { facts.append(config) }
        return facts.filter { $0.isGood == false }.map { fact in
            DoctorFinding(
                .warning, place, "\(fact.label): \(fact.lines.joined(separator: "; "))",
                advice: "\(scene.invocation.program) logs --limit 50")
        }
    }

    @LoopActor
    private static func finding(
        _ failure: CommandFailure, _ place: String, _ process: Int32?, _ scene: DoctorScene
    ) async -> DoctorFinding {
        let said = ([failure.message] + failure.details).joined(separator: "; ")
        switch failure.code {
        case .tryAgain:
            return DoctorFinding(.note, place, said, advice: "\(scene.invocation.program) gateway status")
        case .notAuthorized:
            return DoctorFinding(
                .error, place, "it refuses us: \(said)",
                advice: failure.next.first { !$0.hasSuffix("gateway status") }
                    ?? "\(scene.invocation.program) config set gateway.remote.token -")
        default: break
        }
        guard let process else {
            return DoctorFinding(
                .error, place, said, advice: failure.next.first ?? "\(scene.invocation.program) gateway status")
        }
        // A process that hangs is not asked to end: its manager ends it, or the next start does.
        let isService = await scene.service().state.processID == Int(process)
        return DoctorFinding(
            .error, place, "it is there and does not answer: \(said)",
            advice: "\(scene.invocation.program) gateway \(isService ? "restart" : "run --force")")
    }
}

extension DoctorScene {
    var process: ProcessQuery { ProcessQuery(invocation: invocation) }
}
