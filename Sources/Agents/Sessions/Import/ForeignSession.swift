import Models
import Platform

/// An entry of `sessions.json`.
extension SessionRecord {
    /// What the source's list says of the session. Fields that came later or have gone since are simply not there.
    init(foreign entry: JSONObject, _ key: SessionKey, id: String, begun: WallTime?) {
        let updated = WallTime(foreign: entry["updatedAt"])
        let created = WallTime(foreign: entry["sessionStartedAt"]) ?? begun ?? updated ?? WallTime(nanoseconds: 0)
        self.init(key: key, sessionID: id, createdAt: created)
        updatedAt = updated ?? created
        lastInteractionAt = WallTime(foreign: entry["lastInteractionAt"]) ?? updated
        choices = SessionChoices(foreign: entry)
        abortedLastRun = entry["abortedLastRun"]?.bool ?? false
        let delivery = entry["deliveryContext"]
        // The first year called a channel a provider.
        let channel =
            delivery?["channel"]?.string ?? entry["lastChannel"]?.string ?? entry["lastProvider"]?.string
        origin = channel.map { channel in
            RunOrigin(
                channel: channel, accountID: delivery?["accountId"]?.string ?? entry["lastAccountId"]?.string,
                to: delivery?["to"]?.string ?? entry["lastTo"]?.string,
                threadID: Self.text(delivery?["threadId"] ?? entry["lastThreadId"]))
        }
    }

    private static func text(_ json: JSON?) -> String? { json?.string ?? json?.int.map { "\($0)" } }
}

extension SessionChoices {
    fileprivate init(foreign entry: JSONObject) {
        self.init()
        label = entry["label"]?.string
        // What was chosen for a while, because a provider failed, is no choice.
        if let model = entry["modelOverride"]?.string, entry["modelOverrideSource"]?.string != "auto" {
            self.model =
                entry["providerOverride"]?.string.map { ModelReference(provider: $0.lowercased(), model: model) }
                ?? ModelReference(model)
        }
        thinking = entry["thinkingLevel"]?.string.flatMap { ThinkingLevel(rawValue: $0) }
        verbose = Self.word(entry["verboseLevel"], ["on", "off", "full"])
        reasoning = Self.word(entry["reasoningLevel"], ["on", "off", "stream"])
        responseUsage = Self.word(entry["responseUsage"], ["on", "off", "tokens", "full"])
        sendPolicy = Self.word(entry["sendPolicy"], ["allow", "deny"])
        groupActivation = Self.word(entry["groupActivation"], ["mention", "always"])
        queueMode = Self.word(entry["queueMode"], ["steer", "followup", "collect", "interrupt"])
        execSecurity = Self.word(entry["execSecurity"], ["deny", "allowlist", "full"])
        execAsk = Self.word(entry["execAsk"], ["off", "on-miss", "always"])
        spawnedBy = entry["spawnedBy"]?.string
        elevated = Self.word(entry["elevatedLevel"], ["on", "off", "ask", "full"])
        execHost = Self.word(entry["execHost"], ["sandbox", "gateway", "node"])
        execNode = entry["execNode"]?.string
        isArchived = entry["archivedAt"]?.int != nil
        isPinned = entry["pinnedAt"]?.int != nil
    }

    private static func word(_ json: JSON?, _ allowed: [String]) -> String? {
        json?.string.flatMap { allowed.contains($0) ? $0 : nil }
    }
}
