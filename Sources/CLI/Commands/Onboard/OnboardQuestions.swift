import Gateway
import Platform
import Settings
import Wire

/// Asks what the command line did not say.
@LoopActor
final class OnboardQuestions {
    enum Outcome { case done, back }

    let scene: OnboardScene
    let prompter: Prompter
    var answers: OnboardAnswers
    let remote: RemoteTrial

    init(_ scene: OnboardScene, _ prompter: Prompter, _ answers: OnboardAnswers) throws(CommandFailure) {
        self.scene = scene
        self.prompter = prompter
        self.answers = answers
        remote = try RemoteTrial(scene.invocation)
    }

    private var config: JSON { scene.snapshot.config }

    func words(_ text: OnboardText, _ values: String...) -> String { text.text(prompter.language, values) }

    /// One after another; back leads to the one that was asked before.
    func ask(_ steps: [OnboardStep]) async throws(CommandFailure) {
        var trail: [Int] = []
        var position = 0
        while position < steps.count {
            guard steps[position].applies(answers, scene) else {
                position += 1
                continue
            }
            switch try await ask(steps[position]) {
            case .done:
                trail.append(position)
                position += 1
            case .back: position = trail.popLast() ?? position
            }
        }
    }

    private func ask(_ step: OnboardStep) async throws(CommandFailure) -> Outcome {
        switch step {
        case .risk: try await risk()
        case .place: try await place()
        case .remote: try await elsewhere()
        case .workspace: try await workspace()
        case .model: try await ModelQuestions(self).ask()
        case .channel: try await ChannelStep(self).ask()
        case .port: try await port()
        case .bind: try await bind()
        case .authentication: try await authentication()
        case .watch: try await watch()
        case .service: try await service()
        case .agreement: try await agreement()
        }
    }

    // MARK: Steps

    private func risk() async throws(CommandFailure) -> Outcome {
        prompter.say(words(.risk, scene.invocation.program))
        guard case .value(let isAccepted) = try await prompter.confirm(words(.acceptRisk), initial: false) else {
            return .back
        }
        guard isAccepted else { throw CommandFailure(.notGood, "not-confirmed", words(.riskRefused)) }
        return .done
    }

    private func place() async throws(CommandFailure) -> Outcome {
        let options = [
            PromptOption(words(.here)), PromptOption(words(.elsewhere), hint: words(.elsewhereHint)),
        ]
        guard
            case .value(let choice) = try await prompter.pick(
                words(.whereRuns), options, initial: answers.isRemote ? 1 : 0)
        else { return .back }
        answers.isRemote = choice == 1
        return .done
    }

    private func elsewhere() async throws(CommandFailure) -> Outcome {
        while true {
            let present = answers.remoteURL ?? config["gateway"]?["remote"]?["url"]?.string
            guard
                case .value(let text) = try await prompter.text(
                    words(.remoteAddress), initial: present,
                    check: { text in
                        let scheme = (try? WebURL(text))?.scheme
                        return scheme == .ws || scheme == .wss ? nil : self.words(.remoteBad, text)
                    })
            else { return .back }
            answers.remoteURL = text
            guard let url = try? WebURL(text), let isKnown = try await remoteSecret() else { continue }
            if isKnown, try await answersThere(url) { return .done }
        }
    }

    /// Nil when the question before is wanted again.
    private func remoteSecret() async throws(CommandFailure) -> Bool? {
        let options = [
            PromptOption(words(.withToken)), PromptOption(words(.withPassword)), PromptOption(words(.withNothing)),
        ]
        while true {
            guard case .value(let choice) = try await prompter.pick(words(.remoteSecret), options) else { return nil }
            answers.remoteToken = nil
            answers.remotePassword = nil
            if choice == 2 { return true }
            let question = choice == 0 ? words(.askToken) : words(.askPassword)
            guard case .value(let secret) = try await prompter.secret(question) else { continue }
            if choice == 0 { answers.remoteToken = .string(secret) } else { answers.remotePassword = .string(secret) }
            return true
        }
    }

    func answersThere(_ url: WebURL) async throws(CommandFailure) -> Bool {
        let name = "\(url.scheme.rawValue)://\(url.peer)"
        let (token, password) = (answers.remoteToken?.string, answers.remotePassword?.string)
        let result = try await prompter.during(words(.asking, name)) { [remote] () -> Result<String, CommandFailure> in
            do throws(CommandFailure) {
                return .success(try await remote.ask(url, token: token, password: password))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let version):
            prompter.say(words(.remoteAnswers, name, version))
            return true
        case .failure(let failure):
            prompter.say(words(.remoteFails, failure.message))
            for detail in failure.details { prompter.say(detail, indent: 2) }
            let options = [
                PromptOption(words(.again)), PromptOption(words(.keepAnyway), hint: words(.keepAnywayHint)),
            ]
            guard case .value(1) = try await prompter.pick(words(.remoteAddress), options) else { return false }
            return true
        }
    }

