import Platform

extension Command {
    static let sessionsExport = Command(
        "sessions export", "print all that was said in a conversation, as Markdown or JSON lines",
        notes: "With --json one object has all messages. The gateway is asked page by page.",
        arguments: [Argument("session", "its key, id or label")],
        flags: [
            Flag("--format", "<word>", "of what is printed", kind: .oneOf(["markdown", "jsonl"]), default: "markdown"),
            Flag("--output", "<path>", "write to a file; there must be none yet", default: "standard output"),
        ] + Flag.client,
        examples: [
            "openclaw sessions export main",
            "openclaw sessions export agent:main:main --format jsonl --output main.jsonl",
        ],
        seeAlso: ["sessions show", "sessions list"],
        run: { invocation throws(CommandFailure) in try await export(invocation) })
}

/// Messages of one page.
private let pageSize = 200

@LoopActor
private func export(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    if let path = invocation["--output"], FilePresence.exists(path) {
        throw CommandFailure(.notGood, "exists", "\(path.shown) is there already", details: ["name another file"])
    }
    let (key, messages) = try await invocation.withGateway { gateway throws(CommandFailure) in
        let key = try await gateway.sessionKey(invocation.arguments[0])
        return (key, try await allMessages(of: key, gateway))
    }
    let text: String
    if invocation.output.isJSON {
        text =
            JSON.object(
                JSONObject([("ok", true), ("key", .string(key)), ("messages", .array(messages))])
            ).description + "\n"
    } else if invocation["--format"] == "jsonl" {
        text = messages.map { $0.description + "\n" }.joined()
    } else {
        text = "# \(key)\n" + messages.map(SessionMarkdown.text).joined()
    }
    guard let path = invocation["--output"] else {
        invocation.output.write(invocation.output.style.isTerminal ? text.harmless : text)
        return .good
    }
    do throws(FileError) {
        try await AtomicFile.write(Array(text.utf8), to: path)
    } catch {
        throw CommandFailure(.notGood, "not-written", "\(error)")
    }
    invocation.output.note("openclaw: \(messages.count) messages are in \(path.shown)")
    return .good
}

/// From the newest page to the oldest. What is said meanwhile comes in front of the pages, and would shift them: each
/// message is known by its number.
@LoopActor
private func allMessages(of key: String, _ gateway: GatewaySession) async throws(CommandFailure) -> [JSON] {
    var pages: [[JSON]] = []
    var seen: Set<Int> = []
    var offset = 0
    while true {
        let page = try await gateway.call(
            "chat.history", ["sessionKey": .string(key), "limit": JSON(pageSize), "offset": JSON(offset)])
        let messages = page["messages"]?.array ?? []
        pages.append(
            messages.filter { message in
                guard let number = message["__openclaw"]?["seq"]?.int else { return true }
                return seen.insert(number).inserted
            })
        guard page["hasMore"]?.bool == true, let next = page["nextOffset"]?.int, next > offset else { break }
        offset = next
    }
    return pages.reversed().flatMap { $0 }
}

/// A message as a document has it.
enum SessionMarkdown {
    static func text(_ message: JSON) -> String {
        let role = message["role"]?.string ?? "note"
        let name =
            switch role {
            case "user": "User"
            case "assistant": "Assistant" + (message["model"]?.string.map { " (\($0))" } ?? "")
            case "toolResult": "Result of \(message["toolName"]?.string ?? "a tool")"
            default: role
            }
        let when = message["timestamp"]?.int.map { WallTime(milliseconds: Int64($0)).iso } ?? ""
        return "\n## \(name)\n\n" + (when.isEmpty ? "" : "_\(when)_\n\n") + MessageText.all(message) + "\n"
    }
}

/// The words of a message in the form in which clients get it.
enum MessageText {
    /// What was said, without thoughts and tools.
    static func said(_ message: JSON) -> String {
        if let text = message["content"]?.string { return text }
        return (message["content"]?.array ?? []).compactMap { part in
            part["type"]?.string == "text" ? part["text"]?.string : nil
        }.joined(separator: "\n\n")
    }

    static func all(_ message: JSON) -> String {
        if let text = message["content"]?.string { return text }
        return (message["content"]?.array ?? []).compactMap { part -> String? in
            switch part["type"]?.string {
            case "text": part["text"]?.string
            case "thinking": part["thinking"]?.string.map { "> " + $0.split(separator: "\n").joined(separator: "\n> ") }
            case "image": "_[picture]_"
            case "toolCall", "tool_use":
                "Calls `\(part["name"]?.string ?? "?")` with `\((part["arguments"] ?? part["input"] ?? .null).description)`"
            default: nil
            }
        }.joined(separator: "\n\n")
    }
}
