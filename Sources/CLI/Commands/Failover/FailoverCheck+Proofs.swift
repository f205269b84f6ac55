import Channels
import Failover
import Gateway
import Models
import Platform
import Settings

extension FailoverCheck {
    static let proofs: [FailoverCheck] = [
        FailoverCheck("token", "the gateway's own token") { scene in
            let auth = scene.snapshot.given("gateway.auth")
            let isSet = ["token", "password", "mode"].contains { auth?[$0] != nil }
            guard !isSet, scene.snapshot.environment.find("OPENCLAW_GATEWAY_TOKEN") == nil else { return [] }
            return [
                DoctorFinding(
                    .warning, "gateway.auth.token", "it is not set, so each start makes a new one",
                    advice: "\(scene.program) doctor --generate-gateway-token")
            ]
        },
        FailoverCheck("model", "a model that answers") { await $0.model() },
        FailoverCheck("channels", "bots that their platforms know") { await $0.channelFindings() },
    ]
}

extension FailoverScene {
    fileprivate var proof: StandbyProof {
        StandbyProof(settings, environment: invocation.environment, version: Help.version, clock: clock)
    }

    fileprivate func model() async -> [DoctorFinding] {
        guard let fault = await proof.modelFault(snapshot, isOffline: isOffline) else { return [] }
        return [finding(fault)]
    }

    fileprivate func channelFindings() async -> [DoctorFinding] {
        guard !isOffline else { return [] }
        // That there is none at all is said among whose bots they are.
        return await proof.channelFaults(snapshot).filter { if case .noChannel = $0 { false } else { true } }.map(
            finding)
    }

    private func finding(_ fault: StandbyFault) -> DoctorFinding {
        switch fault {
        case .noModelChosen:
            DoctorFinding(
                .warning, "agents.defaults.model", fault.text,
                advice: "\(program) models set anthropic/claude-sonnet-5-5")
        case .model(let problem, let provider):
            DoctorFinding(
                .error, problem.setting.shown, problem.message.shown,
                advice: "\(program) models auth add \(provider)")
        case .noModelAnswers:
            DoctorFinding(.error, "agents.defaults.model", fault.text.shown, advice: "\(program) models test")
        case .account(let account, let verdict): finding(account, verdict)
        case .configuration(let problem):
            DoctorFinding(.error, "config", problem.shown, advice: "\(program) config validate")
        case .noChannel:
            DoctorFinding(
                .error, "channels", fault.text,
                advice: "\(program) channels add --channel telegram --token-file ~/standby-token")
        }
    }

    private func finding(_ account: ChannelAccount, _ verdict: ConnectorTrial.Verdict) -> DoctorFinding {
        let place = "channels.\(account)"
        let login = "\(program) channels login \(account.flags)"
        switch verdict {
        case .known: return DoctorFinding(.note, place, "it works")
        case .incomplete(let problem):
            return DoctorFinding(.error, place, "\(problem.setting) \(problem.reason)".shown, advice: problem.cure)
        case .refused(.lasting(let reason, let cure)):
            return DoctorFinding(.error, place, reason.shown, advice: "\(cure), then: \(login)")
        case .refused(let fault): return DoctorFinding(.warning, place, fault.reason.shown, advice: login)
        }
    }
}
