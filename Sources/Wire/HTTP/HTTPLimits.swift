/// How much and how slowly a peer may send before it is refused.
package struct HTTPLimits: Sendable {
    /// Bytes of the request line without its line end; beyond: 414.
    package var requestLine = 8 * 1024
    /// Bytes of the whole head; beyond: 431.
    package var head = 32 * 1024
    /// Header fields; beyond: 431.
    package var fieldCount = 100
    /// Bytes of a body, unless a route allows another number; beyond: 413.
    package var body = 1024 * 1024
    /// From a request's first byte to the end of its head; beyond: 408.
    package var headTime = Duration.seconds(10)
    /// A body may take this long, and longer by a second for each `bodyRate` bytes that came; beyond: 408.
    package var bodyTime = Duration.seconds(30)
    package var bodyRate = 16 * 1024
    /// Without a request in progress; then the connection is closed silently.
    package var idleTime = Duration.seconds(75)
    /// Without a byte taken by a peer for which bytes wait; then the connection is cut.
    package var writeTime = Duration.seconds(30)
    /// Bytes waiting for a peer above which no further request is read and streams wait.
    package var outbox = 256 * 1024

    package init() {}
}
