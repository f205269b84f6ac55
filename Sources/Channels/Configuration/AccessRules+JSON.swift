import Platform

extension AccessRules {
    /// Reads an account's settings. `base` are those of its channel, `defaults` those of all channels.
    init(_ config: JSON, base: JSON, defaults: JSON?, _ dialect: AccessDialect) {
        self.init(dialect.style)
        // Older files of some platforms keep the rules for direct messages together.
        let old = config["dm"]
        let direct = config["dmPolicy"]?.string ?? old?["policy"]?.string
        if let direct, let policy = Direct(rawValue: direct) { self.direct = policy }
        if old?["enabled"]?.bool == false { self.direct = .disabled }
        let group = config["groupPolicy"]?.string ?? defaults?["groupPolicy"]?.string
        if let group, let policy = Group(rawValue: group) { self.group = policy }
        let namesMatch = config["dangerouslyAllowNameMatching"]?.bool ?? false
        func list(_ json: JSON?) -> SenderList? {
            guard let entries = json?.array else { return nil }
            return SenderList(
                entries.compactMap(Self.entry), prefixes: dialect.prefixes, matchesNames: namesMatch)
        }
        let common = list(base["allowFrom"])
        allowFrom = list(config["allowFrom"] ?? old?["allowFrom"]) ?? SenderList([])
        // An account cannot open what its channel restricts.
        if let common, !common.isEmpty, !common.hasEveryone, allowFrom.hasEveryone { allowFrom = common }
        groupAllowFrom = list(config["groupAllowFrom"])
        if let bots = Self.bots(config["allowBots"]) { self.bots = bots }
        let implicit = config["implicitMentions"] ?? defaults?["implicitMentions"]
        let kinds: [(String, InboundMessage.Attention)] = [
            ("replyToBot", .replyToBot), ("quotedBot", .quotedBot), ("threadParticipation", .threadParticipation),
        ]
        for (name, kind) in kinds where implicit?[name]?.bool == false { implicitMentions.remove(kind) }
        places = Self.places(config[dialect.places], dialect, depth: 0, list)
    }

    private static func places(
        _ json: JSON?, _ dialect: AccessDialect, depth: Int, _ list: (JSON?) -> SenderList?
    ) -> PlaceRules.Map {
        guard let members = json?.object?.members else { return .init() }
        var entries: [String: PlaceRules] = [:]
        for member in members {
            let value = member.value
            var rules = PlaceRules()
            rules.isEnabled = value["enabled"]?.bool ?? value["allow"]?.bool
            rules.requireMention = value["requireMention"]?.bool
            rules.policy = value["groupPolicy"]?.string.flatMap(Group.init(rawValue:))
            rules.senders = list(value[dialect.people])
            rules.roles = value["roles"]?.array.map { Set($0.compactMap(Self.entry)) }
            rules.bots = bots(value["allowBots"])
            rules.ignoresOtherMentions = value["ignoreOtherMentions"]?.bool
            if depth == 0, let children = dialect.children {
                rules.children = places(value[children], dialect, depth: 1, list)
                rules.childrenBind = dialect.childrenBind
            }
            entries[member.key.lowercased()] = rules
        }
        return .init(entries)
    }

    private static func bots(_ json: JSON?) -> Bots? {
        if let flag = json?.bool { return flag ? .always : .never }
        return json?.string == "mentions" ? .whenMentioned : nil
    }

    /// Ids are numbers on some platforms.
    private static func entry(_ json: JSON) -> String? { json.string ?? json.int.map { "\($0)" } }
}
