package import Platform
package import Settings

/// The operator's program that is run before the standby acts.
package struct PromotionHook: SyncStep {
    private let path: String
    private let instance: Instance
    private let programs: SyncPrograms

    package init(_ path: String, _ instance: Instance, _ programs: SyncPrograms) {
        self.path = path
        self.instance = instance
        self.programs = programs
    }

    package func run(by deadline: Instant) async -> StepOutcome {
        do throws(SyncFailure) {
            let result = try await programs.run(
                [path],
                adding: [
                    "OPENCLAW_STATE_DIR": instance.stateDirectory, "OPENCLAW_PROFILE": "\(instance.profile)",
                    "OPENCLAW_FAILOVER_STEP": "prePromote",
                ], by: deadline)
            guard !result.succeeded else { return .done }
            let said = SyncText.reason(result.errorText)
            return .failed("\(path): \(result.ending)" + (said.isEmpty ? "" : ": \(said)"))
        } catch {
            return .failed("\(error)")
        }
    }
}
