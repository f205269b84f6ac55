import Agents
import Contract
import Models
import Platform
import Support
import Testing

@testable import Gateway

/// Messages over the WebSocket, from `chat.send` to the last event.
@Suite struct ChatTests {
    /// A bench with its sessions open and a model that says what the test pushes.
    @LoopActor
    private func chat(_ body: (MethodBench, PushedModel) async throws -> Void) async throws {
        let model = PushedModel()
        let configuration = ModelConfiguration(
            try JSON5Document(
                """
                { models: { providers: { p: { baseUrl: 'http://127.0.0.1:1/v1', models: [{ id: 'a' }] } } },
                  agents: { defaults: { model: 'p/a' } } }
                """
            ).value, environment: { _ in nil })
        let clock = FakeClock()
        let bench = try MethodBench(
            models: ModelDesk(configuration, clock: clock, sources: { _ in model }))
        try await bench.openSessions()
        try await body(bench, model)
        await bench.closeSessions()
    }

    @Test func aFreshGatewaySaysHowToAddAModel() async throws {
        try await onLoop {
            let bench = try MethodBench()
            try await bench.openSessions()
            let client = try await bench.connect()
            let answer = try await client.call(
                "chat.send", ["sessionKey": "main", "message": "Hello", "idempotencyKey": "k1"])
            #expect(answer == ["runId": "k1", "status": "started"])
            try await turns { client.events("chat").contains { $0["state"] == "final" } }
            let final = try #require(client.events("chat").last)
            let text = final["message"]?["content"]?[0]?["text"]?.string ?? ""
            #expect(text.contains("openclaw models set anthropic/"))
            #expect(final["runId"] == "k1" && final["sessionKey"] == "agent:main:main")
            #expect(final["message"]?["provider"] == "builtin")
            let history = try await client.call("chat.history", ["sessionKey": "main"])
            #expect(history["messages"]?.array?.map { $0["role"]?.string } == ["user", "assistant"])
            #expect(history["sessionId"]?.string?.isEmpty == false)
            await bench.closeSessions()
        }
    }

