import Models
import Platform

/// Making a conversation shorter that is, or soon will be, longer than the model takes.
extension Turn {
    /// After an overflow: the same request with a shorter conversation; nil when that cannot be had.
    func shorten(_ long: ModelRequest, _ line: ModelLine) async -> ModelRequest? {
        guard await compact(line, willRetry: true) else { return nil }
        var short = long
        short.messages = conversation.marked
        return short
    }

    /// Before the window is full.
    func compactIfNear(_ line: ModelLine) async throws(TurnFailure) {
        guard let first = line.first, let usable = line.configuration.facts(first)?.usableContext else {
            return
        }
        let counted = totals.contextTokens ?? record?.contextTokens ?? 0
        let estimate = counted + conversation.uncounted / Compactor.bytesPerToken
        let reserve = min(services.roster.settings.compactionReserve, usable / 4)
        guard estimate > usable - reserve else { return }
        _ = await compact(line, willRetry: false)
        if Task.isCancelled { throw .cancelled }
    }

    private func compact(_ line: ModelLine, willRetry: Bool) async -> Bool {
        guard conversation.hasMore else { return false }
        await run.tell(.compactionStarted)
        let before = totals.contextTokens ?? record?.contextTokens
        let old = conversation.messages.dropLast(endsWithSaid ? conversation.said.count : 0)
        let summary = await Compactor(models: services.models).summary(of: Array(old), line)
        var isDone = false
        if let summary {
            totals.add(summary.usage, cost: cost(summary.usage, summary.model))
            conversation.shorten(to: summary.text)
            totals.contextTokens = conversation.uncounted / Compactor.bytesPerToken
            conversation.counted()
            // What people said in this turn stands before the record and would be lost with what it replaces.
            let words = conversation.said.flatMap(\.parts).compactMap(\.text).joined(separator: "\n")
            let text = "\(summary.text)\n\n[The message that was being answered, word for word]\n\(words)"
            do throws(TurnFailure) {
                try await append([entry(.compaction(summary: text, tokensBefore: before))])
                isDone = true
            } catch {}
        }
        await run.tell(.compactionEnded(willRetry: willRetry && isDone))
        return isDone
    }

    /// Nothing came after the messages of this turn yet.
    private var endsWithSaid: Bool {
        Array(conversation.messages.suffix(conversation.said.count)) == conversation.said
    }
}
