package import Models
import Platform

/// A transcript as a model is told it.
package enum TurnHistory {
    static let summaryOpening = "[What was said before, in short]\n"

    /// Commands and their answers are left out, and so is what the gateway said in a model's place: no model is to take
    /// it for its own words.
    package static func messages(_ entries: [TranscriptEntry]) -> [ModelMessage] {
        let commands = commandRuns(entries)
        return entries.compactMap { entry in
            if let run = entry.runID, commands.contains(run) { return nil }
            return message(entry.content)
        }
    }

    private static func message(_ content: TranscriptEntry.Content) -> ModelMessage? {
        switch content {
        case .user(let parts, let sender): return ModelMessage(.user, named(parts, sender))
        case .assistant(let answer):
            if answer.model == BuiltinOperator.reference || answer.parts.isEmpty { return nil }
            return ModelMessage(.assistant, answer.parts)
        case .toolResult(let result): return ModelMessage(.user, [.toolResult(result)])
        case .compaction(let summary, _): return ModelMessage(.user, summaryOpening + summary)
        case .note: return nil
        }
    }

    /// Where several people write, the model is told who did.
    static func named(_ parts: [MessagePart], _ sender: String?) -> [MessagePart] {
        guard let sender, !sender.isEmpty else { return parts }
        guard let index = parts.firstIndex(where: { $0.text != nil }), let text = parts[index].text else {
            return [.text("\(sender):")] + parts
        }
        var named = parts
        named[index] = .text("\(sender): \(text)")
        return named
    }

    /// Runs whose message was a command.
    private static func commandRuns(_ entries: [TranscriptEntry]) -> Set<String> {
        var asked: Set<String> = []
        var runs: Set<String> = []
        for entry in entries {
            guard let run = entry.runID else { continue }
            switch entry.content {
            case .user(let parts, _):
                if parts.first?.text?.hasPrefix("/") == true { asked.insert(run) }
            case .assistant(let answer):
                if answer.model == BuiltinOperator.reference, asked.contains(run) { runs.insert(run) }
            default: break
            }
        }
        return runs
    }
}
