package import Platform

/// What session tools need beside `SessionKeeping`: to find sessions. The keeper of the sessions' index implements it.
@LoopActor
package protocol SessionListing: AnyObject, Sendable {
    /// Records of sessions that exist, the latest first.
    func list(agentID: String?, limit: Int) async throws(SessionError) -> [SessionRecord]
    /// The record, without making a new session; nil when there is none.
    func find(_ key: SessionKey) async throws(SessionError) -> SessionRecord?
}

/// Which agents there are.
@LoopActor
package protocol AgentListing: AnyObject, Sendable {
    var agents: [AgentSummary] { get }
}

/// An agent, as others see it.
package struct AgentSummary: Equatable, Sendable {
    package let id: String
    package let name: String?
    package let isDefault: Bool

    package init(id: String, name: String?, isDefault: Bool) {
        self.id = id
        self.name = name
        self.isDefault = isDefault
    }
}

/// Which sessions a tool call may see: `tools.sessions.visibility`.
package enum SessionVisibility: String, CaseIterable, Sendable {
    /// The session itself.
    case own = "self"
    /// And those that were spawned from it, at any depth.
    case tree
    /// All of its agent.
    case agent
    /// All.
    case all
}

/// Decides what a session may see of others. Spawned sessions stand below the one that spawned them by their key.
@LoopActor
struct SessionSight {
    let visibility: SessionVisibility
    let key: SessionKey
    let listing: any SessionListing

    /// How far up the tree is looked for a session's own.
    static let depthLimit = 16

    /// The record of a session that may be seen. One that may not is spoken of as if it were not there.
    func record(_ text: String, defaultAgent: String) async throws(ToolProblem) -> SessionRecord {
        let wanted = try Self.key(text, defaultAgent)
        let found: SessionRecord?
        do throws(SessionError) { found = try await listing.find(wanted) } catch { throw .said("\(error)") }
        guard let found, try await sees(found) else {
            throw .said("there is no session \"\(ToolText.head(text, 200))\" that this one may see; see sessions_list")
        }
        return found
    }

    func sees(_ record: SessionRecord) async throws(ToolProblem) -> Bool {
        if record.key == key { return true }
        switch visibility {
        case .own: return false
        case .all: return true
        case .agent: return record.key.agentID == key.agentID
        case .tree: return try await isBelow(record)
        }
    }

    private func isBelow(_ record: SessionRecord) async throws(ToolProblem) -> Bool {
        var parent = record.choices.spawnedBy
        for _ in 0..<Self.depthLimit {
            guard let text = parent else { return false }
            if text == "\(key)" { return true }
            do throws(SessionError) {
                parent = try await listing.find(try Self.parsed(text))?.choices.spawnedBy
            } catch {
                return false
            }
        }
        return false
    }

    /// `agent:<id>:<rest>`, or the rest alone for the agent's own.
    static func key(_ text: String, _ agentID: String) throws(ToolProblem) -> SessionKey {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= 512, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f }), !text.contains("..")
        else {
            throw .said("\"\(ToolText.head(text, 64))\" is no session key; one looks like agent:main:main")
        }
        do throws(SessionError) { return try parsed(text) } catch { return SessionKey(agentID: agentID, rest: text) }
    }

    private static func parsed(_ text: String) throws(SessionError) -> SessionKey {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] == "agent", !parts[1].isEmpty, !parts[2].isEmpty else { throw .badKey(text) }
        return SessionKey(agentID: parts[1], rest: parts[2])
    }
}
