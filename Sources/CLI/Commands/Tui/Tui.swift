import Models
import Platform

extension Command {
    static let tui = Command(
        "tui", "chat with an agent in the terminal",
        notes:
            "Commands such as /help, /status and /model go to the agent. Ctrl-C ends the answer under way, twice the "
            + "chat; so do Ctrl-D on an empty line and /quit. Alt-Enter begins a new line, the arrows up and down bring "
            + "back what was written. On a terminal without cursor keys (TERM=dumb) and in pipes it reads and writes "
            + "plain lines.",
        flags: [
            Flag("--session-key", "<key>", "which conversation", default: "the agent's main session"), .agent,
            Flag(
                "--thinking", "<level>", "how much the model thinks",
                kind: .oneOf(ThinkingLevel.allCases.map(\.rawValue)), default: "as the session says"),
            Flag(
                "--history-limit", "<number>", "how many messages of before are shown", kind: .integer(0...200),
                default: "20"),
            Flag("--message", "<text>", "a first message, sent at once"),
        ] + Flag.client.filter { $0.name != "--json" },
        examples: ["openclaw tui", "openclaw tui --agent main --history-limit 5"],
        seeAlso: ["agent", "sessions list", "status"], isEveryday: true,
        run: { invocation throws(CommandFailure) in
            let output = invocation.output
            let isRich =
                output.style.isTerminal && StandardStream.isInputTerminal && invocation.environment["TERM"] != "dumb"
            return isRich
                ? try await TerminalChat(invocation).run() : try await PlainChat(invocation).run()
        })
}