    private func workspace() async throws(CommandFailure) -> Outcome {
        let present =
            answers.workspace ?? scene.snapshot.string("agents.defaults.workspace")
            ?? scene.instance.shown(scene.instance.workspaceDirectory)
        guard
            case .value(let path) = try await prompter.text(
                words(.workspace), initial: present,
                check: { $0.hasPrefix("/") || $0.hasPrefix("~") ? nil : self.words(.workspaceBad) })
        else { return .back }
        // What holds without a word is not written down.
        let isUsual =
            scene.instance.expanded(path) == scene.instance.workspaceDirectory
            && scene.snapshot.given("agents.defaults.workspace") == nil
        answers.workspace = isUsual ? nil : path
        return .done
    }

    private func port() async throws(CommandFailure) -> Outcome {
        let proposed = answers.port ?? scene.proposedPort
        let plan = PortPlan(base: proposed)
        if let control = plan.control, let browser = plan.browser {
            let isFree = scene.problem(proposed) == nil
            prompter.say(
                words(.portIntro, "\(proposed)", "\(control)", "\(browser.lowerBound)", "\(browser.upperBound)")
                    + (isFree ? " " + words(.portTried) : ""))
        }
        guard
            case .value(let text) = try await prompter.text(
                words(.port), initial: "\(proposed)", check: { self.problem($0) })
        else { return .back }
        answers.port = UInt16(text).flatMap { scene.written($0) }
        return .done
    }

    private func problem(_ text: String) -> String? {
        guard let port = UInt16(text), port > 0 else { return words(.portBad) }
        func shown(_ free: UInt16?) -> String { free.map { "\($0)" } ?? "-" }
        return switch scene.problem(port) {
        case nil: nil
        case .near(let name, let other, let free): words(.portNear, text, name, "\(other)", shown(free))
        case .taken(let taken, let free): words(.portTaken, text, "\(taken)", shown(free))
        }
    }

    private func bind() async throws(CommandFailure) -> Outcome {
        let modes: [(BindMode, OnboardText)] = [
            (.loopback, .bindLoopback), (.lan, .bindLan), (.tailnet, .bindTailnet), (.auto, .bindAuto),
            (.custom, .bindCustom),
        ]
        let present = answers.bind ?? scene.snapshot.string("gateway.bind").flatMap(BindMode.init)
        let options = modes.map { mode, text in
            PromptOption(words(text), hint: mode == .lan || mode == .custom ? words(.bindOpen) : nil)
        }
        while true {
            guard
                case .value(let choice) = try await prompter.pick(
                    words(.bind), options, initial: modes.firstIndex { $0.0 == present } ?? 0)
            else { return .back }
            let mode = modes[choice].0
            answers.customHost = nil
            answers.bind = mode == .loopback && scene.snapshot.given("gateway.bind") == nil ? nil : mode
            guard mode == .custom else { return .done }
            guard
                case .value(let host) = try await prompter.text(
                    words(.bindHost), initial: scene.snapshot.given("gateway.customBindHost")?.string,
                    check: { SocketAddress(host: $0, port: 1) == nil ? self.words(.bindHostBad) : nil })
            else { continue }
            answers.customHost = host
            return .done
        }
    }

    private func authentication() async throws(CommandFailure) -> Outcome {
        let first: OnboardText = scene.hasAuthentication ? .authKeep : .authGenerated
        let options = [first, .authToken, .authPassword].map { PromptOption(words($0)) }
        while true {
            guard case .value(let choice) = try await prompter.pick(words(.auth), options) else { return .back }
            if choice == 0 {
                answers.secret = .generated
                return .done
            }
            let question = choice == 1 ? words(.askToken) : words(.askPassword)
            guard
                case .value(let secret) = try await prompter.secret(question, check: { self.objection(to: $0) })
            else { continue }
            answers.secret = choice == 1 ? .token(.string(secret)) : .password(.string(secret))
            return .done
        }
    }

    private func objection(to secret: String) -> String? {
        if secret.count < OnboardScene.shortestSecret { return words(.secretShort, "\(OnboardScene.shortestSecret)") }
        return scene.user(of: secret).map { words(.secretUsed, $0.profile, $0.setting) }
    }

    private func watch() async throws(CommandFailure) -> Outcome {
        guard let name = scene.watchable else { return .done }
        prompter.say(words(.watchIntro, name))
        guard
            case .value(let isWanted) = try await prompter.confirm(
                words(.watch, name), initial: answers.watch != nil || scene.instance.profile.description == "rescue")
        else { return .back }
        answers.watch = isWanted ? name : nil
        return .done
    }

    private func service() async throws(CommandFailure) -> Outcome {
        guard
            case .value(let isWanted) = try await prompter.confirm(
                words(.service), initial: answers.installsService ?? true)
        else { return .back }
        answers.installsService = isWanted
        return .done
    }

    private func agreement() async throws(CommandFailure) -> Outcome {
        let edits = OnboardPlan(answers).edits(scene.snapshot.parsed)
        if edits.isEmpty {
            prompter.say(words(.nothingToWrite))
        } else {
            prompter.say(words(.plan, scene.configName))
            for line in OnboardPlan.lines(edits) { prompter.say(line, indent: 2) }
        }
        if answers.installsService == true { prompter.say(words(.planService)) }
        guard case .value(let isWanted) = try await prompter.confirm(words(.agree), initial: true) else { return .back }
        guard isWanted else { throw prompter.left() }
        return .done
    }
}