    @Test func deltasAreCumulativeAndAtMostOneIn150Milliseconds() async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                _ = try await client.call("chat.send", ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k"])
                try await turns { model.isAsked }
                for piece in ["One ", "two ", "three"] {
                    model.push(.text(piece))
                    await bench.clock.settle()
                }
                try await turns { !client.events("chat").isEmpty }
                #expect(client.events("chat").map { $0["deltaText"] } == ["One "])
                await bench.clock.advance(by: .milliseconds(149))
                #expect(client.events("chat").count == 1)
                await bench.clock.advance(by: .milliseconds(1))
                try await turns { client.events("chat").count == 2 }
                let second = client.events("chat")[1]
                #expect(second["deltaText"] == "two three")
                #expect(second["message"]?["content"]?[0]?["text"] == "One two three")
                model.push(.text("!"))
                model.push(.finish(.stop))
                try await turns { client.events("chat").last?["state"] == "final" }
                let states = client.events("chat").map { $0["state"]?.string }
                #expect(states == ["delta", "delta", "delta", "final"])
                let agent = client.events("agent")
                #expect(agent.map { $0["seq"]?.int } == Array(1...agent.count).map { $0 })
                #expect(agent.first?["data"]?["phase"] == "start")
                #expect(agent.last?["data"]?["phase"] == "end")
                #expect(
                    agent.filter { $0["stream"] == "assistant" }.map { $0["data"]?["delta"] } == [
                        "One ", "two three", "!",
                    ])
            }
        }
    }

    @Test func theSameKeyIsTheSameRun() async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                let message: JSON = ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k"]
                #expect(try await client.call("chat.send", message)["status"] == "started")
                try await turns { model.isAsked }
                #expect(try await client.call("chat.send", message)["status"] == "in_flight")
                model.push(.text("Yes"))
                model.push(.finish(.stop))
                try await turns { client.events("chat").last?["state"] == "final" }
                #expect(try await client.call("chat.send", message)["status"] == "ok")
                #expect(model.requests == 1)
            }
        }
    }

    @Test func abortEndsTheRunAndTellsWhatWasSaid() async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                _ = try await client.call("chat.send", ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k"])
                try await turns { model.isAsked }
                model.push(.text("Half"))
                #expect(
                    try await client.refusal("chat.abort", ["sessionKey": "agent:main:other", "runId": "k"])
                        == "INVALID_REQUEST runId does not match sessionKey")
                let answer = try await client.call("chat.abort", ["sessionKey": "main"])
                #expect(answer == ["ok": true, "aborted": true, "runIds": ["k"]])
                try await turns { client.events("chat").last?["state"] == "aborted" }
                #expect(client.events("chat").last?["stopReason"] == "rpc")
                #expect(client.events("chat").last?["message"]?["content"]?[0]?["text"] == "Half")
                #expect(model.cancelled == 1)
                let again = try await client.call("chat.abort", ["sessionKey": "main"])
                #expect(again == ["ok": true, "aborted": false, "runIds": []])
            }
        }
    }

    @Test(arguments: MessageIntake.stopWords)
    func aStopWordEndsWhatRuns(word: String) async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                _ = try await client.call("chat.send", ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k"])
                try await turns { model.isAsked }
                let answer = try await client.call(
                    "chat.send", ["sessionKey": "main", "message": .string(" \(word) "), "idempotencyKey": "k2"])
                #expect(answer == ["ok": true, "aborted": true, "runIds": ["k"]])
                try await turns { client.events("chat").last?["stopReason"] == "stop" }
            }
        }
    }

    @Test func agentIsAnsweredTwice() async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                let id = client.start("agent", ["message": "Hi", "idempotencyKey": "k"])
                let accepted = try await client.response(id)
                #expect(accepted["payload"]?["status"] == "accepted")
                #expect(accepted["payload"]?["sessionKey"] == "agent:main:main")
                try await turns { model.isAsked }
                let wait = client.start("agent.wait", ["runId": "k"])
                model.push(.text("Yes"))
                model.push(.usage(ModelUsage(input: 3, output: 2)))
                model.push(.finish(.stop))
                try await turns { client.responses(id).count == 2 }
                let done = client.responses(id)[1]["payload"]
                #expect(done?["status"] == "ok" && done?["summary"] == "completed")
                #expect(done?["result"]?["payloads"]?[0]?["text"] == "Yes")
                #expect(done?["result"]?["meta"]?["agentMeta"]?["model"] == "a")
                #expect(done?["result"]?["meta"]?["agentMeta"]?["usage"]?["input"] == 3)
                #expect(try await client.response(wait)["payload"]?["status"] == "ok")
                // Asked again, the last answer comes at once.
                let again = try await client.call("agent", ["message": "Hi", "idempotencyKey": "k"])
                #expect(again["status"] == "ok")
            }
        }
    }

    @Test func aFailedRunIsAnErrorWithAPayload() async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                let id = client.start("agent", ["message": "Hi", "idempotencyKey": "k"])
                try await turns { model.isAsked }
                model.push(.text("Half"))
                model.fail(.cutStream)
                try await turns { client.responses(id).count == 2 }
                let failed = client.responses(id)[1]
                #expect(failed["ok"] == false)
                #expect(failed["error"]?["code"] == "UNAVAILABLE")
                #expect(failed["payload"]?["status"] == "error")
                #expect(client.events("chat").last?["state"] == "error")
                #expect(client.events("chat").last?["errorMessage"]?.string?.contains("p/a") == true)
                #expect(client.events("agent").last?["data"]?["phase"] == "error")
            }
        }
    }

    @Test func aRunGoesOnWhenItsClientLeaves() async throws {
        try await onLoop {
            try await chat { bench, model in
                let (client, other) = (try await bench.connect(), try await bench.connect())
                _ = client.start("agent", ["message": "Hi", "idempotencyKey": "k"])
                try await turns { model.isAsked }
                client.leave()
                try await turns { client.close != nil }
                model.push(.text("Yes"))
                model.push(.finish(.stop))
                try await turns { other.events("chat").last?["state"] == "final" }
                #expect(model.cancelled == 0)
            }
        }
    }

    @Test func waitingHasAnEndOfItsOwn() async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                _ = try await client.call("chat.send", ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k"])
                let wait = client.start("agent.wait", ["runId": "k", "timeoutMs": 0])
                #expect(try await client.response(wait)["payload"] == ["runId": "k", "status": "timeout"])
                #expect(try await client.call("agent.wait", ["runId": "nobody"])["status"] == "timeout")
            }
        }
    }

    @Test func whatIsNoMessageIsRefused() async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                func refusal(_ params: JSON) async throws -> String {
                    var all: JSON = ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k"]
                    for member in params.object?.members ?? [] { all[member.key] = member.value }
                    return try await client.refusal("chat.send", all)
                }
                #expect(try await refusal(["message": " "]) == "INVALID_REQUEST message or attachment required")
                #expect(
                    try await refusal(["sessionKey": "agent:nobody:main"])
                        == "INVALID_REQUEST unknown agent id \"nobody\"")
                #expect(try await refusal(["sessionKey": "agent:main:../x"]).contains("is no session key"))
                #expect(try await refusal(["thinking": "much"]).contains("one of off, minimal"))
                #expect(
                    try await refusal(["attachments": [["mimeType": "image/png", "content": "!"]]]).contains("base64"))
                #expect(
                    try await refusal(["attachments": [["mimeType": "application/zip", "content": "UEs="]]])
                        .contains("only pictures and texts"))
                #expect(model.requests == 0)
            }
        }
    }

    @Test(arguments: [MessageIntake.imageBytes - 1, MessageIntake.imageBytes, MessageIntake.imageBytes + 1])
    func aPictureHasALimit(bytes: Int) async throws {
        try await onLoop {
            try await chat { bench, _ in
                let client = try await bench.connect()
                let content = Base64.standard.encode(Array(repeating: 0, count: bytes))
                let answer = try await client.request(
                    "chat.send",
                    [
                        "sessionKey": "main", "message": "Hi", "idempotencyKey": "k",
                        "attachments": [["mimeType": "image/png", "content": .string(content)]],
                    ])
                #expect(answer["ok"]?.bool == (bytes <= MessageIntake.imageBytes))
            }
        }
    }

    @Test func injectedWordsAreKeptAndTold() async throws {
        try await onLoop {
            try await chat { bench, _ in
                let client = try await bench.connect()
                let answer = try await client.call(
                    "chat.inject", ["sessionKey": "main", "message": "words", "label": "note"])
                #expect(answer["ok"] == true)
                let event = try await client.event("chat")
                #expect(event["runId"] == .string("inject-\(answer["messageId"]?.string ?? "")"))
                #expect(event["seq"] == 0 && event["state"] == "final")
                let history = try await client.call("chat.history", ["sessionKey": "main"])
                #expect(history["messages"]?.array?.count == 1)
            }
        }
    }

    @Test func wakeNowIsAMessage() async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                #expect(try await client.call("wake", ["mode": "now", "text": "look"])["ok"] == true)
                try await turns { model.isAsked }
                #expect(model.lastText == "System event: look")
            }
        }
    }

    @Test func aReaderCannotWriteAndAWriterIsNoOwner() async throws {
        try await onLoop {
            try await chat { bench, _ in
                let writer = try await bench.connect(scopes: [.write])
                _ = try await writer.call(
                    "chat.send", ["sessionKey": "main", "message": "/new", "idempotencyKey": "k"])
                try await turns { writer.events("chat").last?["state"] == "final" }
                let text = writer.events("chat").last?["message"]?["content"]?[0]?["text"]?.string
                #expect(text?.contains("is for owners") == true)
                #expect(
                    try await writer.refusal("agent", ["message": "/new", "idempotencyKey": "k2"])
                        == "FORBIDDEN missing scope: operator.admin")
            }
        }
    }

    @Test func sessionsAreMadeWithAFirstMessage() async throws {
        try await onLoop {
            try await chat { bench, model in
                let client = try await bench.connect()
                let made = try await client.call(
                    "sessions.create", ["label": "trip", "model": "p/a", "message": "Plan it"])
                #expect(made["runStarted"] == true)
                try await turns { model.isAsked }
                #expect(model.lastText == "Plan it")
                let key = made["key"] ?? ""
                #expect(try await client.call("sessions.abort", ["key": key])["status"] == "aborted")
                #expect(try await client.call("sessions.abort", ["key": key])["status"] == "no-active-run")
                #expect(try await client.refusal("sessions.create", ["model": "q/x"]).contains("unknown model"))
            }
        }
    }

    @Test func modelsAndCommandsAreListed() async throws {
        try await onLoop {
            try await chat { bench, _ in
                let client = try await bench.connect(scopes: [.read])
                let models = try await client.call("models.list")["models"]?.array ?? []
                #expect(models.map { $0["id"] } == ["a", "operator"])
                let commands = try await client.call("commands.list")["commands"]?.array ?? []
                #expect(commands.contains { $0["name"] == "status" })
            }
        }
    }
}

