import Platform
import Settings
import Support
import Testing

@testable import Agents

@LoopActor
private final class FakeControl: GatewayControlling {
    var patches: [JSON] = []
    var restarts: [String] = []

    func status() async throws(ToolProblem) -> JSON { ["ok": true] }
    func config(at setting: String?) async throws(ToolProblem) -> JSON { ["setting": .string(setting ?? "")] }
    func patch(_ change: JSON) async throws(ToolProblem) -> JSON {
        patches.append(change)
        return ["ok": true]
    }
    func restart(reason: String) async throws(ToolProblem) -> JSON {
        restarts.append(reason)
        return ["ok": true]
    }
    func watched(_ what: String) async throws(ToolProblem) -> JSON { ["what": .string(what)] }
}

@Suite struct GatewayToolTests {
    static let refused: [JSON] = [
        ["gateway": ["auth": ["token": "x"]]], ["tools": ["exec": ["security": "full"]]], ["tools": .null],
        ["hooks": ["token": "x"]],
        ["agents": ["defaults": ["workspace": "/"]]], ["agents": .null], ["agents": ["defaults": .null]],
        ["channels": [:]], ["x": 1],
        ["agents": ["list": []]], ["logging": ["file": "/etc/x"]], ["logging": .null],
        ["ui": ["name": "${ANTHROPIC_API_KEY}"]],
        ["ui": ["$include": "secrets.json5"]], ["$include": "x"], ["ui": ["a": [["$include": "x"]]]],
        ["agents": ["defaults": ["modelx": "y"]]],
        ["logging": ["level": "debug"], "nodes": ["x": 1]], ["agents.defaults.model": "x"],
        ["skills": ["entries": [:]]], ["rescue": ["watch": "x"]],
    ]

    @Test(arguments: refused) func GHSA_cwj3_vqpp_pmxr_onlyWhatIsListedIsWritable(patch: JSON) async throws {
        try await onLoop {
            let control = FakeControl()
            let said = try await ToolBench().refused(
                GatewayTool(control, approvals: FakeApprovals()), ["action": "config.patch", "patch": patch])
            #expect(said.contains("an agent may not write") && control.patches.isEmpty)
        }
    }

    @Test func whatIsListedIsWritten() async throws {
        try await onLoop {
            let control = FakeControl()
            let tool = GatewayTool(control, approvals: FakeApprovals())
            for patch: JSON in [
                ["logging": ["level": "debug"]],
                ["agents": ["defaults": ["model": ["primary": "a/b", "fallbacks": []]]]],
                ["agents": ["defaults": ["model": .null]], "ui": .null],
            ] {
                _ = try await ToolBench().good(tool, ["action": "config.patch", "patch": patch])
            }
            #expect(control.patches.count == 3)
        }
    }

    @Test func aRestartNeedsAnOperatorsWord() async throws {
        try await onLoop {
            let control = FakeControl()
            let approvals = FakeApprovals()
            let tool = GatewayTool(control, approvals: approvals)
            _ = try await ToolBench().refused(tool, ["action": "restart"])
            approvals.answer = .nobody
            _ = try await ToolBench().refused(tool, ["action": "restart"])
            #expect(control.restarts.isEmpty && approvals.questions.count == 2)
            approvals.answer = .allowOnce
            _ = try await ToolBench().good(tool, ["action": "restart", "reason": "it is stuck"])
            #expect(control.restarts == ["it is stuck"])
        }
    }

    @Test func onlyOwnersHaveIt() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.isOwner = false
            for action in GatewayTool.Action.allCases {
                _ = try await bench.refused(
                    GatewayTool(FakeControl(), approvals: FakeApprovals()), ["action": .string(action.rawValue)])
            }
        }
    }
}
