import Platform
import Wire

extension MatrixConnector: SessionEnding {
    /// One that the homeserver does not know any more is ended already.
    package func endSession() async throws(ConnectorFault) {
        if case .token(let token) = settings.credentials { api.token = token } else { _ = try await probe() }
        do throws(MatrixTrouble) {
            _ = try await api.call(.post, ["logout"], [:])
        } catch .refused(401, _, _, _) {
            return
        } catch {
            throw error.fault
        }
    }
}
