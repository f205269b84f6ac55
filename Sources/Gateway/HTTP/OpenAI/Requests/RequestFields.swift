import Models
import Platform

/// What both APIs have in common of a request's fields. Null means absent everywhere: some clients write out all.
struct RequestFields {
    static let toolLimit = 128
    static let toolNameLimit = 64
    static let stopLimit = 4

    let body: JSONReader

    init(_ body: JSON) throws(APIError) {
        self.body = try checked { () throws(JSONDecodingError) in try JSONField(body).object() }
    }

    func field(_ name: String) -> JSONField? { body.field(name).ifNotNull }

    func string(_ name: String) throws(APIError) -> String? {
        guard let field = field(name) else { return nil }
        return try checked { () throws(JSONDecodingError) in try field.string() }
    }

    func bool(_ name: String) throws(APIError) -> Bool? {
        guard let field = field(name) else { return nil }
        return try checked { () throws(JSONDecodingError) in try field.bool() }
    }

    func integer(_ name: String, _ range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let field = field(name) else { return nil }
        return try checked { () throws(JSONDecodingError) in try field.integer(in: range) }
    }

    func number(_ name: String, _ range: ClosedRange<Double>) throws(APIError) -> Double? {
        guard let field = field(name) else { return nil }
        return try checked { () throws(JSONDecodingError) in try field.number(in: range) }
    }

    /// Each vendor gets what it knows of them.
    func sampling(into limits: inout ModelLimits) throws(APIError) {
        limits.temperature = try number("temperature", 0...2)
        limits.topP = try number("top_p", 0...1)
        limits.presencePenalty = try number("presence_penalty", -2...2)
        limits.frequencyPenalty = try number("frequency_penalty", -2...2)
        limits.seed = try integer("seed", .min ... .max)
    }

    func stops() throws(APIError) -> [String] {
        guard let field = field("stop") else { return [] }
        if case .string(let text)? = field.value, !text.isEmpty { return [text] }
        let all = try? field.array(maxCount: Self.stopLimit)
        let texts = all?.compactMap { $0.value?.string }.filter { !$0.isEmpty }
        guard let all, let texts, texts.count == all.count else {
            throw field.refused("a text, or a list of at most \(Self.stopLimit) texts, none of them empty")
        }
        return texts
    }

    func effort(_ field: JSONField?) throws(APIError) -> ThinkingLevel? {
        guard let field else { return nil }
        return ThinkingLevel(
            effort: try checked { () throws(JSONDecodingError) in try field.oneOf(ThinkingLevel.efforts) })
    }
}

// MARK: Tools

extension RequestFields {
    /// The client's own tools. `member` is where a tool's description is: `function`, or in the tool itself.
    func tools(in member: String?) throws(APIError) -> [ToolDefinition] {
        guard let field = field("tools") else { return [] }
        let entries = try checked { () throws(JSONDecodingError) in try field.array(maxCount: Self.toolLimit) }
        var tools: [ToolDefinition] = []
        for entry in entries {
            let tool = try self.tool(entry, in: member)
            guard !tools.contains(where: { $0.name == tool.name }) else {
                throw entry.refused("another tool: \"\(tool.name)\" is there already")
            }
            tools.append(tool)
        }
        return tools
    }

    private func tool(_ entry: JSONField, in member: String?) throws(APIError) -> ToolDefinition {
        try checked { () throws(JSONDecodingError) in
            let outer = try entry.object()
            _ = try outer.field("type").oneOf(["function"])
            let tool = try member.map { (name) throws(JSONDecodingError) in try outer.field(name).object() } ?? outer
            let name = tool.field("name")
            let text = try name.string(maxBytes: Self.toolNameLimit, allowsEmpty: false)
            guard text.utf8.allSatisfy(Self.isNameByte) else {
                throw name.mustBe("letters, digits, _ and -")
            }
            let parameters = tool.field("parameters").ifNotNull
            if let parameters { _ = try parameters.object() }
            return ToolDefinition(
                name: text, description: try tool.field("description").ifNotNull?.string() ?? "",
                parameters: parameters?.value ?? ["type": "object", "properties": [:]])
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// Takes `tool_choice` and leaves the tools that it allows. Without tools of the client's it means nothing: the
    /// agent's own are not the client's to choose.
    func choice(among tools: inout [ToolDefinition], in member: String?) throws(APIError) -> ToolChoice {
        guard let field = field("tool_choice") else { return .auto }
        if let word = field.value?.string {
            switch word {
            case "auto": return .auto
            case "none":
                tools = []
                return .auto
            case "required":
                guard !tools.isEmpty else { throw field.refused("\"auto\" or \"none\" without `tools`") }
                return .required
            default: throw field.refused("\"auto\", \"none\", \"required\" or a function of `tools`")
            }
        }
        let name = try checked { () throws(JSONDecodingError) in
            let choice = try field.object()
            _ = try choice.field("type").oneOf(["function"])
            let function = try member.map { (name) throws(JSONDecodingError) in try choice.field(name).object() }
            return try (function ?? choice).field("name").string()
        }
        guard tools.contains(where: { $0.name == name }) else {
            throw field.refused("a function of `tools`; \"\(name)\" is none of them")
        }
        return .named(name)
    }
}
