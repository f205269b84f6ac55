package import Platform

/// Does what a promotion or a demotion consists of. `time` is how long the machine waits; what is not done by then may go
/// on, and is not heard of any more.
@LoopActor
package protocol FailoverSteps: AnyObject, Sendable {
    func run(_ step: FailoverStep, within time: Milliseconds) async -> StepOutcome
}
