import Platform

/// Everything about nodes, put together.
@LoopActor
struct NodeServices {
    let book: NodeBook
    let pairings: NodePairings
    let invocations: NodeInvocations
    let registry: NodeRegistry
    let events: NodeEvents
    let invoker: NodeInvoker
    let removal: NodeRemoval

    init(hub: EventHub, approvals: ExecApprovals, repeats: Deduplication, clock: any Clock, log: Log) {
        book = NodeBook(clock: clock, log: log)
        pairings = NodePairings(book: book, hub: hub, clock: clock)
        invocations = NodeInvocations(clock: clock)
        registry = NodeRegistry(book: book, pairings: pairings, invocations: invocations, clock: clock, log: log)
        events = NodeEvents(book: book)
        invoker = NodeInvoker(
            registry: registry, invocations: invocations, gate: SystemRunGate(approvals: approvals), repeats: repeats)
        removal = NodeRemoval(registry: registry, pairings: pairings)
    }
}
