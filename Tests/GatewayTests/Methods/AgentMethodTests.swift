import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// `agents.create`, `agents.update`, `agents.delete` and `agents.files.set`: what they write, and what they refuse.
@Suite struct AgentMethodTests {
    static let text = """
        {
          // mine
          gateway: { mode: "local", auth: { token: "a-token-of-this-test" } },
        }
        """

    @LoopActor
    private func bench(_ text: String = text) async throws -> (MethodBench, BenchClient) {
        let bench = try MethodBench()
        try await bench.begin(text)
        return (bench, try await bench.connect())
    }

    private static func ids(_ list: JSON) -> [String] { list["agents"]?.array?.compactMap { $0["id"]?.string } ?? [] }

    @Test func anAgentIsMadeChangedAndTakenAway() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            let made = try await client.call("agents.create", ["name": "Home Lab", "emoji": "x", "workspace": "~/lab"])
            #expect(MethodContract.agentsCreate.result.problems(made) == [])
            #expect(made["agentId"] == "home-lab")
            #expect(made["workspace"]?.string?.hasSuffix("/lab") == true)
            #expect(Set(Self.ids(try await client.call("agents.list"))) == ["main", "home-lab"])
            let changed = try await client.call(
                "agents.update", ["agentId": "home-lab", "name": "Lab", "model": "a/b"])
            #expect(MethodContract.agentsUpdate.result.problems(changed) == [])
            let entry = try await client.call("config.get")["config"]?["agents"]?["entries"]?["home-lab"]
            #expect(
                entry == ["name": "Lab", "workspace": "~/lab", "identity": ["emoji": "x"], "model": "a/b"])
            #expect(bench.file?.contains("// mine") == true)
            let gone = try await client.call("agents.delete", ["agentId": "home-lab", "deleteFiles": true])
            #expect(MethodContract.agentsDelete.result.problems(gone) == [])
            #expect(gone["deletedFiles"] == false)
            #expect(Self.ids(try await client.call("agents.list")) == ["main"])
        }
    }

    @Test func aListStaysAList() async throws {
        try await onLoop {
            let (bench, client) = try await bench(
                "{gateway: {mode: 'local'}, agents: {list: [{id: 'main', default: true}, {id: 'ops', name: 'Ops'}]}}")
            _ = try await client.call("agents.create", ["name": "new"])
            _ = try await client.call("agents.update", ["agentId": "ops", "name": "Operations"])
            let list = try await client.call("config.get")["config"]?["agents"]?["list"]
            #expect(list?.array?.compactMap { $0["id"]?.string } == ["main", "ops", "new"])
            #expect(list?[1] == ["id": "ops", "name": "Operations"])
            #expect(bench.file?.contains("entries") == false)
        }
    }

    @Test func whatCannotBeIsRefusedAndNothingIsWritten() async throws {
        try await onLoop {
            let (bench, client) = try await bench()
            let refusals: [(String, JSON, String)] = [
                ("agents.create", ["name": "Main"], "already exists"),
                ("agents.create", ["name": "***"], "gives no agent id"),
                ("agents.update", ["agentId": "nobody", "name": "x"], "unknown agent id"),
                ("agents.delete", ["agentId": "nobody"], "unknown agent id"),
                ("agents.delete", ["agentId": "main"], "is the default agent and cannot be deleted"),
            ]
            for (method, params, text) in refusals {
                let refusal = try await client.refusal(method, params)
                #expect(refusal.hasPrefix("INVALID_REQUEST") && refusal.contains(text), "\(method): \(refusal)")
            }
            #expect(bench.file == Self.text)
            bench.file = "{ broken"
            let refusal = try await client.refusal("agents.create", ["name": "late"])
            #expect(refusal.contains("invalid config"))
            #expect(bench.file == "{ broken")
        }
    }

    @Test func aFileOfTheWorkspaceIsWritten() async throws {
        try await onLoop {
            let (_, client) = try await bench()
            let written = try await client.call(
                "agents.files.set", ["agentId": "main", "name": "SOUL.md", "content": "kind\n"])
            #expect(MethodContract.agentsFilesSet.result.problems(written) == [])
            #expect((written["file"]?["missing"], written["file"]?["size"]) == (false, 5))
            let read = try await client.call("agents.files.get", ["agentId": "main", "name": "SOUL.md"])
            #expect(read["file"]?["content"] == "kind\n")
            let listed = try await client.call("agents.files.list", ["agentId": "main"])
            let present = listed["files"]?.array?.filter { $0["missing"] == false }.compactMap { $0["name"]?.string }
            #expect(present == ["SOUL.md"])
        }
    }

    @Test func filesThatAreNotOneOfTheseAreRefused() async throws {
        try await onLoop {
            let (_, client) = try await bench()
            let long = String(repeating: "x", count: AgentFiles.limit + 1)
            let refusals: [(JSON, String)] = [
                (["agentId": "main", "name": "../SOUL.md", "content": ""], "unsupported file"),
                (["agentId": "main", "name": "notes.md", "content": ""], "unsupported file"),
                (["agentId": "nobody", "name": "SOUL.md", "content": ""], "unknown agent id"),
                (["agentId": "main", "name": "SOUL.md", "content": .string(long)], "are more than"),
            ]
            for (params, text) in refusals {
                let refusal = try await client.refusal("agents.files.set", params)
                #expect(refusal.hasPrefix("INVALID_REQUEST") && refusal.contains(text), "\(refusal.prefix(200))")
            }
            let read = try await client.call("agents.files.get", ["agentId": "main", "name": "SOUL.md"])
            #expect(read["file"]?["missing"] == true)
        }
    }
}
