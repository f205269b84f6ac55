import Models
import Platform

/// Tool calls and their results, put together again: a crash between a call and its result must not make every later
/// request of the session fail.
struct ToolCallRepair {
    static let text =
        "No result: the gateway stopped before the tool had ended. Ask for it again if it is still needed."

    /// With each call's results right behind it.
    private(set) var entries: [TranscriptEntry] = []
    /// Results that were missing and were made up; to be written to the transcript.
    private(set) var missing: [TranscriptEntry] = []

    /// Calls of the last answer whose number is beyond `settled` may still be under way, and are left as they are.
    init(_ numbered: [NumberedEntry], settled: Int, time: WallTime, newID: () -> String) {
        var results: [String: [TranscriptEntry]] = [:]
        for one in numbered {
            if case .toolResult(let result) = one.entry.content {
                results[result.callID, default: []].append(one.entry)
            }
        }
        let lastAnswer = numbered.last { if case .toolResult = $0.entry.content { false } else { true } }
        for one in numbered {
            switch one.entry.content {
            case .toolResult: continue
            case .user, .compaction, .note: entries.append(one.entry)
            case .assistant(let answer):
                entries.append(one.entry)
                let isUnderWay = one.seq == lastAnswer?.seq && one.seq > settled
                for case .toolCall(let call) in answer.parts {
                    if let result = results[call.id]?.first {
                        results[call.id]?.removeFirst()
                        entries.append(result)
                    } else if !isUnderWay {
                        let result = ToolResult(
                            callID: call.id, name: call.name, parts: [.text(Self.text)], isError: true)
                        let entry = TranscriptEntry(
                            id: newID(), time: time, runID: one.entry.runID, .toolResult(result))
                        entries.append(entry)
                        missing.append(entry)
                    }
                }
            }
        }
    }
}
