import Models
import Platform

/// How a session is given away.
package enum ExportFormat: String, CaseIterable, Sendable {
    /// One message a line, as clients read them.
    case jsonLines = "jsonl"
    case markdown
}

extension SessionShelf {
    /// Bytes of an export at most.
    package nonisolated static let exportBytes = 64 << 20

    /// All that was said, as a text.
    package func export(_ key: SessionKey, as format: ExportFormat) async throws(SessionError) -> [UInt8] {
        let title = record(key)?.choices.label ?? "\(key)"
        let read = try await reading(key) { (file, end) throws(FileError) -> [UInt8]? in
            var bytes = format == .markdown ? Array("# \(title)\n".utf8) : []
            try file.forward(end.size) { _, line in
                guard let line, case .entry(let entry) = line.content else { return true }
                bytes += entry.exported(as: format, seq: line.seq)
                return bytes.count <= Self.exportBytes
            }
            return bytes.count <= Self.exportBytes ? bytes : nil
        }
        guard let read else { throw .unknown("\(key)") }
        guard let bytes = read.value else {
            throw .unreadable(
                path: shown(read.record), reason: "it is larger than an export may be (\(Self.exportBytes) bytes)")
        }
        return bytes
    }
}

extension TranscriptEntry {
    fileprivate func exported(as format: ExportFormat, seq: Int) -> [UInt8] {
        switch format {
        case .jsonLines: JSONWriter.bytes(of: message(seq: seq)) + [PlacedLine.feed]
        case .markdown: Array(markdown.utf8)
        }
    }

    private var markdown: String {
        let when = CalendarDate(time).text()
        let (title, body) =
            switch content {
            case .user(let parts, let sender): (sender ?? "User", Self.markdown(parts))
            case .assistant(let answer):
                (
                    answer.model.map { "Assistant (\($0))" } ?? "Assistant",
                    Self.markdown(answer.parts) + (answer.error.map { "\n\n> \($0)" } ?? "")
                )
            case .toolResult(let result):
                ("\(result.name): \(result.isError ? "error" : "result")", Self.fenced(result.parts.text))
            case .compaction(let summary, _): ("Summary of what came before", summary)
            case .note(let text): ("Note", text)
            }
        return "\n## \(title)\n\n_\(when)_\n\n\(body)\n"
    }

    private static func markdown(_ parts: [MessagePart]) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .image(let image): "_[\(image.mediaType)]_"
            case .thinking(let thought): thought.text.isEmpty ? "" : "> " + quoted(thought.text)
            case .toolCall(let call): "Calls `\(call.name)`:\n\n\(fenced(call.argumentsText))"
            case .toolResult(let result): fenced(result.parts.text)
            }
        }
        .filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private static func quoted(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n> ")
    }

    /// A fence that is longer than any within.
    private static func fenced(_ text: String) -> String {
        var longest = 2
        var run = 0
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence)\n\(text)\n\(fence)"
    }
}
