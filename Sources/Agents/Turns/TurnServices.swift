package import Platform

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
