import Models
import Platform

/// Has a conversation told in short by a model.
@LoopActor
struct Compactor {
    /// Bytes of conversation that the model is shown, where its window is not known.
    nonisolated static let defaultBytes = 400_000
    /// Bytes of one tool result that it is shown.
    nonisolated static let resultBytes = 2000
    /// Tokens of a summary at most.
    nonisolated static let summaryTokens = 4000
    /// Bytes that one token stands for, to be on the safe side.
    nonisolated static let bytesPerToken = 3

    let models: ModelDesk

    struct Summary {
        var text: String
        var usage: ModelUsage
        var model: ModelReference?
    }

    private nonisolated static let instructions = """
        You shorten a conversation between people and an assistant so that the assistant can go on with it. Write what \
        is needed for that and nothing else: what is wanted, what was decided and why, what was done and with what \
        result, names, paths, numbers and other exact texts that will be needed again, and what is still open. Write \
        in the language of the conversation, in short lines.
        """

    /// Nil when no model gave one.
    func summary(of messages: [ModelMessage], _ line: ModelLine, wish: String? = nil) async -> Summary? {
        guard let candidate = line.candidates.first, !messages.isEmpty else { return nil }
        let window = line.configuration.facts(candidate.reference)?.usableContext
        let bytes = window.map { max(8000, ($0 - Self.summaryTokens) * Self.bytesPerToken * 3 / 4) }
        var text = Self.written(messages, bytes: bytes ?? Self.defaultBytes)
        if let wish, !wish.isEmpty { text += "\n\nWhat matters most in the short form: \(wish)" }
        var request = ModelRequest(
            candidate.target, system: [SystemPart(Self.instructions)], messages: [ModelMessage(.user, text)])
        request.limits.maxTokens = min(Self.summaryTokens, candidate.target.traits.outputLimit ?? .max)
        let chain = models.run(request, line)
        let stream = ModelStream(chain)
        let answer: ModelAnswer? = await withTaskCancellationHandler {
            do throws(ModelError) { return try await stream.collect() } catch { return nil }
        } onCancel: {
            startTask { chain.cancel() }
        }
        guard let answer, !answer.text.isEmpty else { return nil }
        return Summary(text: answer.text, usage: answer.usage, model: answer.answeredBy)
    }

    /// The conversation as text; of one that is too long, its end.
    nonisolated static func written(_ messages: [ModelMessage], bytes: Int) -> String {
        var blocks: [String] = []
        var room = bytes
        for message in messages.reversed() {
            let block = written(message)
            room -= block.utf8.count
            guard room >= 0 else {
                blocks.append("[What was before is left out: it is too long.]")
                break
            }
            blocks.append(block)
        }
        return blocks.reversed().joined(separator: "\n\n")
    }

    private nonisolated static func written(_ message: ModelMessage) -> String {
        message.parts.map { part in
            switch part {
            case .text(let text): "\(message.role == .user ? "Person" : "Assistant"): \(text)"
            case .image: "Person: [a picture]"
            case .thinking: ""
            case .toolCall(let call): "Assistant calls \(call.name): \(call.argumentsText.cut(to: resultBytes))"
            case .toolResult(let result):
                "Result of \(result.name): \(result.parts.compactMap(\.text).joined(separator: "\n").cut(to: resultBytes))"
            }
        }.filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
