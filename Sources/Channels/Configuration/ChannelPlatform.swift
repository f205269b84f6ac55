package import Platform
package import Wire

/// A platform as the rest of the program knows it: what it can do, how its part of the configuration is read, and how one
/// account of it is connected. Each has one, beside its connector.
package struct ChannelPlatform: Sendable {
    /// Makes a connector for each connection of an account.
    package typealias Making = @LoopActor () -> any Connector

    package let facts: ConnectorFacts
    package let access: AccessDialect
    /// The setting that means one account of the platform.
    package let tokenSetting: String
    /// The setting that names a file which holds it, where there is such.
    let tokenFileSetting: String?
    /// Whether two accounts with the same token are one bot.
    package let tokenIsIdentity: Bool
    /// Settings of the default account that the environment gives when the file does not.
    package var variables: [(setting: String, variable: String)] = []
    /// The path of the route that the platform brings an account's events to; nil where it does not.
    package var route: @Sendable (AccountSettings) -> String? = { _ in nil }
    /// Whether an account may show buttons in a chat, where the platform has any.
    package var showsButtons: @Sendable (AccountSettings, _ chat: String) -> Bool = { _, _ in true }
    /// How answers are written; the settings are the account's.
    package let rendering: @Sendable (JSON) -> Rendering
    package let connect: @LoopActor (AccountSettings, ConnectorMeans) throws(ChannelProblem) -> Making

    package init(
        _ facts: ConnectorFacts, _ access: AccessDialect, token: String, file: String? = nil,
        isIdentity: Bool = true, variables: [(setting: String, variable: String)] = [],
        route: @escaping @Sendable (AccountSettings) -> String? = { _ in nil },
        rendering: @escaping @Sendable (JSON) -> Rendering,
        connect: @escaping @LoopActor (AccountSettings, ConnectorMeans) throws(ChannelProblem) -> Making
    ) {
        self.facts = facts
        self.access = access
        tokenSetting = token
        tokenFileSetting = file
        tokenIsIdentity = isIdentity
        self.variables = variables
        self.route = route
        self.rendering = rendering
        self.connect = connect
    }

    package var id: String { facts.id }

    /// Every platform there is.
    package static let all: [ChannelPlatform] = [.telegram, .discord, .slack, .rocketChat, .matrix, .irc]
}

/// What every connector is given.
@LoopActor
package struct ConnectorMeans {
    package let http: HTTPClient
    package let clock: any Clock
    package private(set) var log: Log
    /// Between 0 and 1: so that many do not do the same at the same moment.
    package let chance: @LoopActor () -> Double
    /// What every connection and every message passes; nil where nobody else could act.
    package var gate: ActionGate?
    /// What people can type, for the menus of platforms that show it.
    package var commands: [ChatCommand] = []

    package init(http: HTTPClient, clock: any Clock, log: Log, chance: @escaping @LoopActor () -> Double) {
        self.http = http
        self.clock = clock
        self.log = log
        self.chance = chance
    }

    /// The same, with a log in the name of a part.
    package func part(_ name: String) -> ConnectorMeans {
        var own = self
        own.log = log.part(name)
        return own
    }
}

/// What keeps an account from being connected, with the cure.
package struct ChannelProblem: Error, Equatable, Sendable {
    /// `channels.telegram.botToken`.
    package let setting: String
    package let reason: String
    package let cure: String

    package init(_ setting: String, _ reason: String, cure: String) {
        self.setting = setting
        self.reason = reason
        self.cure = cure
    }
}

/// How a platform's people and places are written in its part of the configuration.
package struct AccessDialect: Sendable {
    package var style = AccessRules.Style()
    /// What may stand before an id and means nothing.
    package var prefixes: [String] = []
    /// The map of places: `groups`, `guilds`, `channels`, `rooms`.
    package var places = "groups"
    /// The map of what is within a place: `topics`, `channels`.
    package var children: String?
    /// Whether a place that lists what is within it admits nothing else in it.
    package var childrenBind = false
    /// The list of people of a place.
    package var people = "allowFrom"
    /// Where places have names besides their ids.
    package var namesPlaces = false

    package init() {}

    /// The names of a message's place in the maps (`AccessPolicy.Facts.way`).
    package func way(_ place: InboundMessage.Place) -> [[String]] {
        guard place.kind != .direct else { return [] }
        let title = namesPlaces ? place.title.map { [$0] } ?? [] : []
        if let space = place.space, children == "channels" {
            return [[space], [place.chat] + (place.parent.map { [$0] } ?? []) + title]
        }
        let names = [place.chat] + (place.parent.map { [$0] } ?? []) + title
        guard children != nil, let thread = place.thread else { return [names] }
        return [names, [thread]]
    }
}
