import Models
package import Platform

/// Recognizes commands and answers them.
@LoopActor
package final class CommandDesk {
    let facts: any OperatorFacts
    let sessions: any SessionRenewing
    weak var runs: AgentRuns?
    private let services: TurnServices

    package init(_ services: TurnServices, facts: any OperatorFacts, sessions: any SessionRenewing) {
        self.services = services
        self.facts = facts
        self.sessions = sessions
    }

    /// The command that a message is; nil when it is none. In a conversation that a client brings along, only known
    /// commands are: the client may have some of its own.
    func call(of request: RunRequest) -> CommandCall? {
        guard request.message.count == 1, let text = request.message[0].text,
            let (name, arguments) = Self.parse(text)
        else { return nil }
        if let command = SlashCommand.named(name) { return call(command, arguments, request) }
        return request.options.history == nil ? call(.unknown(name), arguments, request) : nil
    }

    private func call(_ command: SlashCommand, _ arguments: String, _ request: RunRequest) -> CommandCall {
        CommandCall(command: command, arguments: arguments, request: request, services: services, desk: self)
    }

    /// `/name`, then perhaps a colon or space and arguments. A path is no command.
    nonisolated static func parse(_ text: String) -> (name: String, arguments: String)? {
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        let rest = text.dropFirst()
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        guard let first = name.first, first.isLetter, name.utf8.count <= 32 else { return nil }
        var arguments = rest[name.endIndex...]
        if let next = arguments.first {
            guard next == ":" || next.isWhitespace else { return nil }
            arguments = arguments.dropFirst()
        }
        return (name.lowercased(), arguments.withoutOuterSpace)
    }

    /// Whether the command was the beginning of a conversation whose first message stands behind it. That is then the
    /// run's own, for a model to answer; a command that fails is left to say why.
    func opens(_ call: CommandCall, with run: Run) async -> Bool {
        guard call.command.opensWithMessage, !call.arguments.isEmpty, isAllowed(call),
            (try? await sessions.renew(call.key, reason: call.command.name)) != nil
        else { return false }
        run.reword(call.arguments)
        return true
    }

    private func isAllowed(_ call: CommandCall) -> Bool {
        switch call.command.right {
        case .everyone: true
        case .ownerToChange: call.request.isOwner || call.arguments.isEmpty
        case .owner: call.request.isOwner
        }
    }

    /// The words of the answer.
    func answer(_ call: CommandCall) async -> String {
        guard isAllowed(call) else {
            return "/\(call.command.name)\(call.arguments.isEmpty ? "" : " \(call.arguments)") is for owners of this "
                + "gateway only. /whoami says who you are here."
        }
        return await call.command.run(call)
    }

    /// `commands.list` and `/help`, as data.
    package nonisolated static var rows: [JSON] {
        SlashCommand.all.map { command in
            [
                "name": .string(command.name), "nativeName": .string(command.name),
                "textAliases": .array((["/\(command.name)"] + command.aliases.map { "/\($0)" }).map { .string($0) }),
                "description": .string(command.help), "acceptsArgs": .bool(!command.arguments.isEmpty),
                "argsHint": .string(command.arguments), "source": "native", "scope": "both",
                "ownerOnly": .bool(command.right == .owner),
            ]
        }
    }
}

/// A run whose message is a command.
@LoopActor
struct CommandTurn {
    let run: Run
    let call: CommandCall
    let services: TurnServices
    let desk: CommandDesk

    init(_ run: Run, _ call: CommandCall, _ services: TurnServices, _ desk: CommandDesk) {
        self.run = run
        self.call = call
        self.services = services
        self.desk = desk
    }

    /// The answer is told even if it cannot be stored: commands are what is left when nothing else works.
    func answer() async -> RunResult {
        let words = await run.perform(returning: { await desk.answer(call) }) ?? "Stopped."
        await run.tell(.answering(BuiltinOperator.reference))
        await run.tell(.text(words))
        let session = await keep(words)
        return RunResult(
            .answered(.stop), text: words, sessionID: session, model: BuiltinOperator.reference,
            startedAt: run.startedAt, endedAt: services.clock.wall)
    }

    private func keep(_ words: String) async -> String? {
        guard run.request.options.isRecorded else { return nil }
        let time = services.clock.wall
        let asked = TranscriptEntry(
            id: UUIDText.random(), time: time, runID: run.id,
            .user(run.request.message, sender: run.request.origin.speaker))
        let answered = TranscriptEntry(
            id: UUIDText.random(), time: time, runID: run.id,
            .assistant(AssistantEntry([.text(words)], model: BuiltinOperator.reference)))
        do throws(SessionError) {
            let record = try await services.sessions.open(run.key)
            try await services.sessions.append([asked, answered], to: run.key)
            return record.sessionID
        } catch {
            return nil
        }
    }
}
