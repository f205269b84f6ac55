import Channels
import Gateway
import Models
import Platform
import Settings
import Supervision

/// Carries a plan out, and says what became of it.
@LoopActor
struct OnboardOutcome {
    /// How long a gateway that was started has until it answers.
    static let healthTime = Duration.seconds(60)

    private let invocation: Invocation
    private let scene: OnboardScene
    private let prompter: Prompter?
    private var answers = OnboardAnswers()
    private var changed: [String] = []
    private var workspace: String?
    private var notes: String?
    private var service: ServiceInstallation.Installed?
    private var health: Result<Duration, CommandFailure>?
    private var trouble: CommandFailure?
    var trial: ModelTrial.Outcome?
    var remote: RemoteTrial?
    var remoteVersion: String?

    init(_ invocation: Invocation, _ scene: OnboardScene, _ prompter: Prompter? = nil) {
        self.invocation = invocation
        self.scene = scene
        self.prompter = prompter
    }

    private var instance: Instance { invocation.instance }
    private var language: Language { prompter?.language ?? .english }

    private func words(_ text: OnboardText, _ values: String...) -> String { text.text(language, values) }

    var exitCode: ExitCode {
        if let trouble { return trouble.code }
        if case .failure(let failure) = health { return failure.code }
        return .good
    }

    // MARK: Doing

    mutating func carryOut(_ answers: OnboardAnswers) async throws(CommandFailure) {
        self.answers = answers
        changed = try await invocation.carryOut(OnboardPlan(answers))
        try remote?.keep()
        guard !answers.isRemote else { return }
        workspace = await invocation.workspacePath()
        try await writeNotes()
        prompter?.leaving = words(.notAwaited)
        if answers.installsService == true { try await install() }
        try await look()
    }

    /// A rescue gateway's agent is told whom it is to help, and how.
    private mutating func writeNotes() async throws(CommandFailure) {
        guard let main = helped, let workspace, !answers.skipsBootstrap else { return }
        let rescue = RescueNotes(main: main, own: instance)
        do throws(FileError) {
            notes = try await BlockingPool.shared.run { () throws(FileError) in try rescue.write(workspace) }
        } catch {
            throw CommandFailure(.notGood, "file", "\(error)")
        }
    }

    /// The gateway that this one is there for: the one it watches, or the default one where it is called rescue.
    private var helped: Instance? {
        let watched = answers.watch ?? scene.snapshot.given("rescue.watch")?.string
        let isRescue = instance.profile.description == "rescue"
        guard let name = watched ?? (isRescue ? "default" : nil), name != instance.profile.description else {
            return nil
        }
        var flags = Instance.Flags()
        flags.profile = name
        return try? Instance(flags: flags, environment: ["HOME": instance.homeDirectory])
    }

    private mutating func install() async throws(CommandFailure) {
        let invocation = invocation
        let result = try await during(words(.installing)) {
            () -> Result<ServiceInstallation.Installed, CommandFailure> in
            do throws(CommandFailure) {
                return .success(try await ServiceInstallation(invocation).installUsual())
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let installed): service = installed
        case .failure(let failure): trouble = failure
        }
    }

    /// Asks the gateway that was started, or that runs anyway.
    private mutating func look() async throws(CommandFailure) {
        guard service != nil || scene.isRunning, !invocation.has("--skip-health") else { return }
        let invocation = invocation
        health = try await during(words(.checking)) { await Self.asked(invocation) }
    }

    private static func asked(_ invocation: Invocation) async -> Result<Duration, CommandFailure> {
        let clock = invocation.surroundings.clock
        let end = clock.now + healthTime
        while true {
            let began = clock.now
            do throws(CommandFailure) {
                try await invocation.withGateway { gateway throws(CommandFailure) in
                    _ = try await gateway.call("health")
                }
                return .success(clock.now - began)
            } catch {
                guard error.code == .unreachable || error.code == .tryAgain, clock.now < end else {
                    return .failure(error)
                }
                try? await clock.sleep(for: RunningGateway.interval)
            }
        }
    }

    private func during<Value: Sendable>(
        _ text: String, _ body: @escaping @LoopActor @Sendable () async -> Value
    ) async throws(CommandFailure) -> Value {
        guard let prompter else { return await body() }
        return try await prompter.during(text, body)
    }

    // MARK: Telling

