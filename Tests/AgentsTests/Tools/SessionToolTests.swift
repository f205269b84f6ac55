import Models
import Platform
import Support
import Testing

@testable import Agents

/// Sessions and runs that a test makes.
@LoopActor
final class FakeSessions: SessionKeeping, SessionListing, AgentListing, AgentRunning {
    var records: [SessionRecord] = []
    var transcript: [TranscriptEntry] = []
    var started: [RunRequest] = []
    var result: RunResult?
    let agents = [
        AgentSummary(id: "main", name: nil, isDefault: true),
        AgentSummary(id: "other", name: "Other", isDefault: false),
    ]

    func add(_ key: SessionKey, spawnedBy parent: SessionKey? = nil) {
        var record = SessionRecord(key: key, sessionID: "s\(records.count)", createdAt: WallTime(nanoseconds: 0))
        record.choices.spawnedBy = parent.map { "\($0)" }
        records.append(record)
    }

    func open(_ key: SessionKey) async throws(SessionError) -> SessionRecord {
        if let record = records.first(where: { $0.key == key }) { return record }
        add(key)
        return records[records.count - 1]
    }

    func entries(_ key: SessionKey) async throws(SessionError) -> [TranscriptEntry] { transcript }
    func append(_ entries: [TranscriptEntry], to key: SessionKey) async throws(SessionError) {}

    func update(
        _ key: SessionKey, _ change: @LoopActor @Sendable (inout SessionRecord) -> Void
    ) async throws(SessionError) -> SessionRecord {
        guard let place = records.firstIndex(where: { $0.key == key }) else { throw .unknown("\(key)") }
        change(&records[place])
        return records[place]
    }

    func list(agentID: String?, limit: Int) async throws(SessionError) -> [SessionRecord] {
        Array(records.filter { agentID == nil || $0.key.agentID == agentID }.prefix(limit))
    }

    func find(_ key: SessionKey) async throws(SessionError) -> SessionRecord? { records.first { $0.key == key } }

    func start(_ request: RunRequest, observer: (any RunObserver)?) throws(RunRefusal) -> RunTicket {
        started.append(request)
        return RunTicket(id: request.id, isRepeat: false, acceptedAt: WallTime(nanoseconds: 0))
    }

    func abort(_ id: String?, in key: SessionKey?, reason: String) -> [String] { [] }
    func result(of id: String, within time: Duration) async -> RunResult? { result }
}

@Suite struct SessionToolTests {
    @LoopActor
    static func services(_ sessions: FakeSessions, _ config: JSON = [:]) -> SessionServices {
        let services = SessionServices(
            keeping: sessions, listing: sessions, agents: sessions, running: sessions, clock: FakeClock())
        services.take(config)
        return services
    }

    static let child = SessionKey(agentID: "main", rest: "subagent:1")
    static let grandchild = SessionKey(agentID: "other", rest: "subagent:2")
    static let stranger = SessionKey(agentID: "main", rest: "telegram:direct:42")
    static let foreign = SessionKey(agentID: "other", rest: "main")

    @LoopActor
    static func family() -> FakeSessions {
        let sessions = FakeSessions()
        sessions.add(.main("main"))
        sessions.add(child, spawnedBy: .main("main"))
        sessions.add(grandchild, spawnedBy: child)
        sessions.add(stranger)
        sessions.add(foreign)
        return sessions
    }

    @Test func aConversationSeesItsOwnTreeUnlessMoreIsSaid() async throws {
        try await onLoop {
            let table: [(String?, [SessionKey])] = [
                (nil, [.main("main"), Self.child]), ("self", [.main("main")]), ("tree", [.main("main"), Self.child]),
                ("agent", [.main("main"), Self.child, Self.stranger]),
                ("all", [.main("main"), Self.child, Self.grandchild, Self.stranger, Self.foreign]),
                ("nonsense", [.main("main")]),
            ]
            for (word, seen) in table {
                var config: JSON = [:]
                if let word { config = ["tools": ["sessions": ["visibility": .string(word)]]] }
                let bench = ToolBench()
                let services = Self.services(Self.family(), config)
                let list = try await bench.run(SessionsListTool(services), [:])
                let keys = list.details?["sessions"]?.array?.compactMap { $0["key"]?.string }
                #expect(keys == seen.map { "\($0)" }, "\(word ?? "nothing")")
                let history = try await bench.run(
                    SessionsHistoryTool(services), ["sessionKey": .string("\(Self.foreign)")])
                #expect(history.isError == (word != "all"))
            }
            // What one spawned for another agent is its own as well.
            let bench = ToolBench()
            let history = try await bench.run(
                SessionsHistoryTool(Self.services(Self.family())), ["sessionKey": .string("\(Self.grandchild)")])
            #expect(!history.isError)
        }
    }

