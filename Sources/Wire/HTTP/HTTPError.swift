/// A request that is refused: the status for the peer and, in words, what was wrong and what is allowed.
package struct HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
    package let status: HTTPStatus
    package let message: String

    package init(_ status: HTTPStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    package var description: String { "\(status): \(message)" }
}
