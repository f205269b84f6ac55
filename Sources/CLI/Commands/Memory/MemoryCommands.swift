import Agents
import Models
import Platform
import Settings

extension Command {
    private static let note =
        "The files are MEMORY.md and memory/*.md in the agent's workspace; the index beside the state is made from them "
        + "and can be made again at any time. Words are searched here; meanings only by the gateway."

    static let memoryStatus = Command(
        "memory status", "what an agent remembers: files, their size and age, and the index",
        notes: note, flags: [.agent, .json],
        examples: ["openclaw memory status", "openclaw memory status --agent ops --json"],
        seeAlso: ["memory search", "memory index"],
        run: { invocation throws(CommandFailure) in try await MemoryDesk.of(invocation).status() })

    static let memorySearch = Command(
        "memory search", "search an agent's memory for words",
        notes: note,
        arguments: [Argument("words", "what to look for", .any)],
        flags: [
            .agent, Flag("--limit", "<number>", "how many pieces", kind: .integer(1...20), default: "6"), .json,
        ],
        examples: ["openclaw memory search backup", "openclaw memory search router password --limit 3"],
        seeAlso: ["memory status", "memory index"],
        run: { invocation throws(CommandFailure) in try await MemoryDesk.of(invocation).search() })

    static let memoryIndex = Command(
        "memory index", "bring the index up to date with the files",
        notes: note, flags: [.agent, .json],
        examples: ["openclaw memory index", "openclaw memory index --agent ops"],
        seeAlso: ["memory status", "memory search"],
        run: { invocation throws(CommandFailure) in try await MemoryDesk.of(invocation).index() })
}

/// The memory of one agent, read where it lies.
@LoopActor
private struct MemoryDesk {
    let invocation: Invocation
    let agent: String
    let workspace: String

    static func of(_ invocation: Invocation) async throws(CommandFailure) -> MemoryDesk {
        let view = try await invocation.agents()
        let agent = try view.known(invocation["--agent"] ?? view.settings.defaultID, invocation)
        return MemoryDesk(
            invocation: invocation, agent: agent.id, workspace: view.workspace(agent, invocation))
    }

    private struct File: Sendable {
        let name: String
        let bytes: Int
        let changed: WallTime
    }

    private var indexPath: String { "\(invocation.instance.stateDirectory)/memory/\(agent).sqlite" }

    /// Files of a memory that are looked at.
    private nonisolated static let fileLimit = 2000

    private func files() async -> [File] {
        let workspace = workspace
        return await BlockingPool.shared.run {
            guard let directory = try? SafeDirectory(workspace) else { return [] }
            var files = Self.markdown((try? directory.entries()) ?? [], "").filter { $0.name == "MEMORY.md" }
            if let memory = try? SafePath("memory") {
                files += Self.markdown((try? directory.entries(in: memory)) ?? [], "memory/")
            }
            return Array(files.prefix(Self.fileLimit))
        }
    }

    private nonisolated static func markdown(_ entries: [SafeDirectory.Entry], _ prefix: String) -> [File] {
        entries.filter { $0.kind == .file && $0.name.hasSuffix(".md") }.map {
            File(
                name: prefix + $0.name, bytes: $0.size, changed: WallTime(nanoseconds: $0.modifiedNanoseconds))
        }
    }

    /// Bytes of the index; nil as long as there is none.
    private func indexBytes() async -> Int? {
        let (state, agent) = (invocation.instance.stateDirectory, agent)
        return await BlockingPool.shared.run {
            guard let directory = try? SafeDirectory(state), let path = try? SafePath("memory/\(agent).sqlite")
            else { return nil }
            return try? directory.entry(path)?.size
        }
    }