    @Test(arguments: [
        "../x", "agent:../x:y", "a b", "", "agent:main:a\u{0}", "agent::x", String(repeating: "x", count: 600),
        "agent:main:..:x",
    ])
    func GHSA_5xfq_5mr7_426q_aStrangeKeyIsNoSession(key: String) async throws {
        try await onLoop {
            let bench = ToolBench()
            _ = try await bench.refused(
                SessionsHistoryTool(Self.services(Self.family(), ["tools": ["sessions": ["visibility": "all"]]])),
                ["sessionKey": .string(key)])
        }
    }

    @Test func aMessageIsSentAndItsAnswerComesBackAsForeign() async throws {
        try await onLoop {
            let bench = ToolBench()
            let sessions = Self.family()
            let send = SessionsSendTool(Self.services(sessions))
            #expect(try await bench.refused(send, ["sessionKey": "main", "message": "x"]).contains("itself"))
            let waiting = try await bench.run(
                send, ["sessionKey": .string("\(Self.child)"), "message": "go on", "timeoutSeconds": 0])
            #expect(
                waiting.details?["status"]?.string == "accepted" && sessions.started.map(\.sessionKey) == [Self.child])
            sessions.result = RunResult(.answered(.stop), text: "done", endedAt: WallTime(nanoseconds: 0))
            let answered = try await bench.run(send, ["sessionKey": .string("\(Self.child)"), "message": "go on"])
            #expect(answered.details?["reply"]?.string == "done" && answered.text.contains("written by strangers"))
            #expect(sessions.started[0].id != sessions.started[1].id && sessions.started[1].isOwner)
        }
    }

    @Test func spawningIsBounded() async throws {
        try await onLoop {
            let bench = ToolBench()
            let sessions = Self.family()
            let spawn = SessionsSpawnTool(Self.services(sessions))
            let output = try await bench.run(spawn, ["task": "look", "label": "L", "model": "openai/x"])
            let made = try #require(sessions.records.last)
            #expect(!output.isError && made.choices.spawnedBy == "agent:main:main" && made.choices.label == "L")
            #expect(made.choices.model == ModelReference("openai/x") && sessions.started.last?.sessionKey == made.key)
            // One was there, one was made, three more may follow.
            for _ in 0..<3 { #expect(try await !bench.run(spawn, ["task": "look"]).isError) }
            #expect(try await bench.refused(spawn, ["task": "look"]).contains("spawned 5 others"))
            // Another agent only where it is named.
            #expect(try await bench.refused(spawn, ["task": "look", "agentId": "other"]).contains("may not spawn"))
            // The third level is one too many.
            bench.key = Self.child
            #expect(try await !bench.run(spawn, ["task": "look"]).isError)
            bench.key = Self.grandchild
            #expect(try await bench.refused(spawn, ["task": "look"]).contains("2 levels deep"))
        }
    }

    @Test func agentsThatMayBeSpawnedAreListed() async throws {
        try await onLoop {
            let bench = ToolBench()
            let config: JSON = ["agents": ["defaults": ["subagents": ["allowAgents": ["other"]]]]]
            let list = try await bench.run(AgentsListTool(Self.services(Self.family(), config)), [:])
            #expect(list.details?["agents"]?.array?.compactMap { $0["id"]?.string } == ["main", "other"])
            let alone = try await bench.run(AgentsListTool(Self.services(Self.family())), [:])
            #expect(alone.details?["agents"]?.array?.count == 1)
            let status = try await bench.run(SessionStatusTool(Self.services(Self.family())), [:])
            #expect(status.details?["key"]?.string == "agent:main:main")
        }
    }

    @Test func messagesElsewhereAreAnOwners() async throws {
        try await onLoop {
            let bench = ToolBench()
            let said = try await bench.refused(MessageTool(NoChannels()), ["text": "hi"])
            #expect(said.hasPrefix("UNAVAILABLE: no channel"))
            bench.isOwner = false
            #expect(
                try await bench.refused(MessageTool(NoChannels()), ["text": "hi", "target": "someone"]).contains(
                    "only an owner's"))
            #expect(try await bench.refused(MessageTool(NoChannels()), ["text": ""]).contains("nothing to send"))
        }
    }
}
