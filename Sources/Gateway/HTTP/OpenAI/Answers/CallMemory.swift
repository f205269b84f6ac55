import Models
import Platform

/// Calls that were handed to clients, for when their results come back: what a vendor wants back with a call (`Seal`)
/// has no place in the API, and a result that follows on an earlier response names no tool.
@LoopActor
final class CallMemory {
    static let limit = 10_000
    /// Bytes of what is remembered; the oldest is forgotten first.
    static let byteLimit = 8 << 20

    private struct Entry {
        let name: String
        let seal: Seal?

        var size: Int { name.utf8.count + (seal?.text.utf8.count ?? 0) + 64 }
    }

    private var entries: [String: Entry] = [:]
    private var order: [String] = []
    private var oldest = 0
    private var bytes = 0

    func remember(_ calls: [ToolCall]) {
        for call in calls {
            let entry = Entry(name: call.name, seal: call.seal)
            if let old = entries.updateValue(entry, forKey: call.id) {
                bytes -= old.size
            } else {
                order.append(call.id)
            }
            bytes += entry.size
        }
        while bytes > Self.byteLimit || order.count - oldest > Self.limit, oldest < order.count {
            if let old = entries.removeValue(forKey: order[oldest]) { bytes -= old.size }
            oldest += 1
        }
        if oldest > Self.limit {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    /// The parts with what is known of their calls.
    func completed(_ parts: [MessagePart]) -> [MessagePart] {
        parts.map { part in
            switch part {
            case .toolCall(var call):
                guard call.seal == nil, let known = entries[call.id], known.name == call.name else { return part }
                call.seal = known.seal
                return .toolCall(call)
            case .toolResult(var result):
                guard result.name.isEmpty, let known = entries[result.callID] else { return part }
                result.name = known.name
                return .toolResult(result)
            case .text, .image, .thinking: return part
            }
        }
    }
}
