import Models
import Platform

/// The `input` of a request, taken apart as the messages of Chat Completions are.
struct ResponseItems {
    private(set) var system: [String] = []
    private(set) var history: [ModelMessage] = []
    private(set) var message: [MessagePart] = []
    private var images: ImageReader
    /// The conversation is known here, with the calls that results belong to.
    private let continues: Bool
    private var calls: [String: String] = [:]

    init(images: ImageReader, continues: Bool) {
        self.images = images
        self.continues = continues
    }

    private enum Kind { case user, assistant, call, result }

    private struct Item {
        let kind: Kind
        let object: JSONReader
    }

    mutating func read(_ field: JSONField) throws(APIError) {
        if let text = field.value?.string {
            guard !text.isEmpty else { throw Self.noMessage }
            message = [.text(text)]
            return
        }
        guard case .array? = field.value else { throw field.refused("a text or a list of items") }
        var items = try items(field)
        while let last = items.last, last.kind == .assistant || last.kind == .call { items.removeLast() }
        guard !items.isEmpty else { throw Self.noMessage }
        var start = items.count - 1
        if items[start].kind == .result {
            while start > 0, items[start - 1].kind == .result { start -= 1 }
        }
        for item in items[start...] { message += try parts(item, isCurrent: true) }
        guard !message.isEmpty else { throw Self.noMessage }
        for item in items[..<start].reversed() {
            let parts = try parts(item, isCurrent: false)
            let isOurs = item.kind == .assistant || item.kind == .call
            if !parts.isEmpty { history.append(ModelMessage(isOurs ? .assistant : .user, parts)) }
        }
        history.reverse()
    }

    private static let noMessage = APIError.invalid("Missing user message in `input`.", param: "input")

    private mutating func items(_ field: JSONField) throws(APIError) -> [Item] {
        var items: [Item] = []
        let elements = try checked { () throws(JSONDecodingError) in
            try field.array(maxCount: ChatMessages.limit)
        }
        for element in elements {
            let object = try checked { () throws(JSONDecodingError) in try element.object() }
            switch object.object["type"]?.string ?? "message" {
            case "message":
                if let kind = try message(object) { items.append(Item(kind: kind, object: object)) }
            case "function_call":
                try checked { () throws(JSONDecodingError) in
                    calls[try object.field("call_id").string()] = try object.field("name").string()
                }
                items.append(Item(kind: .call, object: object))
            case "function_call_output": items.append(Item(kind: .result, object: object))
            // A model's own thoughts, sealed for the vendor they came from, and names of what is stored there.
            case "reasoning", "item_reference": continue
            default:
                throw object.field("type").refused(
                    "message, function_call, function_call_output, reasoning or item_reference")
            }
        }
        return items
    }

    /// Whose message it is; nil for one that tells the agent what to be.
    private mutating func message(_ object: JSONReader) throws(APIError) -> Kind? {
        let role = try checked { () throws(JSONDecodingError) in
            try object.field("role").oneOf(["user", "assistant", "system", "developer"])
        }
        switch role {
        case "user": return .user
        case "assistant": return .assistant
        default:
            let text = try PartTexts.joined(object.field("content"))
            if !text.isEmpty { system.append(text) }
            return nil
        }
    }

    private mutating func parts(_ item: Item, isCurrent: Bool) throws(APIError) -> [MessagePart] {
        let object = item.object
        switch item.kind {
        case .user: return try content(object.field("content"), isCurrent: isCurrent)
        case .assistant:
            let text = try PartTexts.joined(object.field("content"))
            return text.isEmpty ? [] : [.text(text)]
        case .call:
            let call = try checked { () throws(JSONDecodingError) in
                ToolCall(
                    id: try object.field("call_id").string(allowsEmpty: false),
                    name: try object.field("name").string(allowsEmpty: false),
                    argumentsText: try object.field("arguments").ifNotNull?.string() ?? "")
            }
            return [.toolCall(call)]
        case .result:
            let id = try checked { () throws(JSONDecodingError) in
                try object.field("call_id").string(allowsEmpty: false)
            }
            guard let name = calls[id] ?? (continues ? "" : nil) else {
                throw object.field("call_id").refused("that of a function_call before it in `input`")
            }
            let text = try PartTexts.joined(object.field("output"))
            return [.toolResult(ToolResult(callID: id, name: name, parts: [.text(text)]))]
        }
    }

    private mutating func content(_ field: JSONField, isCurrent: Bool) throws(APIError) -> [MessagePart] {
        if let text = field.value?.string { return text.isEmpty ? [] : [.text(text)] }
        var parts: [MessagePart] = []
        for element in try PartTexts.elements(field) {
            switch element.value?["type"]?.string {
            case "input_text", "output_text", "text":
                let text = try PartTexts.text(of: element, "text")
                if !text.isEmpty { parts.append(.text(text)) }
            case "input_image":
                let url = try checked { () throws(JSONDecodingError) in try element.object().field("image_url") }
                parts.append(isCurrent ? .image(try images.read(url)) : try images.readEarlier(url))
            default: throw element.refused("a part of type \"input_text\" or \"input_image\"")
            }
        }
        return parts
    }
}