/// A model whose answer the test pushes, piece by piece.
@LoopActor
final class PushedModel: ProviderSource {
    private(set) var requests = 0
    private(set) var cancelled = 0
    private(set) var lastText: String?
    /// The parts of the last message that it was asked about.
    private(set) var lastParts: [MessagePart] = []
    private var source: Source?

    var isAsked: Bool { source != nil }

    func push(_ event: ModelEvent) { source?.push(.success(event)) }

    func fail(_ kind: ModelError.Kind) { source?.push(.failure(ModelError(kind, provider: "p"))) }

    func provider(for reference: ModelReference, profile: String) throws(ModelError) -> any Provider { Pushed(self) }

    private final class Pushed: Provider {
        let owner: PushedModel

        init(_ owner: PushedModel) { self.owner = owner }

        func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
            owner.requests += 1
            owner.lastText = request.messages.last?.parts.last?.text
            owner.lastParts = request.messages.last?.parts ?? []
            let source = Source(owner)
            owner.source = source
            return ModelStream(source)
        }
    }

    private final class Source: ModelEventSource {
        unowned let owner: PushedModel
        private var waiting: [Result<ModelEvent, ModelError>] = []
        private let place = Suspension(EventLoop.shared)
        private var isCancelled = false
        private var isOver = false

        init(_ owner: PushedModel) { self.owner = owner }

        func push(_ event: Result<ModelEvent, ModelError>) {
            waiting.append(event)
            place.wake()
        }

        func next() async throws(ModelError) -> ModelEvent? {
            while waiting.isEmpty {
                if isOver { return nil }
                if isCancelled { throw .cancelled }
                if await place.wait() == .cancelled { throw .cancelled }
            }
            let event = try waiting.removeFirst().get()
            if case .finish = event { isOver = true }
            return event
        }

        func cancel() {
            guard !isCancelled else { return }
            isCancelled = true
            owner.cancelled += 1
            place.wake()
        }
    }
}
