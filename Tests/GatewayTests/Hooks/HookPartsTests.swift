import Platform
import Settings
import Store
import Support
import Testing
import Wire

@testable import Gateway

/// Programs that mappings run, the ledger, and what the gateway's own events set going.
@Suite struct HookPartsTests {
    private static let input = HookInput(path: "a", payload: ["x": 1], headers: ["h": "v"])

    @LoopActor
    private func transform(
        _ output: String, _ ending: ProcessEnding = .exited(0), environment: Environment = ["PATH": "/bin", "KEY": "s"]
    ) async throws -> (result: Result<JSON?, HookProblem>, request: ProcessRequest) {
        let runner = FakeProcessRunner { _ in
            .success(ProcessResult(ending: ending, output: Array(output.utf8)))
        }
        let transform = HookTransform(runner: runner, environment: environment)
        let result: Result<JSON?, HookProblem>
        do throws(HookProblem) {
            result = .success(try await transform.run(["/bin/t", "arg"], Self.input))
        } catch {
            result = .failure(error)
        }
        return (result, try #require(runner.requests.first))
    }

    @Test func aProgramReadsTheRequestAndSaysWhatToDo() async throws {
        try await onLoop {
            let (result, request) = try await transform("{\"message\": \"hi\"}\n")
            #expect(try result.get() == ["message": "hi"])
            #expect(request.arguments == ["/bin/t", "arg"] && request.deadline == .seconds(5))
            #expect(request.environment == ["PATH": "/bin"], "nothing secret goes along")
            let read = try JSONParser.parse(request.input)
            #expect(read["payload"] == ["x": 1] && read["path"] == "a" && read["headers"] == ["h": "v"])
        }
    }

    @Test(arguments: ["", "null", " null \n"])
    func aProgramMaySayThatThereIsNothingToDo(_ output: String) async throws {
        try await onLoop {
            let made = try await transform(output).result.get()
            #expect(made == nil)
        }
    }

    @Test(arguments: [("{", 0), ("[1]", 0), ("\"text\"", 0), ("{}", 1)] as [(String, Int32)])
    func aProgramThatFailsIsTheServersFault(_ output: String, _ code: Int32) async throws {
        try await onLoop {
            let (result, _) = try await transform(output, .exited(code))
            guard case .failure(let problem) = result else {
                Issue.record("it was taken")
                return
            }
            #expect(problem.status == .internalError && problem.message.hasPrefix("hook mapping failed: "))
        }
    }

    @Test func whatAProgramSaysGoesBeforeTheTemplates() throws {
        var mapping = HookMapping()
        mapping.path = "a"
        mapping.message = "template"
        mapping.isTrusted = true
        let reading = HookReading(settings: HookSettings())
        let plain = try reading.action(mapping, Self.input, made: nil)
        guard case .agent(let ask) = plain else {
            Issue.record("no run")
            return
        }
        #expect(ask.message == "template" && ask.name == "a" && !ask.hasOwnerRights)
        let made = try reading.action(
            mapping, Self.input, made: ["action": "wake", "text": "made", "mode": "next-heartbeat"])
        #expect(made == .wake(HookAction.Wake(text: "made", isUrgent: false)))
    }

    // MARK: The ledger

    @Test func theLedgerOutlivesTheGateway() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let clock = FakeClock()
            let log = Log(LogOutput(LogSettings(), clock: clock), subsystem: "test")
            let store = try await Store.open(at: scratch.path("s.sqlite"), schema: GatewaySchema.schema)
            let first = HookLedger(clock: clock, log: log)
            try await first.load(store)
            let key = HookLedger.key("push", "1")
            #expect(try await first.answered(key, orNote: "one") == nil)
            #expect(try await first.answered(key, orNote: "two") == "one")
            let second = HookLedger(clock: clock, log: log)
            try await second.load(store)
            #expect(try await second.answered(key, orNote: "three") == "one")
            #expect(HookLedger.key("push", "1") != HookLedger.key("other", "1"))
            await second.forget(key)
            #expect(try await second.answered(key, orNote: "four") == nil)
            clock.wall.nanoseconds += HookLedger.lifetime.inNanoseconds + 1
            #expect(try await second.answered(key, orNote: "five") == nil, "a day later it is new")
            for number in 0...HookLedger.limit { _ = try await second.answered("k\(number)", orNote: "") }
            #expect(second.count == HookLedger.limit)
            await store.close()
        }
    }

    // MARK: Events

    @LoopActor
    private func events(
        _ hooks: String, _ body: (EventHooks, FakeProcessRunner, FakeHTTP, FakeClock) async throws -> Void
    ) async throws {
        let bench = try MethodBench()
        try await bench.begin("{hooks: {events: \(hooks)}}")
        let snapshot = try await bench.configuration.read()
        let (runner, http) = (FakeProcessRunner(), FakeHTTP((.ok, "")))
        let events = EventHooks(
            runner: runner, http: http, variables: ["PATH": "/bin"], clock: bench.clock,
            log: Log(bench.output, subsystem: "test"))
        events.take(snapshot)
        try await body(events, runner, http, bench.clock)
    }

    @Test func aProgramIsToldOfWhatItWantsToHear() async throws {
        try await onLoop {
            try await events("[{on: ['session:reset', 'gateway'], command: ['/bin/note', 'x'], timeoutSeconds: 7}]") {
                events, runner, _, clock in
                events.happened("session:patch", session: "agent:main:main")
                events.happened("session:reset", session: "agent:main:main", JSONObject([("a", 1)]))
                events.happened("gateway:startup")
                await clock.settle()
                #expect(
                    runner.requests.map { $0.environment["OPENCLAW_EVENT"] } == ["session:reset", "gateway:startup"])
                let request = try #require(runner.requests.first)
                #expect(request.arguments == ["/bin/note", "x"] && request.deadline == .seconds(7))
                let event = try JSONParser.parse(request.input)
                #expect(event["type"] == "session" && event["action"] == "reset" && event["context"] == ["a": 1])
                #expect(event["sessionKey"] == "agent:main:main" && event["timestamp"]?.string?.hasSuffix("Z") == true)
            }
        }
    }

    @Test func everyStateOfAPairHasItsEvent() {
        for word in ["watching", "suspect", "promoting", "active", "draining", "isolated", "paused", "blocked"] {
            #expect(EventHook.names.contains("failover:\(word)"))
        }
        #expect(EventHook.names.contains("command:new") && EventHook.names.contains("failover"))
        #expect(Set(EventHook.names).count == EventHook.names.count)
    }

    @Test func aServerIsToldWithATokenAndASignature() async throws {
        try await onLoop {
            try await events(
                "[{on: ['command:new'], url: 'https://example.org/in', token: 'bearer-of-it', secret: 'key'}]"
            ) { events, runner, http, clock in
                events.happened("command:new")
                await clock.settle()
                #expect(runner.requests.isEmpty)
                let request = try #require(http.requests.first)
                guard case .bytes(let body) = request.body else {
                    Issue.record("no body")
                    return
                }
                #expect(request.fields["Authorization"] == "Bearer bearer-of-it")
                let code = Hex.encode(HMAC<SHA256>.authenticate(body, key: Array("key".utf8)))
                #expect(request.fields["X-OpenClaw-Signature"] == "sha256=\(code)")
            }
        }
    }

    @Test func noMoreThanAFewRunAtOnceAndNoMoreThanManyWait() async throws {
        try await onLoop {
            try await events("[{on: ['message'], command: ['/bin/slow']}]") { events, runner, _, clock in
                var held: [CheckedContinuation<Void, Never>] = []
                runner.answer = { _ in
                    await withCheckedContinuation { held.append($0) }
                    return .success(ProcessResult(ending: .exited(0)))
                }
                for _ in 0..<EventHooks.atOnce + EventHooks.waitingLimit + 5 { events.happened("message:sent") }
                await clock.settle()
                #expect(runner.requests.count == EventHooks.atOnce)
                runner.answer = { _ in .success(ProcessResult(ending: .exited(0))) }
                for one in held { one.resume() }
                try await turns { runner.requests.count == EventHooks.atOnce + EventHooks.waitingLimit }
                await events.drain()
                #expect(runner.requests.count == EventHooks.atOnce + EventHooks.waitingLimit)
            }
        }
    }

    // MARK: Settings

    @Test func whatIsWrongIsToldWhenTheConfigurationIsRead() async throws {
        try await onLoop {
            let bench = try MethodBench()
            try await bench.begin(
                """
                {hooks: {enabled: true, token: 'x', path: '/', events: [{on: []}, {on: ['gateway'], url: 'https://a.b', command: ['x']}],
                  mappings: [{transform: {module: 'a.ts'}}, {messageTemplate: '{{'}, {action: 'wake'},
                    {messageTemplate: 'a', sessionKey: '{{x}}'}, {messageTemplate: 'a', signature: {kind: 'github'}}]}}
                """)
            let snapshot = try await bench.configuration.read()
            let problems = HookSettings.problems(snapshot)
            #expect(
                problems.map { "\($0.setting) \($0.isRefused)" } == [
                    "hooks.path true", "hooks.mappings[0].transform.module false",
                    "hooks.mappings[1].messageTemplate false", "hooks.mappings[2].textTemplate false",
                    "hooks.mappings[3].sessionKey false", "hooks.mappings[4].signature true",
                ])
            #expect(
                EventHook.problems(snapshot).map(\.setting)
                    == ["hooks.events[0].on", "hooks.events[0]", "hooks.events[1]"])
        }
    }

    @Test(
        arguments: [
            ("/hooks", "/hooks/wake", "wake"), ("/hooks", "/hooks", ""), ("/hooks", "/hooks/", ""),
            ("/hooks", "/hookswake", nil),
            ("/hooks", "/other", nil), ("/a/b", "/a/b/c/d/", "c/d"), ("/hooks", "/hooks/%61", "a"),
            ("/hooks", "/hooks/%zz", ""),
        ] as [(String, String, String?)])
    func whatStandsBehindThePath(_ base: String, _ path: String, _ rest: String?) {
        var settings = HookSettings()
        settings.isEnabled = true
        settings.path = base
        #expect(settings.subpath(path) == rest)
    }

    @Test(arguments: [("hooks", "/hooks"), ("/hooks/", "/hooks"), ("//a//b/", "/a/b"), ("/", "/"), ("", "/")])
    func aPathIsWrittenInOneWay(_ text: String, _ path: String) { #expect(HookSettings.path(text) == path) }
}
