import Channels
import Platform
import Settings

/// On which chat platform the gateway can be reached; and whether that lets its bot in.
@LoopActor
struct ChannelStep {
    private let questions: OnboardQuestions

    init(_ questions: OnboardQuestions) { self.questions = questions }

    private var scene: OnboardScene { questions.scene }
    private var prompter: Prompter { questions.prompter }

    private func words(_ text: ChannelText, _ values: String...) -> String { text.text(prompter.language, values) }

    func ask() async throws(CommandFailure) -> OnboardQuestions.Outcome {
        let present = scene.channels
        let first =
            present.isEmpty
            ? PromptOption(words(.none), hint: words(.noneHint, scene.invocation.program))
            : PromptOption(words(.keep, present.joined(separator: ", ")))
        let options = [first] + ChannelPlatform.all.map { PromptOption($0.facts.label) }
        while true {
            guard case .value(let choice) = try await prompter.pick(words(.which), options) else { return .back }
            guard choice > 0 else {
                questions.answers.channel = nil
                return .done
            }
            if let answer = try await account(ChannelDraft(ChannelPlatform.all[choice - 1])) {
                questions.answers.channel = answer
                return .done
            }
        }
    }

    /// Nil when the platform is to be chosen again.
    private func account(_ draft: ChannelDraft) async throws(CommandFailure) -> ChannelAnswer? {
        var draft = draft
        let known = scene.settings(of: draft)
        let values = try await ChannelQuestions(prompter).values(draft.platform, known) { text in
            scene.user(of: text).map { words(.tokenUsed, $0.profile, $0.setting) }
        }
        guard let values else { return nil }
        draft.values = values
        guard let answer = try await self.known(draft) else { return nil }
        return try await policy(answer, known)
    }

    /// Asks the platform. One that refuses is explained, and the choice is made again.
    func known(_ draft: ChannelDraft) async throws(CommandFailure) -> ChannelAnswer? {
        let (scene, label) = (scene, draft.platform.facts.label)
        switch try await prompter.during(words(.asking, label), { await scene.verdict(draft) }) {
        case .known(let bot):
            let answer = ChannelAnswer(draft: draft, bot: bot)
            prompter.say(words(.known, label, answer.name.shown))
            for finding in bot.findings { prompter.say("▲ \(finding.shown)", indent: 2) }
            return answer
        case .refused(let fault): prompter.say(words(.refused, label, fault.sentence.shown))
        case .incomplete(let problem):
            prompter.say(words(.incomplete, problem.setting, problem.reason, problem.cure))
        }
        prompter.say(words(.otherWay))
        return nil
    }

    // MARK: Who may write

    private func policy(
        _ answer: ChannelAnswer, _ known: AccountSettings?
    ) async throws(CommandFailure) -> ChannelAnswer? {
        let options = [
            PromptOption(words(.pairing), hint: words(.pairingHint)),
            PromptOption(words(.allowlist), hint: words(.allowlistHint)),
            PromptOption(words(.open), hint: words(.openHint)),
            PromptOption(words(.disabled), hint: words(.disabledHint)),
        ]
        let policies: [AccessRules.Direct] = [.pairing, .allowlist, .open, .disabled]
        prompter.say(words(.policyIntro))
        while true {
            let initial = policies.firstIndex { $0 == known?.rules.direct } ?? 0
            guard case .value(let choice) = try await prompter.pick(words(.policy), options, initial: initial) else {
                return nil
            }
            var draft = answer.draft
            // What holds without a word is not written down.
            if policies[choice] != known?.rules.direct ?? .pairing {
                draft.values.append(("dmPolicy", .string(policies[choice].rawValue)))
            }
            let present = known?.config["allowFrom"]?.array ?? []
            switch policies[choice] {
            case .allowlist:
                guard let people = try await people(present) else { continue }
                draft.values.append(("allowFrom", .array(people)))
            case .open: draft.values.append(("allowFrom", .array(present.contains("*") ? present : present + ["*"])))
            case .pairing, .disabled: break
            }
            return ChannelAnswer(draft: draft, bot: answer.bot, offersPairing: policies[choice] == .pairing)
        }
    }

    private func people(_ present: [JSON]) async throws(CommandFailure) -> [JSON]? {
        func ids(_ text: String) -> [JSON] {
            text.split(separator: ",").map { String($0).trimmedSpace }.filter { !$0.isEmpty }.map(JSON.string)
        }
        let initial = present.map { $0.string ?? "\($0)" }.joined(separator: ", ")
        guard
            case .value(let text) = try await prompter.text(
                words(.people), initial: initial.isEmpty ? nil : initial,
                check: { ids($0).isEmpty ? words(.peopleBad) : nil })
        else { return nil }
        return ids(text)
    }
}

extension OnboardScene {
    /// What is set up already: `telegram`, `slack/work`.
    var channels: [String] {
        ChannelPlatform.all.flatMap { platform -> [String] in
            let settings = ChannelSettings(platform, snapshot.resolved) { snapshot.environment[$0] }
            return (settings?.accounts ?? []).filter { account in
                platform.setup.allSatisfy { account.string($0.setting) != nil }
            }.map { "\($0.account)" }
        }
    }

    func settings(of draft: ChannelDraft) -> AccountSettings? {
        draft.settings(in: snapshot.resolved) { snapshot.environment[$0] }
    }

    func verdict(_ draft: ChannelDraft) async -> ConnectorTrial.Verdict {
        guard let settings = settings(of: draft) else {
            return .incomplete(
                ChannelProblem("channels.\(draft.platform.id)", "is no section", cure: "see: channels add --help"))
        }
        return await draft.verdict(settings, invocation)
    }
}

/// The chat platform that the command line names.
@LoopActor
struct ChannelFlags {
    let scene: OnboardScene

    private var invocation: Invocation { scene.invocation }

    /// Nil where none is named.
    func draft() async throws(CommandFailure) -> ChannelDraft? {
        guard invocation["--channel"] != nil else { return nil }
        var draft = ChannelDraft(try invocation.platform())
        if let path = invocation["--channel-token-file"] {
            draft.values = [(draft.platform.tokenSetting, .string(try await invocation.secretFile(path)))]
        }
        if let (_, profile, theirs) = draft.user(among: scene.neighbours) {
            throw CommandFailure(
                .notGood, "token-taken",
                "--channel-token-file: profile \(profile) has it already (\(theirs)); each gateway needs a bot of its own"
            )
        }
        return draft
    }

    /// A bot is asked for before it is written. One that is written already is no news.
    func checked() async throws(CommandFailure) -> ChannelAnswer? {
        guard let draft = try await draft(), !draft.edits(scene.snapshot.parsed).isEmpty else { return nil }
        let label = draft.platform.facts.label
        let (reason, cure): (String, String?)
        switch await scene.verdict(draft) {
        case .known(let bot):
            let offersPairing = scene.settings(of: draft)?.rules.direct == .pairing
            return ChannelAnswer(draft: draft, bot: bot, offersPairing: offersPairing)
        case .refused(.lasting(let words, let remedy)):
            (reason, cure) = ("\(label) does not let it in: \(words)", remedy)
        case .refused(let fault): (reason, cure) = ("\(label) does not let it in: \(fault.reason)", nil)
        case .incomplete(let problem): (reason, cure) = ("\(problem.setting) \(problem.reason)", problem.cure)
        }
        throw CommandFailure(
            .notGood, "channel", "\(reason.shown); nothing was written", details: cure.map { [$0] } ?? [],
            next: ["\(invocation.program) onboard --non-interactive --accept-risk --skip-channels"])
    }
}
