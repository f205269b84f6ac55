import Models
import Platform

/// Parts of messages as transcripts keep them and as clients of OpenClaw read them.
extension MessagePart {
    var json: JSON {
        switch self {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .image(let image):
            ["type": "image", "data": .string(image.base64), "mimeType": .string(image.mediaType)]
        case .thinking(let part): part.json
        case .toolCall(let call): call.json
        case .toolResult(let result): result.json
        }
    }

    /// Nil for a kind that is not known, and for what is broken.
    init?(json: JSON) {
        switch json["type"]?.string {
        case "text":
            guard let text = json["text"]?.string else { return nil }
            self = .text(text)
        case "image":
            guard let data = json["data"]?.string, let type = json["mimeType"]?.string else { return nil }
            self = .image(ImagePart(mediaType: type, base64: data))
        case "thinking":
            self = .thinking(ThinkingPart(json["thinking"]?.string ?? "", seal: json["seal"].flatMap(Seal.init(json:))))
        case "toolCall":
            guard let call = ToolCall(json: json) else { return nil }
            self = .toolCall(call)
        case "toolResult":
            guard let result = ToolResult(json: json) else { return nil }
            self = .toolResult(result)
        default: return nil
        }
    }

    static func parts(_ json: JSON?) -> [MessagePart] {
        if let text = json?.string { return [.text(text)] }
        return (json?.array ?? []).compactMap { MessagePart(json: $0) }
    }
}

extension [MessagePart] {
    var json: JSON { .array(map(\.json)) }
    /// What there is to read.
    var text: String { compactMap(\.text).joined(separator: "\n") }
}

extension Seal {
    fileprivate var json: JSON { ["api": .string(api.rawValue), "text": .string(text)] }

    fileprivate init?(json: JSON) {
        guard let api = json["api"]?.string.flatMap(ModelAPI.init(rawValue:)), let text = json["text"]?.string else {
            return nil
        }
        self.init(api, text)
    }
}

extension ThinkingPart {
    fileprivate var json: JSON {
        var row = JSONObject([("type", "thinking"), ("thinking", .string(text))])
        row["seal"] = seal?.json
        return .object(row)
    }
}

extension ToolCall {
    fileprivate var json: JSON {
        var row = JSONObject([("type", "toolCall"), ("id", .string(id)), ("name", .string(name))])
        // What the model wrote goes back to it as it was, byte for byte: its vendor's cache depends on it.
        if let arguments {
            row["arguments"] = .object(arguments)
            if !JSON.object(arguments).description.hasSameBytes(as: argumentsText) {
                row["argumentsText"] = .string(argumentsText)
            }
        } else {
            row["argumentsText"] = .string(argumentsText)
        }
        row["seal"] = seal?.json
        return .object(row)
    }

    fileprivate init?(json: JSON) {
        guard let id = json["id"]?.string, let name = json["name"]?.string else { return nil }
        let text = json["argumentsText"]?.string ?? json["arguments"]?.description ?? "{}"
        self.init(id: id, name: name, argumentsText: text, seal: json["seal"].flatMap(Seal.init(json:)))
    }
}

extension ToolResult {
    /// The members of a message of the role `toolResult`.
    var members: JSONObject {
        JSONObject([
            ("toolCallId", .string(callID)), ("toolName", .string(name)), ("content", parts.json),
            ("isError", .bool(isError)),
        ])
    }

    fileprivate var json: JSON {
        var row = members
        row["type"] = "toolResult"
        return .object(row)
    }

    init?(json: JSON) {
        guard let id = json["toolCallId"]?.string else { return nil }
        self.init(
            callID: id, name: json["toolName"]?.string ?? "", parts: MessagePart.parts(json["content"]),
            isError: json["isError"]?.bool ?? false)
    }
}
