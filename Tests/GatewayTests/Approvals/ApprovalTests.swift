import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// Commands that wait for an operator's word (protocol.md section 7, approvals).
@Suite struct ApprovalTests {
    private static let asked: JSON = [
        "command": "ls /tmp", "cwd": "/tmp", "host": nil, "env": ["KEY": "hidden-value"], "agentId": "main",
    ]

    @Test func aRequestAnswersWhenSomebodyDecides() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let asker = try await gateway.person(.approvals)
            let decider = try await gateway.person(.approvals, name: "Desk")
            let writer = try await gateway.person(.write, .read, .pairing)
            let request = asker.start("exec.approval.request", Self.asked)
            let event = try await decider.event("exec.approval.requested")
            #expect(event["request"] == ["command": "ls /tmp", "cwd": "/tmp", "agentId": "main"])
            let created = Int(gateway.clock.wall.milliseconds)
            #expect(event["createdAtMs"]?.int == created)
            #expect(event["expiresAtMs"]?.int == created + 120_000)
            let id = event["id"] ?? .null
            #expect(try await decider.call("exec.approval.list") == [event])
            let one = try await decider.call("exec.approval.get", ["id": id])
            #expect(one?["commandText"]?.string == "ls /tmp")
            #expect(one?["allowedDecisions"] == ["allow-once", "allow-always", "deny"])
            let decision: JSON = ["id": id, "decision": "allow-once"]
            #expect(try await decider.call("exec.approval.resolve", decision) == ["ok": true])
            let answer = try await asker.response(request)["payload"]
            #expect(
                answer == [
                    "id": id, "decision": "allow-once", "createdAtMs": JSON(created),
                    "expiresAtMs": JSON(created + 120_000),
                ])
            let resolved = try await asker.event("exec.approval.resolved")
            #expect(resolved["id"] == id)
            #expect(resolved["decision"]?.string == "allow-once")
            #expect(resolved["resolvedBy"]?.string == "Desk")
            #expect(resolved["ts"]?.int != nil)
            #expect(!writer.has("exec.approval.requested") && !writer.has("exec.approval.resolved"))
            #expect(try await decider.call("exec.approval.list") == [])
        }
    }

    @Test func theBeginningOfAnIDNamesIt() async throws {
        try await onLoop {
            let clock = FakeClock()
            let approvals = ExecApprovals(hub: EventHub(), clock: clock)
            for id in ["abcdefgh-1", "abcdefgh-2", "zyxwvuts-1"] {
                _ = try approvals.ask(id: id, ["command": "ls"], time: .seconds(120), requester: "agent:main")
            }
            let found = { approvals.pending(named: $0).map(\.id).sorted() }
            #expect(found("zyxwvuts") == ["zyxwvuts-1"])
            #expect(found("zyxwvut") == [], "too short")
            #expect(found("abcdefgh") == ["abcdefgh-1", "abcdefgh-2"])
            #expect(found("abcdefgh-1") == ["abcdefgh-1"])
            #expect(approvals.decide("zyxwvuts-1", .deny, by: "me"))
            #expect(found("zyxwvuts") == [])
        }
    }

    @Test func withoutADecisionTheAnswerIsNull() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let asker = try await gateway.person(.approvals)
            let request = asker.start("exec.approval.request", ["command": "ls", "id": "mine", "timeoutMs": 1000])
            _ = try await asker.event("exec.approval.requested")
            await gateway.clock.advance(by: .milliseconds(999))
            #expect(try await asker.call("exec.approval.list")?.array?.count == 1)
            await gateway.clock.advance(by: .milliseconds(1))
            let answer = try await asker.response(request)["payload"]
            #expect(answer?["id"]?.string == "mine")
            #expect(answer?["decision"] == .null)
            #expect(try await asker.call("exec.approval.list") == [])
            let late: JSON = ["id": "mine", "decision": "allow-once"]
            #expect(try await asker.refusal("exec.approval.resolve", late)["message"]?.string == "unknown approval id")
        }
    }

    @Test func inTwoPhasesItIsAcceptedFirst() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let asker = try await gateway.person(.approvals)
            let request = asker.start("exec.approval.request", ["command": "ls", "id": "mine", "twoPhase": true])
            let accepted = try await asker.response(request)["payload"]
            #expect(accepted?["status"]?.string == "accepted")
            #expect(accepted?["id"]?.string == "mine")
            try await asker.call("exec.approval.resolve", ["id": "mine", "decision": "deny"])
            let final = try await asker.response(request)["payload"]
            #expect(final?["decision"]?.string == "deny")
            #expect(final?["status"] == nil)
        }
    }

    @Test(arguments: [(3...3, "INVALID_REQUEST"), (4...4, "APPROVAL_NOT_FOUND")])
    func eachGenerationHasItsErrors(protocols: ClosedRange<Int>, code: String) async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.approvals, protocols: protocols)
            for (method, params) in [
                ("exec.approval.resolve", ["id": "none", "decision": "deny"] as JSON),
                ("exec.approval.get", ["id": "none"]), ("exec.approval.waitDecision", ["id": "none"]),
            ] {
                let error = try await person.refusal(method, params)
                #expect(error["code"]?.string == code)
                #expect(error["message"]?.string == "unknown approval id")
            }
            let error = try await person.refusal("exec.approval.resolve", ["id": "none", "decision": "perhaps"])
            #expect(error["code"]?.string == "INVALID_REQUEST")
            #expect(error["message"]?.string == "invalid decision")
        }
    }

    @Test func ofTwoOperatorsTheFirstDecides() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let asker = try await gateway.person(.approvals)
            let (one, two) = (try await gateway.person(.approvals, name: "One"), try await gateway.person(.approvals))
            let request = asker.start("exec.approval.request", ["command": "ls", "id": "mine"])
            _ = try await one.event("exec.approval.requested")
            let first = one.start("exec.approval.resolve", ["id": "mine", "decision": "allow-once"])
            let second = two.start("exec.approval.resolve", ["id": "mine", "decision": "deny"])
            let answers = [try await one.response(first), try await two.response(second)]
            #expect(answers.filter { $0["ok"]?.bool == true }.count == 1)
            let lost = try #require(answers.compactMap { $0["error"] }.first)
            #expect(lost["message"]?.string == "unknown approval id")
            let decision = try await asker.response(request)["payload"]?["decision"]
            #expect(lost["details"]?["decision"] == decision)
            #expect(try await asker.event("exec.approval.resolved")["decision"] == decision)
            #expect(!asker.has("exec.approval.resolved"))
        }
    }

    @Test func whoLeavesKeepsItsRequestAliveForOthers() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let asker = try await gateway.person(.approvals)
            let decider = try await gateway.person(.approvals)
            _ = asker.start("exec.approval.request", ["command": "ls", "id": "mine"])
            _ = try await decider.event("exec.approval.requested")
            asker.leave()
            _ = try await asker.ended()
            let again = try await gateway.person(.approvals)
            let wait = again.start("exec.approval.waitDecision", ["id": "mine"])
            try await decider.call("exec.approval.resolve", ["id": "mine", "decision": "allow-always"])
            #expect(try await again.response(wait)["payload"]?["decision"]?.string == "allow-always")
            // One who comes late learns it as well, for a while.
            let late = try await again.call("exec.approval.waitDecision", ["id": "mine"])
            #expect(late?["decision"]?.string == "allow-always")
            await gateway.clock.advance(by: ExecApprovals.endedLifetime)
            _ = again.start("exec.approval.request", ["command": "ls"])
            try await turns { gateway.plane.approvals.pending.pending.count == 1 }
            #expect(gateway.plane.approvals.pending.find("mine") == nil)
        }
    }

    @Test func onlyTheApprovalsScopeDecides() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.write, .read, .pairing)
            for (method, params) in [
                ("exec.approval.request", ["command": "ls"] as JSON),
                ("exec.approval.resolve", ["id": "x", "decision": "deny"]), ("exec.approval.list", [:]),
                ("exec.approval.get", ["id": "x"]), ("exec.approval.waitDecision", ["id": "x"]),
            ] {
                let error = try await person.refusal(method, params)
                #expect(error["message"]?.string == "missing scope: operator.approvals")
            }
        }
    }

    @Test func anIdIsUsedOnce() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.approvals)
            _ = person.start("exec.approval.request", ["command": "ls", "id": "mine"])
            let error = try await person.refusal("exec.approval.request", ["command": "rm", "id": "mine"])
            #expect(error["code"]?.string == "INVALID_REQUEST")
            try await person.call("exec.approval.resolve", ["id": "mine", "decision": "allow-once"])
            let again = try await person.refusal("exec.approval.request", ["command": "rm", "id": "mine"])
            #expect(again["code"]?.string == "INVALID_REQUEST")
        }
    }

    @Test func theNumberThatWaitsIsLimited() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let limit = ExecApprovals.pendingLimit
            var people: [HarnessClient] = []
            for number in 0..<limit {
                if number % ClientSession.pendingLimit == 0 { people.append(try await gateway.person(.approvals)) }
                _ = people[people.count - 1].start(
                    "exec.approval.request", ["command": "ls", "id": .string("a\(number)")])
            }
            let pending = gateway.plane.approvals.pending
            try await turns { pending.pending.count == limit }
            let person = try await gateway.person(.approvals)
            let error = try await person.refusal("exec.approval.request", ["command": "ls"])
            #expect(error["code"]?.string == "UNAVAILABLE")
            try await person.call("exec.approval.resolve", ["id": "a0", "decision": "deny"])
            _ = person.start("exec.approval.request", ["command": "ls"])
            try await turns { pending.pending.count == limit }
        }
    }

    @Test(arguments: [-1, 0, 1]) func whatOperatorsAreShownIsLimited(excess: Int) async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.approvals)
            let frame = #"{"command":""}"#.utf8.count
            let command = String(repeating: "x", count: ExecApprovals.requestBytes + excess - frame)
            let id = person.start(
                "exec.approval.request", ["command": .string(command), "twoPhase": true])
            #expect(try await person.response(id)["ok"]?.bool == (excess <= 0))
        }
    }

    @Test func thoseThatEndedAreLimited() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.approvals)
            let limit = ExecApprovals.endedLimit
            for number in 0...limit {
                _ = person.start("exec.approval.request", ["command": "ls", "id": .string("a\(number)")])
                let pending = gateway.plane.approvals.pending
                try await turns { pending.find("a\(number)") != nil }
                try await person.call("exec.approval.resolve", ["id": .string("a\(number)"), "decision": "deny"])
                await gateway.clock.advance(by: .milliseconds(1))
            }
            _ = person.start("exec.approval.request", ["command": "ls", "id": "last"])
            let pending = gateway.plane.approvals.pending
            try await turns { pending.find("last") != nil }
            #expect(pending.find("a0") == nil)
            #expect(pending.find("a1") != nil)
        }
    }
}
