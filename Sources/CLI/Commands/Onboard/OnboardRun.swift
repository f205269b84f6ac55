import Gateway
import Models
import Platform
import Settings
import Supervision
import Wire

/// `onboard`: gathers the answers, writes them at once, and sees to it that the gateway answers.
@LoopActor
struct OnboardRun {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    private var instance: Instance { invocation.instance }

    func run() async throws(CommandFailure) -> ExitCode {
        if invocation.has("--non-interactive") { return try await runAlone() }
        guard invocation.canAsk else {
            throw CommandFailure(
                .notGood, "no-terminal", "there is no terminal to ask on, and nothing was set up",
                details: ["a script gives its answers as flags; see: \(invocation.program) onboard --help"],
                next: ["\(invocation.program) onboard --non-interactive --accept-risk"])
        }
        let scene = try await OnboardScene(invocation)
        let flags = try OnboardFlags(scene)
        let prompter = try Prompter(invocation)
        defer { prompter.close() }
        return try await Interview(scene, prompter).run(flags)
    }

    // MARK: Without questions

    private func runAlone() async throws(CommandFailure) -> ExitCode {
        guard invocation.has("--accept-risk") else {
            throw .usage(
                "--non-interactive needs --accept-risk: agents run programs and change files on this machine",
                hint: "\(invocation.program) onboard --non-interactive --accept-risk")
        }
        let scene = try await OnboardScene(invocation)
        let flags = try OnboardFlags(scene)
        var answers = flags.answers
        var outcome = OnboardOutcome(invocation, scene)
        if answers.isRemote {
            try await tryRemote(&answers, scene, &outcome)
        } else {
            if !flags.given.contains(.port) { answers.port = try usualPort(scene) }
            answers.model = try await ModelFlags(scene: scene).answer()
            if let model = answers.model { outcome.trial = try await tried(model, answers, scene) }
            answers.channel = try await ChannelFlags(scene: scene).checked()
        }
        try await outcome.carryOut(answers)
        try outcome.tell()
        return outcome.exitCode
    }

    private func usualPort(_ scene: OnboardScene) throws(CommandFailure) -> UInt16? {
        let snapshot = scene.snapshot
        // One that is set stays, whatever is in its way: doctor says so. A gateway that was set up before keeps the usual
        // one, unless that is another's.
        guard snapshot.given("gateway.port") == nil,
            snapshot.given("gateway.mode") == nil || scene.neighbours.conflict(scene.presentPort) != nil
        else { return nil }
        return scene.written(scene.proposedPort)
    }

    /// A model is asked before it is written. One that is written already is no news.
    private func tried(
        _ model: ModelAnswer, _ answers: OnboardAnswers, _ scene: OnboardScene
    ) async throws(CommandFailure) -> ModelTrial.Outcome? {
        var only = OnboardAnswers()
        only.model = model
        let names = OnboardPlan.names(OnboardPlan(only).edits(scene.snapshot.parsed, setsMode: false))
        let isNews = names.contains { $0.hasPrefix("models.") || $0.hasPrefix("agents.") }
        guard isNews, !invocation.has("--skip-model-test") else { return nil }
        let outcome = await scene.trial(model)
        guard !outcome.isGood else { return outcome }
        throw CommandFailure(
            .notGood, "model", "\(model.reference) does not answer, and nothing was written: \(outcome.words.shown)",
            next: ["\(invocation.program) onboard --non-interactive --accept-risk --auth-choice skip"])
    }

    private func tryRemote(
        _ answers: inout OnboardAnswers, _ scene: OnboardScene, _ outcome: inout OnboardOutcome
    ) async throws(CommandFailure) {
        let known = scene.snapshot.given("gateway.remote.url")?.string
        guard let text = answers.remoteURL ?? known, let url = try? WebURL(text) else {
            throw .usage("--mode remote needs --remote-url", hint: "\(invocation.program) onboard --help")
        }
        guard !invocation.has("--skip-health") else { return }
        let trial = try RemoteTrial(invocation)
        outcome.remoteVersion = try await trial.ask(
            url, token: answers.remoteToken?.string, password: answers.remotePassword?.string)
        outcome.remote = trial
    }
}

/// The questions, and what is said beside them.
@LoopActor
struct Interview {
    let scene: OnboardScene
    let prompter: Prompter

    init(_ scene: OnboardScene, _ prompter: Prompter) {
        self.scene = scene
        self.prompter = prompter
    }

    func run(_ flags: OnboardFlags) async throws(CommandFailure) -> ExitCode {
        greet()
        let questions = try OnboardQuestions(scene, prompter, flags.answers)
        var given = flags.given
        if try await takesModel(questions) { given.insert(.model) }
        if try await takesChannel(questions) { given.insert(.channel) }
        if given.contains(.remote), try await !takesRemote(questions) { given.remove(.remote) }
        try await questions.ask(OnboardStep.allCases.filter { !given.contains($0) })
        return try await finish(questions)
    }

    /// An address of the command line is not asked for, as long as a gateway answers there.
    private func takesRemote(_ questions: OnboardQuestions) async throws(CommandFailure) -> Bool {
        guard let url = questions.answers.remoteURL.flatMap({ try? WebURL($0) }) else { return false }
        return try await questions.answersThere(url)
    }

    /// A model of the command line is not asked for, as long as it answers.
    private func takesModel(_ questions: OnboardQuestions) async throws(CommandFailure) -> Bool {
        guard !questions.answers.isRemote else { return false }
        let isSkipped = scene.invocation["--auth-choice"] == "skip"
        guard let answer = try await ModelFlags(scene: scene).answer() else { return isSkipped }
        if !scene.invocation.has("--skip-model-test"), !(try await ModelQuestions(questions).answers(answer)) {
            return false
        }
        questions.answers.model = answer
        return true
    }

    /// A platform of the command line is not asked for, as long as it lets the bot in.
    private func takesChannel(_ questions: OnboardQuestions) async throws(CommandFailure) -> Bool {
        guard !questions.answers.isRemote, let draft = try await ChannelFlags(scene: scene).draft() else {
            return false
        }
        guard let answer = try await ChannelStep(questions).known(draft) else { return false }
        questions.answers.channel = answer
        return true
    }

    /// Writes what was answered, and looks whether it works.
    func finish(_ questions: OnboardQuestions) async throws(CommandFailure) -> ExitCode {
        var outcome = OnboardOutcome(scene.invocation, scene, prompter)
        if questions.answers.isRemote { outcome.remote = questions.remote }
        try await outcome.carryOut(questions.answers)
        try outcome.tell()
        return outcome.exitCode
    }

    private func greet() {
        let name = "\(scene.instance.profile)"
        let others = scene.neighbours.all.map { "\($0.name) (\($0.ports.base))" }.joined(separator: ", ")
        prompter.say(
            others.isEmpty
                ? prompter.words(OnboardText.heading, name)
                : prompter.words(OnboardText.headingBeside, name, others))
        prompter.say(prompter.words(OnboardText.goesTo, scene.configName), indent: 2)
        prompter.say(prompter.words(PromptText.manners), indent: 2)
    }
}
