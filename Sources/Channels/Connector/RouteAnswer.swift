package import Platform
package import Wire

/// A connector that its platform brings events to, by requests to a route of ours. Only it can tell whether they are
/// the platform's.
@LoopActor
package protocol RouteServing: AnyObject {
    /// Returns when what the request brings is kept. `field` gives its header fields.
    func receive(_ body: [UInt8], _ field: (String) -> String?) async -> RouteAnswer
}

/// What is to be said to a request that a platform makes to a route of ours.
package struct RouteAnswer: Equatable, Sendable {
    package let status: HTTPStatus
    package let text: String
    /// Whether what it brought is on the disk; Telegram's route says so in a field of its own.
    package let isKept: Bool

    package init(status: HTTPStatus, text: String, isKept: Bool = false) {
        self.status = status
        self.text = text
        self.isKept = isKept
    }
}
