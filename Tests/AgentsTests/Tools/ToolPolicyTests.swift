import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct ToolPolicyTests {
    /// The tools that a gateway has, by name and group.
    static let tools = [
        ("read", "fs"), ("write", "fs"), ("edit", "fs"), ("apply_patch", "fs"), ("exec", "runtime"),
        ("process", "runtime"),
        ("web_fetch", "web"), ("sessions_list", "sessions"), ("sessions_history", "sessions"),
        ("sessions_send", "sessions"),
        ("session_status", "sessions"), ("memory_search", "memory"), ("message", "messaging"),
        ("agents_list", "agents"),
        ("gateway", "automation"), ("image", "media"),
    ].map { ToolPolicy.Entry(name: $0.0, group: $0.1) }

    static func left(_ config: JSON, model: String? = nil) -> [String] {
        let policy = ToolPolicy(config, agentID: "main", model: model.flatMap { ModelReference($0) })
        return tools.filter { policy.allows($0) }.map(\.name)
    }

    static let cases: [(name: String, tools: JSON, left: [String])] = [
        ("nothing said is all", [:], tools.map(\.name)), ("full is all", ["profile": "full"], tools.map(\.name)),
        ("minimal", ["profile": "minimal"], ["session_status"]),
        (
            "messaging", ["profile": "messaging"],
            ["sessions_list", "sessions_history", "sessions_send", "session_status", "message"]
        ),
        (
            "coding", ["profile": "coding"],
            tools.map(\.name).filter { !["message", "agents_list", "gateway"].contains($0) }
        ),
        ("an unknown profile is the smallest", ["profile": "everything"], ["session_status"]),
        ("deny wins over allow", ["allow": ["read", "exec"], "deny": ["exec"]], ["read"]),
        ("deny of a group", ["allow": ["group:fs", "exec"], "deny": ["group:fs"]], ["exec"]),
        ("names without regard to case", ["allow": ["READ", "Group:Runtime"]], ["read", "exec", "process"]),
        ("patterns", ["allow": ["sessions_*"]], ["sessions_list", "sessions_history", "sessions_send"]),
        ("deny of all", ["deny": ["*"]], []),
        ("an alias", ["deny": ["bash"], "allow": ["group:runtime"]], ["process"]),
        ("allow within a profile", ["profile": "coding", "allow": ["read", "message"]], ["read"]),
        ("also beside a profile", ["profile": "minimal", "alsoAllow": ["read"]], ["read", "session_status"]),
        (
            "deny of what also allows", ["profile": "minimal", "alsoAllow": ["read"], "deny": ["read"]],
            ["session_status"]
        ),
        (
            "an empty allow says nothing", ["allow": [], "deny": ["group:openclaw"]],
            ["read", "write", "edit", "apply_patch", "exec", "process"]
        ),
    ]

    @Test(arguments: cases.indices) func theListsLeave(index: Int) {
        let (name, tools, left) = Self.cases[index]
        #expect(Self.left(["tools": tools]) == left, "\(name)")
    }

    @Test func anAgentsListsTakeAwayToo() {
        func left(_ all: JSON, _ own: JSON) -> [String] {
            Self.left(["tools": all, "agents": ["list": [["id": "main", "tools": own], ["id": "other"]]]])
        }
        #expect(left(["allow": ["read", "write"]], ["allow": ["write", "exec"]]) == ["write"])
        #expect(left(["deny": ["exec"]], ["allow": ["exec", "read"]]) == ["read"])
        #expect(left(["profile": "minimal"], ["profile": "messaging", "allow": ["message"]]) == ["message"])
        #expect(left(["profile": "full"], ["profile": "minimal"]) == ["session_status"])
        // What one agent is given beside its profile does not get around the list of all.
        #expect(
            left(["allow": ["session_status"]], ["profile": "minimal", "alsoAllow": ["exec"]]) == ["session_status"])
        let entries: JSON = ["agents": ["entries": ["main": ["tools": ["profile": "minimal"]]]]]
        #expect(Self.left(entries) == ["session_status"])
    }

    @Test func aProvidersListsTakeAwayToo() {
        let config: JSON = [
            "tools": [
                "allow": ["group:fs", "session_status"],
                "byProvider": [
                    "local": ["profile": "minimal"], "openai/gpt-9": ["allow": ["read"]], "openai": ["deny": ["write"]],
                ],
            ]
        ]
        #expect(Self.left(config, model: "local/x") == ["session_status"])
        #expect(Self.left(config, model: "openai/gpt-9") == ["read"])
        #expect(Self.left(config, model: "OpenAI/other") == ["read", "edit", "apply_patch", "session_status"])
        #expect(Self.left(config, model: "anthropic/x").count == 5)
    }

    // MARK: The set

    @LoopActor
    static func set(_ config: JSON) -> ToolSet {
        let services = ExecServices(
            jobs: ExecJobs(FakeProcessStarter(), clock: FakeClock()), approvals: FakeApprovals(), environment: [:])
        return ToolSet(
            [ReadTool(), WriteTool(), ExecTool(services), MemoryGetTool(), MessageTool(NoChannels())], config: config)
    }

    @Test func dangerousToolsAreForOwners() async throws {
        try await onLoop {
            let bench = ToolBench()
            let set = Self.set([:])
            #expect(
                set.tools(for: bench.context, model: nil).map(\.name) == [
                    "read", "write", "exec", "memory_get", "message",
                ])
            bench.isOwner = false
            #expect(set.tools(for: bench.context, model: nil).map(\.name) == ["read", "message"])
        }
    }

    @Test func GHSA_943q_mwmv_hhvh_overHTTPDangerousToolsAreNotThere() async throws {
        try await onLoop {
            let context = ToolBench().context
            let set = Self.set([:])
            for name in ["write", "exec"] {
                #expect(set.tool(name, for: context, through: .socket) != nil)
                #expect(set.tool(name, for: context, through: .http) == nil)
            }
            #expect(set.tool("read", for: context, through: .http) != nil)
            #expect(set.tool("missing", for: context, through: .http) == nil)
            // Only by its own name, and deny wins.
            set.take(["gateway": ["tools": ["allow": ["*", "group:runtime"]]]])
            #expect(set.tool("exec", for: context, through: .http) == nil)
            set.take(["gateway": ["tools": ["allow": ["exec"], "deny": ["group:fs"]]]])
            #expect(
                set.tool("exec", for: context, through: .http) != nil
                    && set.tool("read", for: context, through: .http) == nil)
            // What the configuration takes from agents is not given here.
            set.take(["tools": ["deny": ["exec"]], "gateway": ["tools": ["allow": ["exec"]]]])
            #expect(set.tool("exec", for: context, through: .http) == nil)
        }
    }
}