    private var next: [String] {
        let program = invocation.program
        if answers.isRemote { return ["\(program) status"] }
        var next: [String] = trouble?.next ?? []
        if service == nil, !scene.isRunning, trouble == nil {
            if scene.canInstall { next.append("\(program) gateway install") }
            next.append("\(program) gateway run")
        }
        if answers.model == nil, scene.models.defaultChoice == nil { next.append("\(program) configure model") }
        if service != nil || scene.isRunning { next.append("\(program) tui") }
        next.append("\(program) gateway status")
        if let pairing { next.append(pairing) }
        return next
    }

    /// Whoever writes to the bot first is let in by this.
    private var pairing: String? {
        guard let channel = answers.channel, channel.offersPairing else { return nil }
        return "\(invocation.program) pairing approve \(channel.draft.platform.id) CODE"
    }

    func tell() throws(CommandFailure) {
        if invocation.output.isJSON { return invocation.output.json(json) }
        say(
            changed.isEmpty
                ? words(.nothingChanged, scene.configName)
                : words(.written, scene.configName, changed.joined(separator: ", ")))
        if let version = remoteVersion { say(words(.remoteAnswers, "gateway.remote.url", version)) }
        if let workspace { say(words(.workspaceReady, instance.shown(workspace))) }
        if let notes, let helped {
            say(words(.rescueNotes, instance.shown(notes), "\(helped.profile)"))
        }
        if prompter == nil, let trial { say(words(.modelAnswers, "\(trial.model)", Age.latency(trial.total))) }
        if let service {
            say("✓ \(service.state.name): \(service.state.condition.word)")
            for note in service.notes { say("  \(note)") }
        }
        if let trouble {
            say("✗ \(trouble.message)")
            for detail in trouble.details { say("  \(detail)") }
        }
        switch health {
        case .success(let time): say(words(.healthy, Age.latency(time)))
        case .failure(let failure):
            say(words(.unhealthy, failure.message))
            for detail in failure.details { say("  \(detail)") }
        case nil: if !answers.isRemote, service == nil { say(words(.notStarted)) }
        }
        if !answers.isRemote, prompter != nil, !scene.canInstall { say(words(.noService)) }
        if answers.watch == nil, instance.profile == .default, !answers.isRemote, prompter != nil {
            say(words(.standbyNext, invocation.program))
        }
        say(words(.next))
        for command in next where command != pairing { invocation.output.line("  \(command)") }
        if let pairing, let channel = answers.channel {
            say(ChannelText.writeTo.text(language, [channel.name.shown]))
            invocation.output.line("  \(pairing)")
        }
    }

    private func say(_ text: String) {
        if let prompter { prompter.say(text) } else { invocation.output.sentence(text) }
    }

    private var json: JSON {
        var json: JSON = [
            "ok": .bool(exitCode == .good), "profile": .string("\(instance.profile)"),
            "mode": answers.isRemote ? "remote" : "local", "config": .string(instance.configPath),
            "changed": .array(changed.map { .string($0) }), "next": .array(next.map { .string($0) }),
        ]
        if let remoteVersion { json["remote"] = ["version": .string(remoteVersion)] }
        guard !answers.isRemote else { return json }
        json["workspace"] = workspace.map(JSON.string)
        json["port"] = .int(Int64(answers.port ?? scene.presentPort))
        json["bind"] = .string(answers.bind?.rawValue ?? scene.snapshot.string("gateway.bind") ?? "loopback")
        let model = answers.model?.reference ?? scene.models.defaultChoice?.primary
        json["model"] = model.map { .string("\($0)") } ?? .null
        if let trial { json["modelTest"] = ["ok": true, "totalMs": .int(trial.total.inNanoseconds / 1_000_000)] }
        if let channel = answers.channel {
            json["channel"] = [
                "channel": .string(channel.draft.platform.id), "accountId": .string(channel.draft.name),
                "bot": ["id": .string(channel.bot.id), "name": .string(channel.bot.name)],
                "findings": .array(channel.bot.findings.map { .string($0) }),
            ]
        }
        if let notes { json["rescueNotes"] = .string(notes) }
        if let service {
            json["service"] = [
                "name": .string(service.state.name), "state": .string(service.state.condition.word),
                "change": .string(service.outcome.change?.rawValue ?? "none"),
            ]
        }
        switch health {
        case .success(let time): json["health"] = ["ok": true, "latencyMs": .int(time.inNanoseconds / 1_000_000)]
        case .failure(let failure): json["health"] = ["ok": false, "error": .string(failure.message)]
        case nil: json["health"] = .null
        }
        if let trouble { json["error"] = trouble.json["error"] }
        return json
    }
}
