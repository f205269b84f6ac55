import Platform
import Settings

extension Command {
    static let configure = Command(
        "configure", "answer one part of the first setup again: model, channels, gateway, workspace, service",
        notes:
            "It asks as onboard does, shows what would change, and writes it at once. Without a terminal, config set "
            + "and models set do the same.",
        arguments: [
            Argument(
                "section", "which part", .optional, kind: .oneOf(ConfigureSection.allCases.map(\.rawValue)))
        ],
        flags: [
            Flag(
                "--section", "<section>", "the same, and more than one",
                kind: .oneOf(ConfigureSection.allCases.map(\.rawValue)), isRepeatable: true)
        ],
        examples: ["openclaw configure model", "openclaw configure --section gateway --section service"],
        seeAlso: ["onboard", "config set", "models set"],
        run: { invocation throws(CommandFailure) in try await configureSections(invocation) })
}

/// A part that is answered again. `daemon` is another name of the service.
enum ConfigureSection: String, CaseIterable, Sendable {
    case model, gateway, workspace, service, daemon, remote, channels

    var steps: [OnboardStep] {
        switch self {
        case .model: [.model]
        case .gateway: [.port, .bind, .authentication]
        case .workspace: [.workspace]
        case .service, .daemon: [.service]
        case .remote: [.place, .remote]
        case .channels: [.channel]
        }
    }
}

@LoopActor
private func configureSections(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let program = invocation.program
    guard invocation.canAsk else {
        throw CommandFailure(
            .notGood, "no-terminal", "there is no terminal to ask on, and nothing was changed",
            next: [
                "\(program) config set <setting> <value>", "\(program) models set <model>",
                "\(program) channels login --channel <name> --token-file <path>",
            ])
    }
    let scene = try await OnboardScene(invocation)
    let prompter = try Prompter(invocation)
    defer { prompter.close() }
    var names = (invocation.arguments + (invocation.values["--section"] ?? []))
    if names.isEmpty {
        let all = ConfigureSection.allCases.filter { $0 != .daemon }
        let options = all.map { PromptOption($0.rawValue) }
        var choice: Int?
        while choice == nil {
            guard case .value(let number) = try await prompter.pick(prompter.words(OnboardText.section), options)
            else { continue }
            choice = number
        }
        names = [all[choice ?? 0].rawValue]
    }
    let wanted = Set(names.compactMap(ConfigureSection.init).flatMap(\.steps))
    return try await Interview(scene, prompter).runSections(
        OnboardStep.allCases.filter { wanted.contains($0) || $0 == .agreement })
}

extension Interview {
    fileprivate func runSections(_ steps: [OnboardStep]) async throws(CommandFailure) -> ExitCode {
        var answers = OnboardAnswers()
        answers.isRemote = scene.snapshot.given("gateway.mode")?.string == "remote"
        if answers.isRemote, !steps.contains(.place) {
            throw CommandFailure(
                .notGood, "remote", "gateway.mode is remote: that gateway is set up on its own machine",
                next: ["\(scene.invocation.program) configure remote"])
        }
        let questions = try OnboardQuestions(scene, prompter, answers)
        try await questions.ask(steps)
        return try await finish(questions)
    }
}
