import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite(.serialized) struct CronToolTests {
    @LoopActor
    private static func call(
        _ bench: CronBench, _ door: CronDoor, _ arguments: JSON, isOwner: Bool = true
    ) async throws -> ToolOutput {
        let context = ToolContext(
            agentID: "main", sessionKey: .main("main"), runID: "r", workspace: "/nowhere", isOwner: isOwner,
            origin: RunOrigin(channel: "telegram", accountID: "default", to: "42"))
        return try await CronTool(door, clock: bench.clock).run(
            ToolInvocation(id: "c", arguments: arguments.object ?? JSONObject(), context: context))
    }

    @Test func aReminderComesBackToTheChatInWhichItWasAskedFor() async throws {
        try await withCron(at: "2027-01-01T08:00") { bench in
            let door = CronDoor()
            #expect(try await Self.call(bench, door, ["action": "list"]).isError)
            door.scheduler = bench.scheduler
            try await bench.start()
            let added = try await Self.call(
                bench, door,
                [
                    "action": "add",
                    "job": [
                        "schedule": ["kind": "at", "at": "2027-01-01T09:00:00Z"],
                        "payload": ["kind": "agentTurn", "message": "tea"],
                    ],
                ])
            let job = try #require(added.details)
            #expect(job["delivery"] == ["mode": "announce", "channel": "telegram", "to": "42", "accountId": "default"])
            #expect(job["agentId"] == "main" && job["state"]?["nextRunAtMs"]?.int != nil)
            let id = try #require(job["id"]?.string)
            #expect(
                try await Self.call(bench, door, ["action": "list"]).details?[0]?["next"] == "2027-01-01T09:00:00.000Z")
            let changed = try await Self.call(
                bench, door, ["action": "update", "id": .string(id), "patch": ["payload": ["message": "coffee"]]])
            #expect(changed.details?["payload"]?["message"] == "coffee")
            #expect(try await Self.call(bench, door, ["action": "status"]).details?["jobs"] == 1)
            try await bench.pass(until: "2027-01-01T09:01")
            #expect(bench.runner.fires == ["2027-01-01T09:00:00"])
            #expect(
                try await Self.call(bench, door, ["action": "runs", "id": .string(id)]).details?[0]?["status"] == "ok")
            #expect(
                try await Self.call(bench, door, ["action": "remove", "id": .string(id)]).isError, "it is done and gone"
            )
        }
    }

    @Test func othersThanOwnersAndNonsenseAreRefused() async throws {
        try await withCron(at: "2027-01-01T08:00") { bench in
            let door = CronDoor()
            door.scheduler = bench.scheduler
            let turn: JSON = ["kind": "agentTurn", "message": "m"]
            for (arguments, isOwner, words) in [
                (["action": "list"], false, "only an owner"), (["action": "dance"], true, "must be one of"),
                (["action": "add"], true, "needs `job`"), (["action": "get", "id": "x"], true, "there is no job"),
                (
                    ["action": "add", "job": ["schedule": ["kind": "cron", "expr": "0 0 30 2 *"], "payload": turn]],
                    true, "never happens"
                ),
            ] as [(JSON, Bool, String)] {
                let output = try await Self.call(bench, door, arguments, isOwner: isOwner)
                #expect(output.isError && "\(output.parts)".contains(words), "\(output.parts)")
            }
            #expect(bench.book.count == 0)
        }
    }
}
