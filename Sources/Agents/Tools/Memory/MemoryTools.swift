package import Models
package import Platform
import Store

/// The memories of all agents: an index for each, opened with the first search.
@LoopActor
package final class MemoryServices {
    private let directory: String
    private var open: [String: MemoryIndex] = [:]
    private var stores: [Store] = []
    private var isClosed = false
    /// Vectors for an agent, where they are configured.
    package var embedding: @LoopActor (String) -> (provider: any EmbeddingProvider, model: String)?

    package init(
        stateDirectory: String,
        embedding: @escaping @LoopActor (String) -> (provider: any EmbeddingProvider, model: String)? = { _ in nil }
    ) {
        directory = stateDirectory + "/memory"
        self.embedding = embedding
    }

    func embedding(of agentID: String) -> MemoryIndex.Embedding? {
        embedding(agentID).map { MemoryIndex.Embedding(provider: $0.provider, model: $0.model) }
    }

    func index(_ context: ToolContext) async throws(ToolProblem) -> MemoryIndex {
        if let index = open[context.agentID] { return index }
        guard !isClosed else { throw .said("the gateway stops") }
        let id: StrictID
        do throws(FileError) { id = try StrictID(context.agentID) } catch { throw ToolProblem(error) }
        let directory = directory
        try await inPool { () throws(FileError) in try PrivateDirectory.create(directory) }
        let store: Store
        do throws(StoreError) {
            store = try await Store.open(at: "\(directory)/\(id).sqlite", schema: MemoryIndex.schema)
        } catch {
            throw .said("the memory's index cannot be opened: \(error)")
        }
        // Another search was quicker.
        if let index = open[context.agentID] {
            await store.close()
            return index
        }
        let index = MemoryIndex(store, MemoryFiles(root: context.workspace))
        open[context.agentID] = index
        stores.append(store)
        return index
    }

    package func close() async {
        isClosed = true
        let stores = stores
        self.stores = []
        open = [:]
        for store in stores { await store.close() }
    }
}

/// `memory_search`.
package struct MemorySearchTool: WorkingTool {
    static let limit = 20
    static let snippetBytes = 700

    package let definition = ToolDefinition(
        "memory_search",
        "Searches MEMORY.md and memory/*.md. Ask it before you answer about earlier work, dates or people.",
        .required("query", .text, "what to look for"),
        .optional("maxResults", .integer(1...limit), "how many pieces; 6 unless given"))
    package let group = "memory"
    package let isForOwners = true
    private let services: MemoryServices

    package init(_ services: MemoryServices) { self.services = services }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let query = ToolText.head(try arguments.word("query"), 2000)
        let limit = try arguments.integer("maxResults", 1...Self.limit) ?? 6
        let index = try await services.index(call.context)
        let isCut = try await index.refresh()
        let (matches, note) = try await index.search(query, limit: limit, services.embedding(of: call.context.agentID))
        var details: JSON = [
            "results": .array(
                matches.map { match in
                    [
                        "path": .string(match.path), "startLine": JSON(match.first), "endLine": JSON(match.last),
                        "score": .double(match.score), "snippet": .string(ToolText.head(match.text, Self.snippetBytes)),
                    ]
                })
        ]
        details["note"] = note.map { .string($0) }
        var text = matches.map { match in
            "\(match.path) lines \(match.first)-\(match.last)\n\(ToolText.head(match.text, Self.snippetBytes))"
        }.joined(separator: "\n\n")
        if matches.isEmpty { text = "nothing in the memory fits" }
        if let note { text += "\n[\(note)]" }
        if isCut { text += "\n[only the first \(MemoryFiles.fileLimit) files are searched]" }
        return ToolOutput(text, details: details)
    }
}

/// `memory_get`.
package struct MemoryGetTool: WorkingTool {
    static let lineLimit = 2000

    package let definition = ToolDefinition(
        "memory_get", "Reads lines of MEMORY.md or of a file below memory/.",
        .required("path", .text, "the file, as memory_search names it"),
        .optional("from", .integer(1...1_000_000), "the first line"),
        .optional("lines", .integer(1...lineLimit), "how many"))
    package let group = "memory"
    package let isForOwners = true

    package init() {}

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let files = WorkspaceFiles(root: call.context.workspace)
        let file = try files.file(try arguments.word("path"))
        guard MemoryFiles.isMemory(file) else {
            throw .said("\(file) is no memory; those are MEMORY.md and memory/*.md")
        }
        let first = try arguments.integer("from", 1...1_000_000) ?? 1
        let count = try arguments.integer("lines", 1...Self.lineLimit) ?? Self.lineLimit
        let bytes = try await inPool { () throws(FileError) in try files.read(file) }
        return try ReadTool.contents("\(file)", bytes, first, count)
    }
}
