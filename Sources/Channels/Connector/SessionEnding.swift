package import Platform

/// A platform on which logging in leaves a session behind, which somebody who has its token could go on with.
@LoopActor
package protocol SessionEnding: AnyObject, Sendable {
    /// Ends it there: what let us in is good for nothing any more.
    func endSession() async throws(ConnectorFault)
}
