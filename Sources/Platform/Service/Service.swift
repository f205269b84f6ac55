/// A part of the process that lives as long as it is wanted: a listener, a channel, the monitor.
@LoopActor
package protocol Service: AnyObject, Sendable {
    /// For the log and for messages.
    var name: String { get }

    /// Works until drained, and returns when what it had begun is finished. A cancelled task means: at once.
    func run() async throws

    /// Asks `run` to come to its end: take nothing new, finish what is under way. Called at most once, and only while
    /// `run` is at work.
    func drain()
}

/// What it means for the others when a service ends that nobody asked to.
package enum ServiceEnd: Sendable {
    /// Without it nothing else makes sense: all are cancelled at once.
    case endsGroup
    /// The others finish in order.
    case drainsGroup
    /// The others go on.
    case ignored
}

/// How a group came to its end.
package enum ServiceOutcome: Equatable, Sendable {
    /// Everything finished in order.
    case drained
    /// A deadline or a second request cut it short. Those named had not even then ended and were left behind.
    case cutShort(left: [String])
    /// A service failed first; the text is its error.
    case failed(service: String, reason: String)
}

/// The life of a group as it happens, for the log and for tests, which read it as a transcript.
package enum ServiceEvent: Equatable, Sendable {
    case started(String)
    case draining(String)
    case returned(String)
    case failed(String, reason: String)
    case cancelled(String)
    case leftBehind(String)
}
