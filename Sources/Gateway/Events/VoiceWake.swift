import Contract
import Platform
import Store

/// The words that wake a listening node. They outlive the gateway.
@LoopActor
final class VoiceWake {
    nonisolated static let usual = ["openclaw", "claude", "computer"]
    nonisolated static let limit = 32
    nonisolated static let wordBytes = 64
    private nonisolated static let fact = "voicewake"

    private(set) var triggers = VoiceWake.usual
    private let hub: EventHub
    private let clock: any Clock
    private var store: Store?

    init(hub: EventHub, clock: any Clock) {
        self.hub = hub
        self.clock = clock
    }

    var json: JSON { ["triggers": .array(triggers.map { .string($0) })] }

    /// Takes up what was set before the gateway was started.
    func load(_ store: Store) async throws(StoreError) {
        self.store = store
        guard let text = try await store.read({ (read) throws(StoreError) in try read.fact(Self.fact) }),
            let kept = try? JSONParser.parse(text)["triggers"]?.array?.compactMap(\.string)
        else { return }
        triggers = Self.cleaned(kept)
    }

    /// Keeps the words and tells everyone who listens. Without any, the usual ones hold again.
    func set(_ words: [String]) async throws(RPCError) {
        guard let store else { throw .unavailable("the state is not open") }
        let words = Self.cleaned(words)
        let text = JSON.object(JSONObject([("triggers", .array(words.map { .string($0) }))])).description
        do throws(StoreError) {
            try await store.write { [time = clock.wall] (write) throws(StoreError) in
                try write.setFact(Self.fact, json: text, at: time)
            }
        } catch {
            throw .unavailable("the wake words could not be kept: \(error)")
        }
        triggers = words
        hub.broadcast(.voicewakeChanged, json)
    }

    nonisolated static func cleaned(_ words: [String]) -> [String] {
        let words = words.map { $0.withoutOuterSpace.cut(to: wordBytes) }.filter { !$0.isEmpty }
        return words.isEmpty ? usual : Array(words.prefix(limit))
    }
}

extension VoiceWake: ClientWatching {
    /// Nodes are told when they come (protocol.md section 3.4).
    func entered(_ client: Client) {
        if client.role == .node { client.send(.voicewakeChanged, json) }
    }

    func left(_ client: Client) {}
}
