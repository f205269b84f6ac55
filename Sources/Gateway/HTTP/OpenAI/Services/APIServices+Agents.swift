import Agents
import Platform
import Settings
import Wire

extension APIServices {
    /// Serves these agents.
    func connect(_ agents: AgentServices) {
        runs = agents.runs
        parts.models = ConfiguredModelNames(agents.models)
        parts.embeddings = ConfiguredEmbeddings(agents.models)
        parts.images = WebImages(OutboundGuard.client(OutboundGuard(), clock: clock))
    }

    /// The sessions are there from now on.
    func opened(_ shelf: SessionShelf) { parts.sessions = KeptSessions(shelf) }

    /// Takes over what a configuration says of embeddings.
    func take(_ snapshot: ConfigSnapshot) {
        (parts.embeddings as? ConfiguredEmbeddings)?.config = snapshot.resolved
    }
}
