package import Wire

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
