import Platform

/// Everything about approvals, put together.
@LoopActor
struct ApprovalServices {
    let pending: ExecApprovals
    let file: ApprovalsFile

    init(stateDirectory: String, hub: EventHub, clock: any Clock) {
        pending = ExecApprovals(hub: hub, clock: clock)
        file = ApprovalsFile(stateDirectory: stateDirectory)
    }
}
