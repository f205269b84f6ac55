package import Platform

/// Part of what the model is told to be.
package struct SystemPart: Equatable, Sendable {
    package var text: String
    /// All up to here stays the same and is worth keeping in the vendor's cache.
    package var endsCache: Bool

    package init(_ text: String, endsCache: Bool = false) {
        self.text = text
        self.endsCache = endsCache
    }
}

/// One message of a conversation.
package struct ModelMessage: Equatable, Sendable {
    package enum Role: String, Sendable { case user, assistant }

    package var role: Role
    package var parts: [MessagePart]
    /// All up to here stays the same and is worth keeping in the vendor's cache.
    package var endsCache = false

    package init(_ role: Role, _ parts: [MessagePart], endsCache: Bool = false) {
        self.role = role
        self.parts = parts
        self.endsCache = endsCache
    }

    package init(_ role: Role, _ text: String) { self.init(role, [.text(text)]) }
}

/// What a message is made of.
package enum MessagePart: Equatable, Sendable {
    case text(String)
    case image(ImagePart)
    case thinking(ThinkingPart)
    case toolCall(ToolCall)
    case toolResult(ToolResult)
}

/// A picture, as its bytes in Base64.
package struct ImagePart: Equatable, Sendable {
    /// `image/png` and the like.
    package var mediaType: String
    package var base64: String

    package init(mediaType: String, base64: String) {
        self.mediaType = mediaType
        self.base64 = base64
    }
}

/// What a vendor wants back as it came, or its model loses its thread: a signature, an encrypted thought. Of no use to
/// another vendor, and not sent to one.
package struct Seal: Equatable, Sendable {
    package var api: ModelAPI
    package var text: String

    package init(_ api: ModelAPI, _ text: String) {
        self.api = api
        self.text = text
    }
}

/// A model's thoughts, as far as it shows them.
package struct ThinkingPart: Equatable, Sendable {
    package var text: String
    package var seal: Seal?

    package init(_ text: String, seal: Seal? = nil) {
        self.text = text
        self.seal = seal
    }
}

/// A model's wish to have a tool run.
package struct ToolCall: Equatable, Sendable {
    package var id: String
    package var name: String
    /// JSON as the model wrote it, which may be broken.
    package var argumentsText: String
    package var seal: Seal?

    package init(id: String, name: String, argumentsText: String, seal: Seal? = nil) {
        self.id = id
        self.name = name
        self.argumentsText = argumentsText
        self.seal = seal
    }

    /// The arguments; nil when they are no JSON object. None at all are an empty one.
    package var arguments: JSONObject? {
        if argumentsText.utf8.allSatisfy({ $0 <= 0x20 }) { return JSONObject() }
        return (try? JSONParser.parse(argumentsText))?.object
    }
}

/// What came of a tool call.
package struct ToolResult: Equatable, Sendable {
    package var callID: String
    package var name: String
    /// Texts and images.
    package var parts: [MessagePart]
    package var isError: Bool

    package init(callID: String, name: String, parts: [MessagePart], isError: Bool = false) {
        self.callID = callID
        self.name = name
        self.parts = parts
        self.isError = isError
    }

    var text: String { parts.compactMap(\.text).joined(separator: "\n") }
    var images: [ImagePart] { parts.compactMap(\.image) }
}

extension MessagePart {
    package var text: String? { if case .text(let text) = self { text } else { nil } }
    package var image: ImagePart? { if case .image(let image) = self { image } else { nil } }
    var toolResult: ToolResult? { if case .toolResult(let result) = self { result } else { nil } }
}

/// A tool as it is shown to the model.
package struct ToolDefinition: Equatable, Sendable {
    package var name: String
    package var description: String
    /// JSON Schema of an object.
    package var parameters: JSON

    package init(name: String, description: String, parameters: JSON) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}

/// Whether the model may, must or must not call tools.
package enum ToolChoice: Equatable, Sendable {
    case auto, none, required
    case named(String)

    /// Whether it leaves the model no choice.
    var isForced: Bool {
        switch self {
        case .auto, .none: false
        case .required, .named: true
        }
    }
}
