import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// A node hears "approved" only of what was approved.
@Suite struct SystemRunGateTests {
    private static let argv: JSON = ["ls", "/tmp"]

    private static func run(_ changes: JSON = [:]) -> JSON {
        var params: JSON = ["command": argv, "cwd": "/", "approved": true, "runId": "mine"]
        for member in changes.object?.members ?? [] { params[member.key] = member.value.isNull ? nil : member.value }
        return params
    }

    /// A gateway with a node, a decision on `mine`, and who asked for it.
    private struct Scene {
        let gateway: GatewayHarness
        let node: HarnessClient
        let person: HarnessClient
    }

    @LoopActor
    private func scene(_ decision: String, plan: JSON? = nil, asking more: JSON = [:]) async throws -> Scene {
        let gateway = try await GatewayHarness.trusting()
        let node = try await gateway.approvedNode("n1", commands: ["system.run"])
        let person = try await gateway.person(.write, .approvals, device: "d1")
        var asked: JSON = ["command": "ls /tmp", "cwd": "/", "id": "mine", "nodeId": "n1", "twoPhase": true]
        asked["systemRunPlan"] = plan
        for member in more.object?.members ?? [] { asked[member.key] = member.value }
        _ = try await person.response(person.start("exec.approval.request", asked))
        try await person.call("exec.approval.resolve", ["id": "mine", "decision": .string(decision)])
        return Scene(gateway: gateway, node: node, person: person)
    }

    @Test(arguments: ["allow-once", "allow-always"]) func whatWasApprovedRunsOnce(decision: String) async throws {
        try await onLoop {
            let scene = try await self.scene(decision)
            let (node, person) = (scene.node, scene.person)
            _ = person.invoke("n1", "system.run", params: Self.run())
            let text = try await node.event("node.invoke.request")["paramsJSON"]?.string ?? ""
            let params = try JSONParser.parse(Array(text.utf8).span)
            #expect(params["approved"]?.bool == true)
            #expect(params["approvalDecision"]?.string == decision)
            let error = try await person.failure(person.invoke("n1", "system.run", key: "k2", params: Self.run()))
            #expect(error["details"]?["code"]?.string == "APPROVAL_MISMATCH")
        }
    }

    @Test(
        arguments: [
            ["runId": "other"], ["runId": nil], ["command": ["rm", "/tmp"]], ["cwd": "/etc"], ["cwd": nil],
            ["agentId": "a"], ["sessionKey": "s"], ["rawCommand": "rm"],
            ["rawCommand": "ls /tmp", "command": ["rm", "/tmp"]], ["rawCommand": "ls /tmp", "command": "rm /tmp"],
            ["rawCommand": "ls /tmp", "command": ["/tmp/sh", "-c", "ls /tmp"]], ["command": ["ls /tmp"]],
            ["command": ["ls", ["x"], "/tmp"]], ["env": ["PATH": "/tmp"]],
            ["approved": nil, "approvalDecision": "allow-once", "command": ["rm"]],
        ] as [JSON]) func whatWasNotApprovedIsRefused(changes: JSON) async throws
    {
        try await onLoop {
            let scene = try await self.scene("allow-once")
            let (node, person) = (scene.node, scene.person)
            let error = try await person.failure(person.invoke("n1", "system.run", params: Self.run(changes)))
            #expect(error["details"]?["code"]?.string == "APPROVAL_MISMATCH")
            #expect(!node.has("node.invoke.request"))
        }
    }

    @Test(
        arguments: [
            ["rawCommand": "ls /tmp"], ["rawCommand": "ls /tmp", "command": ["/bin/sh", "-lc", "ls /tmp"]],
            ["command": ["cmd.exe", "/d", "/s", "/c", "ls /tmp"]], ["env": [:]],
        ] as [JSON]) func theSameInOtherWordsRuns(changes: JSON) async throws
    {
        try await onLoop {
            let scene = try await self.scene("allow-once")
            _ = scene.person.invoke("n1", "system.run", params: Self.run(changes))
            #expect(try await scene.node.event("node.invoke.request")["paramsJSON"]?.string != nil)
        }
    }

    @Test func theVariablesThatWereAskedForAreApprovedToo() async throws {
        try await onLoop {
            let scene = try await self.scene("allow-once", asking: ["env": ["A": "1", "B": "2"]])
            let (node, person) = (scene.node, scene.person)
            for env: JSON in [["A": "1"], ["A": "1", "B": "3"], ["A": "1", "C": "2"]] {
                let params = Self.run(["env": env])
                let error = try await person.failure(person.invoke("n1", "system.run", key: "\(env)", params: params))
                #expect(error["details"]?["code"]?.string == "APPROVAL_MISMATCH")
            }
            _ = person.invoke("n1", "system.run", params: Self.run(["env": ["B": "2", "A": "1"]]))
            #expect(try await node.event("node.invoke.request")["paramsJSON"]?.string != nil)
        }
    }

    @Test func aDenialAnotherClientAndAnotherNodeDoNotCount() async throws {
        try await onLoop {
            let scene = try await self.scene("deny")
            let (node, person) = (scene.node, scene.person)
            var error = try await person.failure(person.invoke("n1", "system.run", params: Self.run()))
            #expect(error["details"]?["code"]?.string == "APPROVAL_MISMATCH")
            #expect(!node.has("node.invoke.request"))
            let gateway = try await self.scene("allow-once").gateway
            let other = try await gateway.person(.write, device: "d2")
            error = try await other.failure(other.invoke("n1", "system.run", params: Self.run()))
            #expect(error["details"]?["code"]?.string == "APPROVAL_MISMATCH")
            _ = try await gateway.approvedNode("n2", commands: ["system.run"])
            let same = try await gateway.person(.write, device: "d1")
            error = try await same.failure(same.invoke("n2", "system.run", params: Self.run()))
            #expect(error["details"]?["code"]?.string == "APPROVAL_MISMATCH")
        }
    }

    @Test func withoutAClaimNothingIsClaimed() async throws {
        try await onLoop {
            let scene = try await self.scene("deny")
            let (node, person) = (scene.node, scene.person)
            _ = person.invoke("n1", "system.run", params: Self.run(["approved": false, "runId": nil]))
            let text = try await node.event("node.invoke.request")["paramsJSON"]?.string
            // The claim is gone; the rest is passed on as it came.
            #expect(text == #"{"command":["ls","/tmp"],"cwd":"/","runId":null}"#)
        }
    }

    @Test func thePlanThatWasApprovedIsWhatRuns() async throws {
        try await onLoop {
            let plan: JSON = ["argv": ["/bin/ls", "/tmp"], "cwd": "/home"]
            let scene = try await self.scene("allow-once", plan: plan)
            let (node, person) = (scene.node, scene.person)
            let error = try await person.failure(person.invoke("n1", "system.run", params: Self.run()))
            #expect(error["details"]?["code"]?.string == "APPROVAL_MISMATCH")
            let good = Self.run(["command": ["/bin/ls", "/tmp"], "cwd": "/home"])
            _ = person.invoke("n1", "system.run", key: "k2", params: good)
            let text = try await node.event("node.invoke.request")["paramsJSON"]?.string ?? ""
            let params = try JSONParser.parse(Array(text.utf8).span)
            #expect(params["command"] == ["/bin/ls", "/tmp"])
            #expect(params["cwd"]?.string == "/home")
        }
    }
}
