import Models
import Platform

/// The `messages` of a request, taken apart: what the agent is told, what was said before, what is to be answered.
struct ChatMessages {
    static let limit = 10_000

    private(set) var system: [String] = []
    private(set) var history: [ModelMessage] = []
    private(set) var message: [MessagePart] = []
    private var images: ImageReader
    /// Names of the tools that were called, by the call's id.
    private var calls: [String: String] = [:]

    init(images: ImageReader) { self.images = images }

    private enum Role: String, CaseIterable {
        case system, developer, user, assistant, tool, function
    }

    private struct Entry {
        let role: Role
        let message: JSONReader
    }

    mutating func read(_ field: JSONField) throws(APIError) {
        let entries = try entries(field)
        collectCalls(entries)
        var spoken: [Entry] = []
        for entry in entries {
            switch entry.role {
            case .system, .developer:
                let text = try PartTexts.joined(entry.message.field("content"))
                if !text.isEmpty { system.append(text) }
            default: spoken.append(entry)
            }
        }
        // What an assistant said last of all is no message to answer.
        while let last = spoken.last, last.role == .assistant { spoken.removeLast() }
        guard !spoken.isEmpty else { throw Self.noMessage }
        let start = Self.startOfCurrent(spoken)
        for entry in spoken[start...] { message += try parts(entry, isCurrent: true) }
        guard !message.isEmpty else { throw Self.noMessage }
        // From the newest on, so that it is the oldest pictures that find no room.
        for entry in spoken[..<start].reversed() {
            let parts = try parts(entry, isCurrent: false)
            if !parts.isEmpty { history.append(ModelMessage(entry.role == .assistant ? .assistant : .user, parts)) }
        }
        history.reverse()
    }

    private static let noMessage = APIError.invalid("Missing user message in `messages`.", param: "messages")

    /// The last message, with the results of tools that stand right before it when it is one itself: they answer one
    /// turn of the assistant's together.
    private static func startOfCurrent(_ spoken: [Entry]) -> Int {
        var start = spoken.count - 1
        guard spoken[start].role == .tool else { return start }
        while start > 0, spoken[start - 1].role == .tool { start -= 1 }
        return start
    }

    private func entries(_ field: JSONField) throws(APIError) -> [Entry] {
        try checked { () throws(JSONDecodingError) in
            try field.array(maxCount: Self.limit).map { (element) throws(JSONDecodingError) in
                let message = try element.object()
                return Entry(role: try message.field("role").oneOf(), message: message)
            }
        }
    }

    private mutating func collectCalls(_ entries: [Entry]) {
        for entry in entries where entry.role == .assistant {
            for call in entry.message.object["tool_calls"]?.array ?? [] {
                guard let id = call["id"]?.string, let name = call["function"]?["name"]?.string else { continue }
                calls[id] = name
            }
        }
    }

    private mutating func parts(_ entry: Entry, isCurrent: Bool) throws(APIError) -> [MessagePart] {
        let content = entry.message.field("content")
        switch entry.role {
        case .system, .developer: return []
        case .user: return try self.content(content, isCurrent: isCurrent)
        case .assistant:
            let text = try PartTexts.joined(content)
            return (text.isEmpty ? [] : [.text(text)]) + (try toolCalls(entry.message))
        case .tool, .function:
            let text = try PartTexts.joined(content)
            let id = entry.message.object["tool_call_id"]?.string
            guard let id, let name = calls[id] else {
                // Nobody called it, so no vendor would take it for a result.
                let name = entry.message.object["name"]?.string.map { ":\($0)" } ?? ""
                return text.isEmpty ? [] : [.text("Tool\(name): \(text)")]
            }
            return [.toolResult(ToolResult(callID: id, name: name, parts: [.text(text)]))]
        }
    }

    private func toolCalls(_ message: JSONReader) throws(APIError) -> [MessagePart] {
        guard let field = message.field("tool_calls").ifNotNull else { return [] }
        return try checked { () throws(JSONDecodingError) in
            try field.array(maxCount: RequestFields.toolLimit).map { (element) throws(JSONDecodingError) in
                let call = try element.object()
                let function = try call.field("function").object()
                return .toolCall(
                    ToolCall(
                        id: try call.field("id").string(allowsEmpty: false),
                        name: try function.field("name").string(allowsEmpty: false),
                        argumentsText: try function.field("arguments").ifNotNull?.string() ?? ""))
            }
        }
    }

    // MARK: Content

    private mutating func content(_ field: JSONField, isCurrent: Bool) throws(APIError) -> [MessagePart] {
        if let text = field.value?.string { return text.isEmpty ? [] : [.text(text)] }
        guard field.ifNotNull != nil else { return [] }
        var parts: [MessagePart] = []
        for element in try PartTexts.elements(field) {
            switch element.value?["type"]?.string {
            case "text":
                let text = try PartTexts.text(of: element, "text")
                if !text.isEmpty { parts.append(.text(text)) }
            case "image_url":
                let url = try url(element)
                parts.append(isCurrent ? .image(try images.read(url)) : try images.readEarlier(url))
            default: throw element.refused("a part of type \"text\" or \"image_url\"")
            }
        }
        return parts
    }

    /// `{"image_url": {"url": …}}`; some clients write the URL itself.
    private func url(_ element: JSONField) throws(APIError) -> JSONField {
        try checked { () throws(JSONDecodingError) in
            let field = try element.object().field("image_url")
            if case .string? = field.value { return field }
            return try field.object().field("url")
        }
    }
}