    func status() async throws(CommandFailure) -> ExitCode {
        let files = await files()
        let path = indexPath
        let index = await indexBytes()
        let now = invocation.surroundings.clock.wall
        let bytes = files.reduce(0) { $0 + $1.bytes }
        if invocation.output.isJSON {
            var json: JSON = [
                "ok": true, "agentId": .string(agent), "workspace": .string(workspace), "bytes": JSON(bytes),
                "files": .array(
                    files.map { file in
                        [
                            "path": .string(file.name), "bytes": JSON(file.bytes),
                            "changedAt": .string(file.changed.iso),
                        ]
                    }),
            ]
            json["index"] = index.map { ["path": .string(path), "bytes": JSON($0)] } ?? .null
            invocation.output.json(json)
            return .good
        }
        var report = Report(verdict: .good, state: files.isEmpty ? "nothing remembered yet" : "\(files.count) files")
        report.subject = [agent]
        report.facts.append(Fact("place", "Files", invocation.instance.shown(workspace)))
        if let newest = files.max(by: { $0.changed.nanoseconds < $1.changed.nanoseconds }) {
            report.facts.append(
                Fact("newest", "Newest", newest.name, observedAt: newest.changed))
            report.facts.append(Fact("size", "Size", "\((bytes + 1023) / 1024) KiB"))
        }
        report.facts.append(
            Fact(
                "index", "Index",
                index.map { "\(($0 + 1023) / 1024) KiB, \(invocation.instance.shown(path))" }
                    ?? "none yet; the first search makes it"))
        if files.isEmpty {
            report.next = ["\(invocation.program) agent --message 'Remember that my router is called cedar'"]
        }
        invocation.output.report(report, now: now)
        return .good
    }

    /// The same search as the agent's own.
    private func ask(_ query: String, _ limit: Int) async throws(CommandFailure) -> JSON {
        let services = MemoryServices(stateDirectory: invocation.instance.stateDirectory)
        let context = ToolContext(
            agentID: agent, sessionKey: .main(agent), runID: "cli", workspace: workspace, isOwner: true,
            origin: RunOrigin(channel: "cli"))
        let call = ToolInvocation(
            id: "cli", arguments: JSONObject([("query", .string(query)), ("maxResults", JSON(limit))]),
            context: context)
        let outcome: Result<ToolOutput, CancellationError>
        do throws(CancellationError) {
            outcome = .success(try await MemorySearchTool(services).run(call))
        } catch {
            outcome = .failure(error)
        }
        await services.close()
        guard case .success(let output) = outcome else {
            throw CommandFailure(.notGood, "cancelled", "the search was cut short")
        }
        guard !output.isError else {
            let text = output.parts.compactMap(\.text).joined(separator: " ")
            throw CommandFailure(
                .notGood, "no-index", text.shown, next: ["\(invocation.program) memory status"])
        }
        return output.details ?? .null
    }

    func search() async throws(CommandFailure) -> ExitCode {
        let query = invocation.arguments.joined(separator: " ")
        guard !query.trimmedSpace.isEmpty else {
            throw .usage("memory search needs words to look for", hint: "usage: \(invocation.command.usage)")
        }
        let found = try await ask(query, invocation.integer("--limit") ?? 6)
        let results = found["results"]?.array ?? []
        let output = invocation.output
        if output.isJSON {
            output.json([
                "ok": true, "agentId": .string(agent), "query": .string(query), "results": .array(results),
            ])
            return .good
        }
        output.line("● \(results.count) found")
        for result in results {
            let (first, last) = (result["startLine"]?.int ?? 0, result["endLine"]?.int ?? 0)
            output.line("  \(output.style.bold("\(result["path"]?.string ?? ""):\(first)-\(last)".shown))")
            let lines = (result["snippet"]?.string ?? "").split(whereSeparator: \.isNewline).prefix(6)
            for line in lines {
                output.line(
                    TextLayout.wrap("    " + String(line).shown, width: output.style.width, indent: 4)
                        .map(\.withoutTrailingSpaces).joined(separator: "\n"))
            }
        }
        return .good
    }

    func index() async throws(CommandFailure) -> ExitCode {
        // Each search brings the index up to date first.
        _ = try await ask("index", 1)
        let count = await files().count
        invocation.done(
            "the index of \(agent) has \(count) files", undo: nil,
            json: ["ok": true, "agentId": .string(agent), "files": JSON(count), "path": .string(indexPath)])
        return .good
    }
}
