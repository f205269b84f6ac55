import Channels
import Models
import Platform
import Settings

/// What the standby is to be set to, by what this node's configuration says: the smallest that can answer.
@LoopActor
struct PairPlan {
    static let tokenSetting = "failover.peers[0].token"
    /// Of a channel both nodes have: where it is reached and who may write to it.
    private static let sharedSettings = ["apiRoot", "baseUrl", "homeserver", "host", "dmPolicy", "allowFrom"]

    private let invocation: Invocation
    private let snapshot: ConfigSnapshot

    init(_ invocation: Invocation, _ snapshot: ConfigSnapshot) {
        self.invocation = invocation
        self.snapshot = snapshot
    }

    // MARK: Channels

    /// Bots for the standby, from `--channel name:token-file`. None of them may be one of this node's own.
    func channels() async throws(CommandFailure) -> [ChannelDraft] {
        var drafts: [ChannelDraft] = []
        for text in invocation.values["--channel"] ?? [] {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, !parts[1].isEmpty else {
                throw .usage(
                    "--channel: \"\(text.shown)\" is not name:token-file, as discord:~/standby-token",
                    hint: "usage: \(invocation.command.usage)")
            }
            var draft = ChannelDraft(try invocation.platform(parts[0].lowercased()))
            let token = try await invocation.secretFile(parts[1])
            draft.values = [(draft.platform.tokenSetting, .string(token))]
            for (name, value) in shared(draft.platform) { draft.values.append((name, value)) }
            try await check(draft, token)
            drafts.append(draft)
        }
        return drafts
    }

    private func shared(_ platform: ChannelPlatform) -> [(String, JSON)] {
        let section = snapshot.config["channels"]?[platform.id]
        return Self.sharedSettings.compactMap { name in section?[name].map { (name, $0) } }
    }

    private func check(_ draft: ChannelDraft, _ token: String) async throws(CommandFailure) {
        let digest = SHA256.hash(Array(token.utf8))
        let own = DoctorProfile.digests(snapshot.resolved["channels"])
        let theirs = await Neighbours(beside: invocation).user(of: token)
        if let setting = own.filter({ $0.value == digest }).keys.min() ?? theirs?.setting {
            throw CommandFailure(
                .notGood, "token-taken", "--channel: that is the bot of this node (\(setting))",
                details: ["with one bot for both, each would take the other's messages; make a second one"])
        }
        guard !invocation.has("--offline") else { return }
        var config: JSON = [:]
        config.set(["channels", draft.platform.id], [:])
        let label = draft.platform.facts.label
        guard let settings = draft.settings(in: config, { _ in nil }) else { return }
        switch await draft.verdict(settings, invocation) {
        case .known: return
        case .refused(let fault):
            throw CommandFailure(
                .notGood, "channel", "\(label) does not let the standby's bot in: \(fault.reason.shown)",
                details: ["nothing was changed; --offline does not ask"])
        case .incomplete(let problem):
            throw CommandFailure(
                .notGood, "channel", "\(label): \(problem.setting.shown) \(problem.reason.shown)",
                details: [problem.cure, "set it on the standby afterwards, and give --offline now"])
        }
    }

    // MARK: The whole

    func bundle(_ journal: PairJournal, _ drafts: [ChannelDraft], token: String, bind: String) -> PairBundle {
        var bundle = PairBundle(pair: journal.pair)
        bundle.settings = [
            ("gateway.mode", "local"), ("gateway.port", .int(Int64(journal.standbyPort))),
            ("gateway.bind", .string(bind)),
            ("failover.enabled", true), ("failover.mode", "split"), ("failover.role", "standby"),
            ("failover.priority", 1),
            (
                "failover.peers",
                [["url": .string(journal.primaryURL), "priority": 0, "token": KeptSecrets.ref(Self.tokenSetting)]]
            ),
            ("failover.channels", .array(journal.channels.map(JSON.string))),
        ]
        bundle.secrets = [Self.tokenSetting: token]
        for draft in drafts { add(draft, &bundle) }
        addModels(&bundle)
        return bundle
    }

    private func add(_ draft: ChannelDraft, _ bundle: inout PairBundle) {
        for (setting, value) in draft.values {
            let path = "channels.\(draft.platform.id).\(setting)"
            if setting.hasSameBytes(as: draft.platform.tokenSetting), let token = value.string {
                bundle.secrets[path] = token
            } else {
                bundle.settings.append((path, value))
            }
        }
    }

    /// The models that answer by default, with their keys.
    private func addModels(_ bundle: inout PairBundle) {
        let models = ModelConfiguration(snapshot)
        guard let choice = models.defaultChoice else { return }
        if let written = snapshot.config["agents"]?["defaults"]?["model"] {
            bundle.settings.append(("agents.defaults.model", written))
        }
        var providers: [String] = []
        for reference in choice.chain where !providers.contains(reference.provider) {
            providers.append(reference.provider)
        }
        for id in providers {
            let place = "models.providers.\(id)"
            if var written = snapshot.resolved["models"]?["providers"]?[id], written.object != nil {
                written["apiKey"] = nil
                written["headers"] = nil
                if written.object?.isEmpty == false { bundle.settings.append((place, written)) }
            }
            if let key = models.providers[id]?.profiles.first?.key { bundle.secrets["\(place).apiKey"] = key }
        }
    }
}
