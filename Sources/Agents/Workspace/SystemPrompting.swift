package import Models
package import Platform

/// Tells what an agent knows before its conversation begins.
@LoopActor
package protocol SystemPrompting: AnyObject, Sendable {
    /// Put together anew for each run: the files it is made of belong to people, who change them at any time. Makes the
    /// workspace when there is none.
    func systemPrompt(for facts: PromptFacts) async -> SystemPrompt
}

/// What a system prompt depends on.
package struct PromptFacts: Sendable {
    package var context: ToolContext
    package var model: ModelReference?
    /// Those that the run may use.
    package var tools: [ToolDefinition]
    /// What this one run adds: `RunOptions.extraSystemPrompt`, the system messages of an OpenAI client.
    package var extra: String?
    /// Whether a heartbeat asks; only then is HEARTBEAT.md of any use.
    package var isHeartbeat: Bool

    package init(
        context: ToolContext, model: ModelReference? = nil, tools: [ToolDefinition] = [], extra: String? = nil,
        isHeartbeat: Bool = false
    ) {
        self.context = context
        self.model = model
        self.tools = tools
        self.extra = extra
        self.isHeartbeat = isHeartbeat
    }
}

/// A system prompt as named sections, in the order in which the model reads them.
package struct SystemPrompt: Equatable, Sendable {
    /// One piece of it.
    package struct Section: Equatable, Sendable {
        /// `identity`, `tools`, `skills`, `AGENTS.md`, …
        package var name: String
        package var text: String
        /// Bytes that its source has, where that is a file.
        package var sourceBytes: Int?
        /// Whether it is the same from run to run, and so worth the vendor's cache. These come first.
        package var isLasting: Bool
        /// A file that a person may look for and that is not there.
        package var isMissing: Bool
        /// Whether some of its source is left out.
        package var isCut: Bool

        package init(
            _ name: String, _ text: String, sourceBytes: Int? = nil, isLasting: Bool = true, isMissing: Bool = false,
            isCut: Bool = false
        ) {
            self.name = name
            self.text = text
            self.sourceBytes = sourceBytes
            self.isLasting = isLasting
            self.isMissing = isMissing
            self.isCut = isCut
        }
    }

    package var sections: [Section]
    /// Bytes that the definitions of the tools take, which go to the model beside the text.
    package var toolBytes: Int

    package init(sections: [Section], toolBytes: Int = 0) {
        self.sections = sections
        self.toolBytes = toolBytes
    }

    /// As a request to a model takes it: what lasts, marked for the cache, and what changes.
    package var parts: [SystemPart] {
        let lasting = text { $0.isLasting }
        let changing = text { !$0.isLasting }
        return (lasting.isEmpty ? [] : [SystemPart(lasting, endsCache: true)])
            + (changing.isEmpty ? [] : [SystemPart(changing)])
    }

    package var bytes: Int { sections.reduce(0) { $0 + $1.text.utf8.count } }

    /// The same in figures, for `/context` and for programs.
    package var report: JSON {
        let rows = sections.map { section -> JSON in
            var row: JSON = ["name": .string(section.name), "bytes": JSON(section.text.utf8.count)]
            row["sourceBytes"] = section.sourceBytes.map { JSON($0) }
            if section.isCut { row["truncated"] = true }
            if section.isMissing { row["missing"] = true }
            return row
        }
        return [
            "sections": .array(rows), "bytes": JSON(bytes), "toolBytes": JSON(toolBytes),
            "estimatedTokens": JSON((bytes + toolBytes) / Self.bytesPerToken),
        ]
    }

    /// A rule of thumb that holds for most languages in Latin letters.
    package static let bytesPerToken = 4

    private func text(_ isWanted: (Section) -> Bool) -> String {
        sections.filter { isWanted($0) && !$0.text.isEmpty }.map(\.text).joined(separator: "\n\n")
    }
}
