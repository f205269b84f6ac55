import Models
import Platform

@testable import Agents

/// The shortest system prompt that will do: who the agent is and where it works.
final class PlainSystemPrompt: SystemPrompting {
    private let roster: AgentRoster
    private let clock: any Clock

    init(roster: AgentRoster, clock: any Clock) {
        self.roster = roster
        self.clock = clock
    }

    func systemPrompt(for facts: PromptFacts) async -> SystemPrompt {
        let agent = roster.agent(facts.context.agentID)
        let name = agent?.identity?["name"]?.string ?? agent?.name
        var text = "You are \(name.map { "\($0), " } ?? "")a personal assistant who runs inside OpenClaw."
        text += " Answer plainly, and say so when you do not know something."
        if !facts.context.workspace.isEmpty { text += "\nYour workspace is \(facts.context.workspace)." }
        var sections = [SystemPrompt.Section("identity", text)]
        if let extra = facts.extra, !extra.isEmpty { sections.append(SystemPrompt.Section("extra", extra)) }
        let today = "Today is \(CalendarDate(clock.wall).dateText) (UTC)."
        sections.append(SystemPrompt.Section("date", today, isLasting: false))
        return SystemPrompt(sections: sections)
    }
}
