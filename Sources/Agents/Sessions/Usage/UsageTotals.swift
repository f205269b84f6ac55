package import Models
package import Platform

/// Tokens and cost of several answers.
package struct UsageTotals: Equatable, Sendable {
    package var usage = ModelUsage()
    package var cost = 0.0
    /// Answers of models that have no price.
    package var missingCosts = 0

    package init() {}

    package static func += (a: inout UsageTotals, b: UsageTotals) {
        a.usage = a.usage + b.usage
        a.cost += b.cost
        a.missingCosts += b.missingCosts
    }

    mutating func add(_ answer: AssistantEntry) {
        usage = usage + answer.usage
        if let cost = answer.cost {
            self.cost += cost
        } else if answer.usage.total > 0 {
            missingCosts += 1
        }
    }

    /// The members that `usage.cost` and `sessions.usage` share. What each kind of token cost is not known apart.
    package var members: JSONObject {
        JSONObject([
            ("input", JSON(usage.input)), ("output", JSON(usage.output)), ("cacheRead", JSON(usage.cacheRead)),
            ("cacheWrite", JSON(usage.cacheWrite)), ("totalTokens", JSON(usage.total)),
            ("totalCost", .double(cost)), ("missingCostEntries", JSON(missingCosts)),
        ])
    }
}

/// How many messages there were.
package struct MessageCounts: Equatable, Sendable {
    package var user = 0
    package var assistant = 0
    package var toolCalls = 0
    package var toolResults = 0
    package var errors = 0

    package var total: Int { user + assistant }

    package static func += (a: inout MessageCounts, b: MessageCounts) {
        a.user += b.user
        a.assistant += b.assistant
        a.toolCalls += b.toolCalls
        a.toolResults += b.toolResults
        a.errors += b.errors
    }

    package var json: JSON {
        [
            "total": JSON(total), "user": JSON(user), "assistant": JSON(assistant), "toolCalls": JSON(toolCalls),
            "toolResults": JSON(toolResults), "errors": JSON(errors),
        ]
    }
}

/// What a session, or several, used on one day.
package struct UsageDay: Equatable, Sendable {
    package var totals = UsageTotals()
    package var messages = MessageCounts()
    package var models: [String: (count: Int, totals: UsageTotals)] = [:]
    package var tools: [String: Int] = [:]

    package init() {}

    package static func == (a: UsageDay, b: UsageDay) -> Bool {
        a.totals == b.totals && a.messages == b.messages && a.tools == b.tools
            && a.models.mapValues(\.totals) == b.models.mapValues(\.totals)
    }

    package static func += (a: inout UsageDay, b: UsageDay) {
        a.totals += b.totals
        a.messages += b.messages
        for (name, one) in b.models {
            a.models[name, default: (0, UsageTotals())].count += one.count
            a.models[name, default: (0, UsageTotals())].totals += one.totals
        }
        for (name, count) in b.tools { a.tools[name, default: 0] += count }
    }

    mutating func count(_ entry: TranscriptEntry) {
        switch entry.content {
        case .user: messages.user += 1
        case .assistant(let answer):
            messages.assistant += 1
            if answer.error != nil { messages.errors += 1 }
            totals.add(answer)
            if let model = answer.model {
                models["\(model)", default: (0, UsageTotals())].count += 1
                models["\(model)", default: (0, UsageTotals())].totals.add(answer)
            }
            for case .toolCall(let call) in answer.parts {
                messages.toolCalls += 1
                tools[call.name, default: 0] += 1
            }
        case .toolResult(let result):
            messages.toolResults += 1
            if result.isError { messages.errors += 1 }
        case .compaction, .note: break
        }
    }
}

extension TranscriptEntry {
    /// An entry as `sessions.usage.logs` shows it; nil for what is no message.
    package func usageRow(_ maxChars: Int) -> JSON? {
        guard let (role, text) = spoken else { return nil }
        var row = JSONObject([
            ("timestamp", .int(time.milliseconds)), ("role", .string(role)),
            ("content", .string(text.shortened(to: maxChars))),
        ])
        if case .assistant(let answer) = content {
            row["tokens"] = JSON(answer.usage.total)
            row["cost"] = answer.cost.map { .double($0) }
        }
        return .object(row)
    }
}
