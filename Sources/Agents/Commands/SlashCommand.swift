import Platform

/// A command that people type in a chat, answered without a model: all that is known of it stands here.
package struct SlashCommand: Sendable {
    /// Who may give it.
    enum Right: Sendable {
        case everyone
        /// Everyone may look; with an argument it changes something, and only an owner may.
        case ownerToChange
        case owner
    }

    /// When it is done, in a session that has a run under way.
    enum Order: Sendable {
        /// Beside it.
        case atOnce
        /// After it.
        case inTurn
        /// It is ended first.
        case afterAbort
    }

    let name: String
    let aliases: [String]
    /// How arguments are written; empty for none.
    let arguments: String
    let right: Right
    let order: Order
    let help: String
    let run: @LoopActor @Sendable (CommandCall) async -> String

    init(
        _ name: String, aliases: [String] = [], _ arguments: String, _ right: Right, _ order: Order, _ help: String,
        run: @escaping @LoopActor @Sendable (CommandCall) async -> String
    ) {
        self.name = name
        self.aliases = aliases
        self.arguments = arguments
        self.right = right
        self.order = order
        self.help = help
        self.run = run
    }

    /// Every command, in the order of `/help`.
    static let all: [SlashCommand] = [[help], conversation, models, gateway, [approve]].flatMap { $0 }

    /// As menus of chat platforms show them.
    package static var menu: [(name: String, arguments: String, help: String)] {
        all.map { ($0.name, $0.arguments, $0.help) }
    }

    /// The command that a text gives; nil where it gives none.
    package static func name(in text: String) -> String? {
        CommandDesk.parse(text).flatMap { named($0.name)?.name }
    }

    var opensWithMessage: Bool { name == "new" }

    static func named(_ name: String) -> SlashCommand? {
        all.first { $0.name == name || $0.aliases.contains(name) }
    }
}

/// A command as it was given.
@LoopActor
struct CommandCall {
    let command: SlashCommand
    let arguments: String
    let request: RunRequest
    let services: TurnServices
    let desk: CommandDesk

    var key: SessionKey { request.sessionKey }
    var words: [String] { arguments.split(whereSeparator: \.isWhitespace).map(String.init) }

    /// The session's record; nil when it cannot be had, which no command is to fail for that can do without.
    func record() async -> SessionRecord? {
        do throws(SessionError) { return try await services.sessions.open(key) } catch { return nil }
    }

    /// Changes what was chosen for the session and answers `done`, or why it could not be.
    func choose(_ done: String, _ change: @escaping @LoopActor @Sendable (inout SessionChoices) -> Void) async -> String
    {
        do throws(SessionError) {
            _ = try await services.sessions.open(key)
            _ = try await services.sessions.update(key) { change(&$0.choices) }
            return done
        } catch {
            return "Nothing was changed: \(error)."
        }
    }
}
