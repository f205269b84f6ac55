package import Platform

/// Answers what was said. The gateway implements it: policy, routing, a run of an agent.
@LoopActor
package protocol InboxHandling: AnyObject, Sendable {
    /// Returns when nothing more will be said to it. Begun in the order in which the messages of an account came in; one
    /// whose beginning the process did not survive is begun again.
    func handle(_ item: InboxItem) async -> InboxVerdict
}

/// What became of a message.
package enum InboxVerdict: Sendable {
    /// It is done with, and so are others that were one with it; the replies are kept in the same moment.
    case finished([OutboxEntry], with: [Int64] = [])
    /// It cannot be answered now.
    case later(String)
    /// It cannot be answered at all.
    case never(String)
}
