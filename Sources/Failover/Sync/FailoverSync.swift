package import Platform
package import Settings

/// The steps with programs outside that this node's settings ask for, ready to be run.
@LoopActor
package final class FailoverSync {
    /// What a push or pull may take when nobody waits for it.
    static let roundLimit = Duration.seconds(120)

    /// The primary's pushes; nil on a standby.
    package let push: RepeatedStep?
    /// The standby's pulls; nil on the primary, and where `promote.gitPull` is off.
    package let pull: RepeatedStep?
    private let secrets: SecretsCopy?
    private let hook: PromotionHook?

    package init(
        _ settings: FailoverSettings, _ instance: Instance, workspace: String, host: String, _ programs: SyncPrograms
    ) {
        let interval = Duration.milliseconds(settings.pushInterval)
        func repeated(_ name: String, _ step: any SyncStep) -> RepeatedStep {
            RepeatedStep(name, step, every: interval, limit: Self.roundLimit, clock: programs.clock)
        }
        // On one host there is one workspace each, and none is copied.
        let copies = settings.isEnabled && settings.mode == .split && settings.promotion.pullsWorkspace
        let isPrimary = settings.role == .primary
        push =
            copies && isPrimary
            ? repeated("the push of the workspace", WorkspacePush(workspace, programs, host: host)) : nil
        pull = copies && !isPrimary ? repeated("the pull of the workspace", WorkspaceCopy(workspace, programs)) : nil
        secrets = isPrimary ? nil : settings.promotion.secretsHost.map { SecretsCopy($0, instance, programs) }
        hook = isPrimary ? nil : settings.promotion.hook.map { PromotionHook($0, instance, programs) }
    }

    /// What runs as long as the gateway does.
    package var services: [RepeatedStep] { [push, pull].compactMap { $0 } }

    /// One of the first three steps of a promotion. What is not wanted is done.
    package func run(_ step: FailoverStep, by deadline: Instant) async -> StepOutcome {
        switch step {
        case .pull: await pull?.run(by: deadline) ?? .done
        case .secrets: await secrets?.run(by: deadline) ?? .done
        case .hook: await hook?.run(by: deadline) ?? .done
        case .ownership, .bringUp, .drain, .hold: .failed("\(step.word) is no step of copying")
        }
    }
}
