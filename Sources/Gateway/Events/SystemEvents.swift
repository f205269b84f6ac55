import Agents
import Contract
import Platform
import Store

/// Texts that wait for the next turn of an agent's main session, or its next heartbeat (protocol.md section 7,
/// system-event). They outlive the gateway.
@LoopActor
final class SystemEvents {
    /// Of one agent; the oldest give way.
    nonisolated static let limit = 20
    /// A longer text is cut.
    nonisolated static let textBytes = 4096
    /// Agents for which some wait.
    nonisolated static let agentLimit = 100
    private nonisolated static let fact = "system.events"

    private let clock: any Clock
    private let log: Log
    private let defaultAgent: @LoopActor () -> String
    private var waitingTexts: [String: [String]] = [:]
    /// Handed over, and still in the store: whoever has them may end before a model was told.
    private var handedOver: [String: [String]] = [:]
    private var store: Store?
    private var isWriting = false
    private var mustWrite = false

    init(clock: any Clock, log: Log, defaultAgent: @escaping @LoopActor () -> String) {
        self.clock = clock
        self.log = log
        self.defaultAgent = defaultAgent
    }

    /// Of all agents.
    var waiting: [String] { waitingTexts.sorted { $0.key < $1.key }.flatMap(\.value) }

    func waiting(of agent: String) -> [String] { waitingTexts[agent] ?? [] }

    /// What says the same as the one before it is not kept twice. Without an agent it is for the default one.
    func add(_ text: String, agent: String? = nil) {
        let agent = agent ?? defaultAgent()
        let text = text.withoutOuterSpace.cut(to: Self.textBytes)
        guard !text.isEmpty, waitingTexts[agent]?.last != text else { return }
        guard waitingTexts[agent] != nil || waitingTexts.count < Self.agentLimit else { return }
        waitingTexts[agent] = Array((waiting(of: agent) + [text]).suffix(Self.limit))
        keep()
    }

    /// Hands over what waits for an agent. `told` or `giveBack` has to follow.
    func take(agent: String) -> [String] {
        guard let texts = waitingTexts.removeValue(forKey: agent) else { return [] }
        handedOver[agent, default: []] += texts
        return texts
    }

    /// A model was told of them.
    func told(_ texts: [String], agent: String) {
        guard !texts.isEmpty else { return }
        settle(texts, agent)
        keep()
    }

    private func settle(_ texts: [String], _ agent: String) {
        for text in texts {
            guard let place = handedOver[agent]?.firstIndex(of: text) else { continue }
            handedOver[agent]?.remove(at: place)
        }
        if handedOver[agent]?.isEmpty == true { handedOver[agent] = nil }
    }

    /// Takes back what nobody was told.
    func giveBack(_ texts: [String], agent: String) {
        guard !texts.isEmpty else { return }
        settle(texts, agent)
        waitingTexts[agent] = Array((texts + waiting(of: agent)).suffix(Self.limit))
        keep()
    }

    // MARK: The store

    /// Takes up what waited when the gateway ended.
    func load(_ store: Store) async throws(StoreError) {
        let text = try await store.read { (read) throws(StoreError) in try read.fact(Self.fact) }
        for member in text.flatMap({ try? JSONParser.parse($0) })?.object?.members ?? [] {
            giveBack(member.value.array?.compactMap(\.string) ?? [], agent: member.key)
        }
        self.store = store
    }

    /// One write at a time; what changes meanwhile is in the next.
    private func keep() {
        mustWrite = true
        guard let store, !isWriting else { return }
        isWriting = true
        startTask {
            while self.mustWrite {
                self.mustWrite = false
                let text = self.json.description
                do throws(StoreError) {
                    try await store.write { [time = self.clock.wall] (write) throws(StoreError) in
                        try write.setFact(Self.fact, json: text, at: time)
                    }
                } catch {
                    self.log.warn("what waits for an agent's next turn is not stored", ["reason": LogValue(error)])
                    break
                }
            }
            self.isWriting = false
        }
    }

    private var json: JSON {
        let all = handedOver.merging(waitingTexts) { $0 + $1 }
        return .object(
            JSONObject(
                all.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value.map { .string($0) })) }))
    }
}

extension SystemEvents: TurnNotes {
    func take(for key: SessionKey) -> [String] { key.isMain ? take(agent: key.agentID) : [] }

    func told(_ notes: [String], for key: SessionKey) { told(notes, agent: key.agentID) }

    func giveBack(_ notes: [String], for key: SessionKey) { giveBack(notes, agent: key.agentID) }
}
