import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct CommandTests {
    @Test(arguments: [
        ("/status", "status", ""), ("/Model: gpt", "model", "gpt"), ("/think high ", "think", "high"),
        ("/config set a.b  c d", "config", "set a.b  c d"),
    ])
    func aCommandBeginsWithASlash(text: String, name: String, arguments: String) throws {
        let parsed = try #require(CommandDesk.parse(text))
        #expect((parsed.name, parsed.arguments) == (name, arguments))
    }

    @Test(arguments: ["status", "/etc/passwd", "/", "/ status", "//x", "/1st", "/.hidden", "/a.b"])
    func othersAreTexts(text: String) { #expect(CommandDesk.parse(text) == nil) }

    @Test func everyNameIsThereOnceAndExplained() {
        let names = SlashCommand.all.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
        #expect(SlashCommand.all.allSatisfy { !$0.help.isEmpty })
        let wanted = [
            "help", "status", "new", "reset", "compact", "model", "models", "think", "verbose", "stop", "usage",
            "whoami",
            "config", "logs", "restart", "doctor", "failover", "approve", "queue", "context",
        ]
        #expect(Set(SlashCommand.all.map(\.name)) == Set(wanted))
    }

    @Test func noModelIsAskedAndTheAnswerIsKept() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("never")]])
            let follower = try bench.send("/whoami")
            let result = try await bench.end(of: follower)
            #expect(result.model == BuiltinOperator.reference)
            #expect(result.text.hasSuffix("You are an owner of this gateway."))
            #expect(bench.models.asked == [])
            #expect(bench.words().first == "user: /whoami")
        }
    }

    @Test func statusTellsFacts() async throws {
        try await onLoop {
            let bench = try RunBench(
                ["a": [.refused(.rateLimited, .seconds(600))], "b": [ScriptedModels.says("hi")]], chain: ["a", "b"])
            _ = try await bench.ask("hello")
            let text = try await bench.ask("/status").text
            #expect(text.contains("OpenClaw gateway 2026.1.0, profile default, up 1 h 1 min"))
            #expect(text.contains("Ready: yes"))
            #expect(text.contains("p/a (left alone for 10 min: too many requests), then p/b"))
            #expect(text.contains("Session: agent:main:main (s1), 15 of 100000 tokens"))
            #expect(text.contains("Runs: 0 under way, 0 in this session; 0 wait here"))
            #expect(text.contains("Process: 42, 2 clients, 20 MiB"))
            #expect(text.contains("Configuration: /state/openclaw.json"))
            bench.facts.state.failing = ["store"]
            #expect(try await bench.ask("/status").text.contains("Ready: no; failing: store"))
            #expect(try await !bench.ask("/status", isOwner: false).text.contains("/state/"))
        }
    }

    @Test func statusIsAnsweredBesideARunThatIsStuck() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.silent]])
            let stuck = try bench.send("hello")
            await bench.clock.settle()
            let text = try await bench.ask("/status").text
            #expect(text.contains("Runs: 1 under way, 1 in this session; 0 wait here"))
            #expect(stuck.result == nil)
            #expect(try await bench.ask("/stop").text == "Stopped one run.")
            #expect(stuck.result?.word == "aborted stop")
            #expect(try await bench.ask("/stop").text == "Nothing was running.")
        }
    }

    @Test func itIsAnsweredEvenIfNothingCanBeStored() async throws {
        try await onLoop {
            let bench = try RunBench([:], chain: [])
            bench.sessions.failure = .notStored("full")
            #expect(try await bench.ask("/status").text.contains("OpenClaw gateway"))
        }
    }

    @Test(arguments: [
        "/new", "/reset", "/compact", "/config get a", "/logs", "/restart", "/doctor", "/approve", "/model p/a",
        "/think high", "/verbose on", "/queue collect", "/usage full",
    ])
    func whatChangesSomethingIsForOwners(text: String) async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("x")]])
            let answer = try await bench.ask(text, isOwner: false).text
            #expect(answer.contains("is for owners of this gateway only"), "\(answer)")
            #expect(bench.sessions.records[RunBench.main]?.choices == SessionChoices())
        }
    }

    @Test func aNewConversationEndsWhatRunsFirst() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.stuck([.text("x")])]])
            let old = try bench.send("hello")
            await bench.clock.settle()
            let text = try await bench.ask("/new").text
            #expect(text == "A new conversation (new).")
            #expect(old.result?.word == "aborted interrupt")
            #expect(bench.words().first == "user: /new")
        }
    }

    @Test func whatStandsBehindNewIsTheFirstMessage() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("x"), ScriptedModels.says("y")]])
            _ = try await bench.ask("before")
            #expect(try await bench.ask("/new and now?").text == "y")
            #expect(bench.models.requests.last?.messages.flatMap(\.parts).compactMap(\.text) == ["and now?"])
            #expect(bench.words() == ["user: and now?", "assistant(stop): y"])
            let answer = try await bench.ask("/new please", isOwner: false).text
            #expect(answer.contains("is for owners of this gateway only"), "\(answer)")
            #expect(bench.models.requests.count == 2)
        }
    }

    @Test func usageStandsBehindAnswersWhereItIsAskedFor() async throws {
        try await onLoop {
            let bench = try RunBench(["a": (0..<4).map { ScriptedModels.says("\($0)") }])
            _ = try await bench.ask("/usage tokens")
            #expect(try await bench.ask("one").text == "0\n\n[10 tokens in, 5 out]")
            _ = try await bench.ask("/usage full")
            let full = try await bench.ask("two").text
            #expect(full == "1\n\n[10 tokens in, 5 out, 0 from cache, 0 to cache; p/a]")
            // It is no part of the conversation, and a program gets its answer as it is.
            let told = bench.models.requests.last?.messages.flatMap(\.parts).compactMap(\.text)
            #expect(told == ["one", "0", "two"])
            #expect(try await bench.ask("three") { $0.options.history = [] }.text == "2")
            _ = try await bench.ask("/usage off")
            #expect(try await bench.ask("four").text == "3")
        }
    }

    @Test func choicesAreTheSessionsOwn() async throws {
        try await onLoop {
            let bench = try RunBench(
                ["a": [ScriptedModels.says("x")], "b": [ScriptedModels.says("y")]], chain: ["a", "b"])
            #expect(try await bench.ask("/model p/b").text == "This session uses p/b from now on.")
            #expect(try await bench.ask("/model").text == "Model: p/b (chosen for this session). Then: p/a.")
            #expect(try await bench.ask("hello").text == "y")
            #expect(try await bench.ask("/model p/bb").text.hasPrefix("This session uses p/bb"))
            #expect(try await bench.ask("/model nonsense").text.hasPrefix("There is no model nonsense."))
            #expect(try await bench.ask("/model default").text.hasPrefix("This session uses the model that"))
            _ = try await bench.ask("/think high")
            _ = try await bench.ask("/verbose full")
            _ = try await bench.ask("/queue collect")
            let choices = bench.sessions.records[RunBench.main]?.choices
            #expect(choices?.thinking == .high && choices?.verbose == "full" && choices?.queueMode == "collect")
            #expect(try await bench.ask("/think much").text.hasPrefix("One of off, minimal"))
            #expect(try await bench.ask("/queue").text.contains("collect. 0 wait now."))
        }
    }

    @Test func oneThatDoesNotExistIsAnsweredWithTheNearest() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("x")]])
            #expect(
                try await bench.ask("/statsu").text
                    == "There is no command /statsu. Did you mean /status? /help lists all.")
            #expect(bench.models.asked == [])
            // A program's conversation may have commands of its own.
            _ = try await bench.ask("/statsu") { $0.options.history = [] }
            #expect(bench.models.asked == ["a"])
        }
    }

    @Test func compactTellsTheConversationInShort() async throws {
        try await onLoop {
            let bench = try RunBench([
                "a": [ScriptedModels.says("One"), ScriptedModels.says("in short"), ScriptedModels.says("Two")]
            ])
            _ = try await bench.ask("first")
            #expect(try await bench.ask("/compact the names").text.contains("told in 8 bytes from now on"))
            #expect(bench.models.requests[1].messages[0].parts[0].text?.hasSuffix("the names") == true)
            _ = try await bench.ask("second")
            let texts = bench.models.requests.last?.messages.flatMap(\.parts).compactMap(\.text)
            #expect(texts == ["[What was said before, in short]\nin short", "second"])
        }
    }

    @Test func theGatewaysOwnCommands() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("x")]])
            bench.facts.settings = ["gateway.port": 18789]
            bench.facts.pendingApprovals = [("id1", "rm -r x")]
            bench.facts.lines = ["one", "two"]
            #expect(try await bench.ask("/config get gateway.port").text == "gateway.port = 18789")
            #expect(try await bench.ask("/config set a.b two words").text == "Written.")
            #expect(bench.facts.settings["a.b"] == "two words")
            #expect(try await bench.ask("/config").text.contains("/state/openclaw.json"))
            #expect(try await bench.ask("/logs 1").text == "two")
            #expect(try await bench.ask("/logs 101").text == "From 1 to 100 lines.")
            #expect(try await bench.ask("/approve").text.hasPrefix("id1: rm -r x"))
            #expect(try await bench.ask("/approve id1 deny").text == "deny: id1 by an owner")
            #expect(try await bench.ask("/approve id2 deny").text == "Nothing was decided: unknown.")
            #expect(try await bench.ask("/doctor").text.hasPrefix("Nothing is wrong"))
            #expect(try await bench.ask("/restart").text == "Restart asked for by an owner.")
            #expect(try await bench.ask("/failover").text.contains("1. p/a"))
            #expect(
                try await bench.ask("/models").text == "p/a\nbuiltin/operator (the gateway itself; no language model)")
            #expect(try await bench.ask("/help think").text.contains("/think [level|default]"))
            #expect(try await bench.ask("/context").text.contains("identity: "))
        }
    }

    @Test func usageIsWhatTheAnswersTook() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("x")]])
            _ = try await bench.ask("hello")
            let text = try await bench.ask("/usage").text
            #expect(text.hasPrefix("Tokens: 10 in, 5 out, 0 from cache, 0 to cache."))
            #expect(text.contains("Cost: no model of a known price was used."))
            #expect(text.contains("The conversation fills 15 tokens."))
        }
    }

    @Test(arguments: [(0.0, "0.0000"), (0.00004, "0.0000"), (0.00005, "0.0001"), (12.3456, "12.3456")])
    func dollars(amount: Double, text: String) async throws {
        try await onLoop { #expect(StatusText.dollars(amount) == text) }
    }
}
