/// What the configuration of one account says of who may talk to it.
package struct AccessRules: Equatable, Sendable {
    /// Who may write directly (`dmPolicy`).
    package enum Direct: String, CaseIterable, Sendable {
        /// Those listed and those whom the owner let in by a code; all others are given a code.
        case pairing
        case allowlist
        /// Everybody, if the list says `*`.
        case open
        case disabled
    }

    /// Who may write in groups (`groupPolicy`).
    package enum Group: String, CaseIterable, Sendable {
        case allowlist, open, disabled
    }

    /// Whether other bots are heard (`allowBots`).
    package enum Bots: Equatable, Sendable {
        case never, whenMentioned, always
    }

    /// How a platform's lists work together.
    package struct Style: Equatable, Sendable {
        /// A listed place admits whoever is there, unless a list of people says otherwise; else people must be listed.
        package var placesAdmitEveryone = false
        /// Where groups have no list of people, that of direct messages counts.
        package var groupsUseDirectList = false
        /// A map of places admits only those in it even when the policy is open.
        package var placesBindWhenOpen = false

        package init(
            placesAdmitEveryone: Bool = false, groupsUseDirectList: Bool = false, placesBindWhenOpen: Bool = false
        ) {
            self.placesAdmitEveryone = placesAdmitEveryone
            self.groupsUseDirectList = groupsUseDirectList
            self.placesBindWhenOpen = placesBindWhenOpen
        }
    }

    package var style: Style
    package var direct = Direct.pairing
    package var group = Group.allowlist
    package var allowFrom = SenderList([])
    package var groupAllowFrom: SenderList?
    package var places = PlaceRules.Map()
    package var bots = Bots.never
    /// What counts as a mention without naming the bot.
    package var implicitMentions: InboundMessage.Attention = [.replyToBot, .quotedBot, .threadParticipation]

    package init(_ style: Style) { self.style = style }
}

/// What is said of one group, room, guild or topic; what is not said there is as in what it belongs to.
package struct PlaceRules: Equatable, Sendable {
    /// Places by their keys. One that was not given is not the same as an empty one, which admits no place.
    package struct Map: Equatable, Sendable {
        package var entries: [String: PlaceRules]?

        package init(_ entries: [String: PlaceRules]? = nil) { self.entries = entries }
    }

    package var isEnabled: Bool?
    package var requireMention: Bool?
    package var policy: AccessRules.Group?
    package var senders: SenderList?
    package var roles: Set<String>?
    package var bots: AccessRules.Bots?
    package var ignoresOtherMentions: Bool?
    /// Topics of a group, channels of a guild.
    package var children = Map()
    /// Whether a child that is not listed is as good as absent, as soon as one is; else it is as the place itself.
    package var childrenBind = false

    package init() {}

    /// These rules where the inner ones say nothing. Lists of people and of roles belong together.
    func refined(by inner: PlaceRules) -> PlaceRules {
        var rules = self
        rules.isEnabled = inner.isEnabled ?? isEnabled
        rules.requireMention = inner.requireMention ?? requireMention
        rules.policy = inner.policy ?? policy
        if inner.senders != nil || inner.roles != nil {
            rules.senders = inner.senders
            rules.roles = inner.roles
        }
        rules.bots = inner.bots ?? bots
        rules.ignoresOtherMentions = inner.ignoresOtherMentions ?? ignoresOtherMentions
        rules.children = inner.children
        rules.childrenBind = childrenBind || inner.childrenBind
        return rules
    }
}

extension PlaceRules.Map {
    /// The names under which a place may stand in each map on the way to it, the most exact first: for a channel of a
    /// guild `[[guild], [channel, its parent]]`. `*` is tried after them. Outer rules hold for what is within.
    package func rules(along way: [[String]]) -> Finding {
        guard let entries else { return .noMap }
        guard let names = way.first, var found = Self.entry(names, entries) else { return .notListed }
        for names in way.dropFirst() {
            guard let inner = found.children.entries, !inner.isEmpty else { break }
            guard let next = Self.entry(names, inner) else {
                return found.childrenBind ? .notListed : .listed(found)
            }
            found = found.refined(by: next)
        }
        return .listed(found)
    }

    private static func entry(_ names: [String], _ entries: [String: PlaceRules]) -> PlaceRules? {
        let exact = names.lazy.compactMap { entries[$0.lowercased()] }.first
        guard let common = entries["*"] else { return exact }
        return exact.map { common.refined(by: $0) } ?? common
    }

    /// What a search ends with.
    package enum Finding: Equatable, Sendable {
        case noMap, notListed
        case listed(PlaceRules)
    }
}
