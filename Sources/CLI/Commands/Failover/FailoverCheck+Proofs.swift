import Channels
import Failover
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
    private static let modelTime = Duration.seconds(20)

    /// One real request, the smallest there is.
    fileprivate func model() async -> [DoctorFinding] {
        let models = ModelConfiguration(snapshot)
        guard let choice = models.defaultChoice else {
            return [
                DoctorFinding(
                    .warning, "agents.defaults.model",
                    "no model is chosen: people get answers to commands, and to nothing else",
                    advice: "\(program) models set anthropic/claude-sonnet-5-5")
            ]
        }
        let (candidates, left) = models.candidates(choice)
        if let problem = left.first, candidates.isEmpty {
            return [
                DoctorFinding(
                    .error, problem.setting.shown, problem.message.shown,
                    advice: "\(program) models auth add \(choice.primary.provider)")
            ]
        }
        guard !isOffline else { return [] }
        let trial = ModelTrial(models, invocation, timeout: Self.modelTime)
        var failures: [String] = []
        for candidate in candidates {
            guard let profile = candidate.profiles.first else { continue }
            let outcome = await trial.ask(candidate, profile)
            if outcome.isGood { return [] }
            failures.append("\(candidate.reference): \(outcome.words)")
        }
        return [
            DoctorFinding(
                .error, "agents.defaults.model", "no model answers: \(failures.joined(separator: "; "))".shown,
                advice: "\(program) models test")
        ]
    }

    /// Asks each platform who the bot is. That takes nothing out of any queue.
    fileprivate func channelFindings() async -> [DoctorFinding] {
        guard !isOffline else { return [] }
        var findings: [DoctorFinding] = []
        for platform in ChannelPlatform.all {
            guard settings.channels.isEmpty || !isStandby || settings.channels.contains(platform.id),
                let section = ChannelSettings(platform, snapshot.resolved, environment: { snapshot.environment[$0] })
            else { continue }
            for account in section.accounts {
                let draft = ChannelDraft(platform, account: account.account.account)
                findings += finding(await draft.verdict(account, invocation), draft)
            }
        }
        return findings
    }

    private func finding(_ verdict: ChannelDraft.Verdict, _ draft: ChannelDraft) -> [DoctorFinding] {
        let place = "channels.\(draft.account)"
        let login = "\(program) channels login \(draft.words)"
        switch verdict {
        case .known: return []
        case .incomplete(let problem):
            return [DoctorFinding(.error, place, "\(problem.setting) \(problem.reason)".shown, advice: problem.cure)]
        case .refused(.lasting(let reason, let cure)):
            return [DoctorFinding(.error, place, reason.shown, advice: "\(cure), then: \(login)")]
        case .refused(let fault): return [DoctorFinding(.warning, place, fault.reason.shown, advice: login)]
        }
    }
}
