/// Whether a message is answered: a pure function of what the configuration says and what is known of the message.
package struct AccessPolicy: Equatable, Sendable {
    /// What is to become of it.
    package enum Decision: Equatable, Sendable {
        case answer
        /// The sender is told a code that the owner can let in.
        case offerPairing
        /// Nobody asked the bot: it is context for when somebody does.
        case remember
        case ignore(Reason)
    }

    /// Why a message is dropped; the words stand in logs.
    package enum Reason: String, CaseIterable, Sendable {
        case own = "own-message"
        case bot = "bot"
        case directDisabled = "dm-disabled"
        case groupsDisabled = "groups-disabled"
        case senderNotListed = "sender-not-listed"
        case placeNotListed = "group-not-listed"
        case placeOff = "group-off"
        case othersMentioned = "others-mentioned"
    }

    /// What else must be known.
    package struct Facts: Equatable, Sendable {
        /// The bot's own id, whose messages are never answered.
        package var ownID: String
        /// The owner let the sender in by a code.
        package var isApproved: Bool
        package var isOwner: Bool
        /// It is a command of the gateway's, such as `/status`.
        package var isCommand: Bool
        /// The names of the place in the maps of the configuration (`PlaceRules.Map.rules`).
        package var way: [[String]]

        package init(
            ownID: String, isApproved: Bool = false, isOwner: Bool = false, isCommand: Bool = false,
            way: [[String]] = []
        ) {
            self.ownID = ownID
            self.isApproved = isApproved
            self.isOwner = isOwner
            self.isCommand = isCommand
            self.way = way
        }
    }

    package let rules: AccessRules

    package init(_ rules: AccessRules) { self.rules = rules }

    package func decide(_ message: InboundMessage, _ facts: Facts) -> Decision {
        guard message.sender.id != facts.ownID else { return .ignore(.own) }
        return message.place.kind == .direct ? direct(message, facts) : group(message, facts)
    }

    private func direct(_ message: InboundMessage, _ facts: Facts) -> Decision {
        guard hears(message, rules.bots) else { return .ignore(.bot) }
        let isListed = rules.allowFrom.includes(message.sender)
        switch rules.direct {
        case .disabled: return .ignore(.directDisabled)
        case .open, .allowlist: return isListed ? .answer : .ignore(.senderNotListed)
        case .pairing: return isListed || facts.isApproved ? .answer : .offerPairing
        }
    }

    private func group(_ message: InboundMessage, _ facts: Facts) -> Decision {
        let finding = rules.places.rules(along: facts.way)
        let place: PlaceRules
        switch finding {
        case .listed(let rules): place = rules
        case .notListed, .noMap: place = PlaceRules()
        }
        let policy = place.policy ?? rules.group
        guard policy != .disabled else { return .ignore(.groupsDisabled) }
        guard admits(finding, policy) else { return .ignore(.placeNotListed) }
        guard place.isEnabled ?? true else { return .ignore(.placeOff) }
        guard admits(message.sender, place, policy) else { return .ignore(.senderNotListed) }
        guard hears(message, place.bots ?? rules.bots) else { return .ignore(.bot) }
        return attention(message, facts, place)
    }

    private func admits(_ finding: PlaceRules.Map.Finding, _ policy: AccessRules.Group) -> Bool {
        switch (finding, policy) {
        case (.listed, _): true
        case (.noMap, .open): true
        case (.notListed, .open): !rules.style.placesBindWhenOpen
        case (.noMap, .allowlist), (.notListed, .allowlist), (_, .disabled): false
        }
    }

    private func admits(
        _ sender: InboundMessage.Sender, _ place: PlaceRules, _ policy: AccessRules.Group
    ) -> Bool {
        if place.senders != nil || place.roles != nil {
            // A list that stands at the place itself holds under every policy.
            return place.senders?.includes(sender) ?? false
                || sender.roles.contains { place.roles?.contains($0) ?? false }
        }
        guard policy == .allowlist else { return true }
        let list = rules.groupAllowFrom ?? (rules.style.groupsUseDirectList ? rules.allowFrom : nil)
        guard let list else { return rules.style.placesAdmitEveryone }
        return list.includes(sender)
    }

    private func hears(_ message: InboundMessage, _ bots: AccessRules.Bots) -> Bool {
        guard message.sender.isBot else { return true }
        switch bots {
        case .never: return false
        case .whenMentioned: return message.attention.contains(.mention)
        case .always: return true
        }
    }

    private func attention(_ message: InboundMessage, _ facts: Facts, _ place: PlaceRules) -> Decision {
        if message.attention.contains(.mention) { return .answer }
        if place.ignoresOtherMentions ?? false, message.attention.contains(.others) { return .ignore(.othersMentioned) }
        guard place.requireMention ?? true else { return .answer }
        if !message.attention.isDisjoint(with: rules.implicitMentions) { return .answer }
        // An owner's command is meant for the gateway, whoever else is there.
        return facts.isOwner && facts.isCommand ? .answer : .remember
    }
}
