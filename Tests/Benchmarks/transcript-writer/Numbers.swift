import Agents
import Models
import Platform
import Store
import Writing

/// The sessions that numbers go to, in turn.
let sessionCount = 6

func key(of number: Int) -> SessionKey { SessionKey(agentID: "main", rest: "chat:\(number % sessionCount)") }

/// A mark that can be found in a recording of the file's writes, then bytes that make lines of many lengths.
func text(of number: Int) -> String {
    mark(of: number)
        + String(repeating: "x", count: number % 16 == 0 ? number * 37 % 20_000 : number * 13 % 400)
}

/// A gateway's sessions in the directory of the store at `path`.
@LoopActor
struct Opened {
    let store: Store
    let shelf: SessionShelf
    let directory: String

    init(_ path: String) async throws(StoreError) {
        let before = [
            Migration(2, "two", ["CREATE TABLE two (a INTEGER) STRICT"]),
            Migration(3, "three", ["CREATE TABLE three (a INTEGER) STRICT"]),
        ]
        directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        store = try await Store.open(at: path, schema: Schema(before + Migration.sessions))
        let log = Log(LogOutput(LogSettings(level: .error)), subsystem: "sessions")
        shelf = try await SessionShelf.open(
            stateDirectory: directory, store: store, clock: EventLoop.shared, log: log)
    }

    func close() async {
        await shelf.close()
        await store.close()
    }

    /// Every number in any transcript, put aside ones too.
    func numbers() async throws -> Set<Int> {
        let folder = directory + "/agents/main/sessions"
        guard FileReading.exists(folder) else { return [] }
        var found: Set<Int> = []
        for name in try FileFacts.names(in: folder) where !name.hasSuffix(".damaged") {
            let bytes = try await FileReading.read(folder + "/" + name, limit: 1 << 30)
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                guard let json = try? JSONParser.parse(Array(line)) else { continue }
                let words = json["message"]?["content"]?[0]?["text"]?.string ?? ""
                if words.hasPrefix("seq:"), let number = Int(words.dropFirst(4).prefix(8)) { found.insert(number) }
            }
        }
        return found
    }
}

@LoopActor
func writeNumbers(_ options: Options) async throws -> Bool {
    let opened = try await Opened(options.paths[0])
    let shelf = opened.shelf
    let sequence = Sequence(from: (try await opened.numbers().max() ?? 0) + 1, count: options.count)
    for number in 0..<sessionCount { _ = try await shelf.open(key(of: number)) }
    let callers = (0..<options.callers).map { _ in
        startTask {
            while let number = sequence.take() {
                try await shelf.write(number)
                printLine(String(number))
            }
        }
    }
    for caller in callers { try await caller.value }
    await opened.close()
    return true
}

extension SessionShelf {
    /// A message; now and then a tool call with its result, a change of the record, a reset or a compaction.
    func write(_ number: Int) async throws(SessionError) {
        let key = key(of: number)
        func entry(_ content: TranscriptEntry.Content) -> TranscriptEntry {
            TranscriptEntry(id: UUIDText.random(), time: EventLoop.shared.wall, content)
        }
        if number % 5 == 0 {
            let call = ToolCall(id: "c\(number)", name: "read", argumentsText: "{}")
            try await append([entry(.assistant(AssistantEntry([.text(text(of: number)), .toolCall(call)])))], to: key)
            let result = ToolResult(callID: call.id, name: call.name, parts: [.text("done")])
            try await append([entry(.toolResult(result))], to: key)
        } else {
            try await append([entry(.user([.text(text(of: number))], sender: nil))], to: key)
        }
        if number % 41 == 0 { _ = try await update(key) { $0.choices.label = "label \(number)" } }
        if number % 97 == 0 { _ = try await reset(key) }
        if number % 151 == 0 { _ = try await compact(key, keeping: 5) }
    }
}

/// Opens each store's sessions as the product would, makes sure that no tool call is without its result, and prints
/// the numbers that the transcripts hold.
@LoopActor
func verify(_ paths: [String]) async throws -> Bool {
    var isGood = true
    for path in paths {
        printLine("store \(path)")
        let opened = try await Opened(path)
        for record in opened.shelf.records {
            let entries = try await opened.shelf.entries(record.key)
            let orphans = orphans(in: entries)
            if !orphans.isEmpty {
                printLine("orphans \(record.key) \(orphans)")
                isGood = false
            }
        }
        printLine("found \(try await opened.numbers().sorted().map(String.init).joined(separator: " "))")
        await opened.close()
    }
    return isGood
}

/// Calls that are not answered right behind them.
private func orphans(in entries: [TranscriptEntry]) -> [String] {
    var open: [String] = []
    var lost: [String] = []
    for entry in entries {
        switch entry.content {
        case .toolResult(let result): open.removeAll { $0 == result.callID }
        default:
            lost += open
            open = []
            if case .assistant(let answer) = entry.content {
                for case .toolCall(let call) in answer.parts { open.append(call.id) }
            }
        }
    }
    return lost + open
}

/// How long many sessions take to be taken up, listed and rebuilt, and what memory they need.
@LoopActor
func measure(_ options: Options) async throws -> Bool {
    let count = options.count == .max ? 10_000 : options.count
    var opened = try await Opened(options.paths[0])
    let shelf = opened.shelf
    var left = (opened.shelf.count..<max(count, opened.shelf.count)).makeIterator()
    let callers = (0..<options.callers).map { _ in
        startTask {
            while let number = left.next() {
                let key = SessionKey(agentID: "main", rest: "telegram:direct:\(number)")
                _ = try await shelf.open(key)
                let entry = TranscriptEntry(
                    id: UUIDText.random(), time: EventLoop.shared.wall, .user([.text(text(of: number))], sender: nil))
                try await shelf.append([entry], to: key)
                _ = try await shelf.update(key) { $0.origin = RunOrigin(channel: "telegram", to: "\(number)") }
            }
        }
    }
    for caller in callers { try await caller.value }
    await opened.close()
    func milliseconds(_ body: () async throws -> Void) async throws -> Double {
        let start = Instant.monotonic()
        try await body()
        return Double((Instant.monotonic() - start).inNanoseconds) / 1e6
    }
    let before = await residentKilobytes()
    let taken = try await milliseconds { opened = try await Opened(options.paths[0]) }
    var query = SessionQuery()
    query.limit = 500
    var lists: [Double] = []
    for _ in 0..<50 { lists.append(try await milliseconds { _ = opened.shelf.list(query) }) }
    query.search = "direct:77"
    let search = try await milliseconds { _ = opened.shelf.list(query) }
    let after = await residentKilobytes()
    printLine(
        "sessions \(opened.shelf.count) open-ms \(taken) list-ms-median \(lists.sorted()[25]) list-ms-max "
            + "\(lists.max() ?? 0) search-ms \(search) rss-KB-before \(before) rss-KB-after \(after)")
    await opened.close()
    return true
}

/// What the process takes of the machine's memory; zero where the system does not say.
@LoopActor
private func residentKilobytes() async -> Int {
    guard let bytes = try? await FileReading.read("/proc/self/status", limit: 1 << 16) else { return 0 }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("VmRSS:") {
        return Int(line.filter(\.isNumber)) ?? 0
    }
    return 0
}
