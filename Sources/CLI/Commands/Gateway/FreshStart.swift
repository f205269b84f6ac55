import Platform
import Settings

/// `gateway run --dev --reset`: the dev profile begins with nothing. What was there keeps lying beside it.
struct FreshStart {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    @LoopActor
    func run() async throws(CommandFailure) {
        let instance = invocation.instance
        guard instance.profile == .dev else {
            throw .usage("--reset is for the dev profile alone", hint: "openclaw --dev gateway run --reset")
        }
        let aside = PuttingAside(invocation)
        try await aside.refuseIfRunning("reset")
        for (from, to) in try await aside.move([instance.stateDirectory, instance.workspaceDirectory]) {
            invocation.output.note(
                "openclaw: put aside \(instance.shown(from)); undo: mv \(instance.shown(to)) \(instance.shown(from))")
        }
    }
}
