package import Platform

/// Texts that wait for a session's next turn: nobody said them, and the model is to know.
@LoopActor
package protocol TurnNotes: AnyObject, Sendable {
    /// Hands over what waits.
    func take(for key: SessionKey) -> [String]
    /// A model was told of them.
    func told(_ notes: [String], for key: SessionKey)
    /// Takes back what no model was told.
    func giveBack(_ notes: [String], for key: SessionKey)
}

/// What every turn works with.
@LoopActor
package struct TurnServices {
    package let roster: AgentRoster
    package let sessions: any SessionKeeping
    package let models: ModelDesk
    package let tools: any ToolProviding
    package let prompts: any SystemPrompting
    /// How this gateway's commands are called on a command line, for advice that can be pasted.
    package let program: String
    package let clock: any Clock
    /// What happened since a session's last turn.
    package var notes: (any TurnNotes)?

    package init(
        roster: AgentRoster, sessions: any SessionKeeping, models: ModelDesk, tools: any ToolProviding,
        prompts: any SystemPrompting, program: String, clock: any Clock
    ) {
        self.roster = roster
        self.sessions = sessions
        self.models = models
        self.tools = tools
        self.prompts = prompts
        self.program = program
        self.clock = clock
    }
}
