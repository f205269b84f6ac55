import Platform

/// The questions in their order. A question more is a case more, and what asks it.
enum OnboardStep: String, CaseIterable, Sendable {
    case risk, place, remote, workspace, model, channel, port, bind, authentication, watch, service, agreement

    /// Whether it is asked at all, after these answers.
    @LoopActor
    func applies(_ answers: OnboardAnswers, _ scene: OnboardScene) -> Bool {
        switch self {
        case .risk, .place, .agreement: true
        case .remote: answers.isRemote
        case .workspace, .model, .channel, .port, .bind, .authentication: !answers.isRemote
        case .watch: !answers.isRemote && scene.watchable != nil
        case .service: !answers.isRemote && scene.canInstall
        }
    }
}
