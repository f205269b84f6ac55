import Contract
import Platform
import Support
import Testing

@testable import Gateway

@Suite struct SystemMethodTests {
    @Test func healthIsKeptForAMinuteAndMadeAnewWhenAsked() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect(scopes: [.read])
            let first = try await client.call("health")
            bench.clock.wall.nanoseconds += 5_000_000_000
            #expect(try await client.call("health") == first)
            let probed = try await client.call("health", ["probe": true])
            #expect(probed["ts"] != first["ts"])
            let event = try await client.event("health")
            #expect(event == probed)
            let frame = client.frames.first { $0["event"]?.string == "health" }
            #expect(frame?["stateVersion"]?["health"]?.int == 3)
        }
    }

    @Test func healthNamesWhatFails() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect()
            bench.health.report("store", failure: "the disk is full")
            let health = try await client.call("health", ["probe": true])
            #expect(health["ok"] == false)
            #expect(health["readiness"]?["failing"] == ["store"])
        }
    }

    @Test func whatWasKeptIsNotShownWhenItIsNoLongerTrue() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect()
            #expect(try await client.call("health")["ok"] == true)
            bench.health.report("store", failure: "the disk is full")
            let failing = try await client.call("health")
            #expect(failing["ok"] == false)
            #expect(failing["readiness"]?["reasons"] == ["store": "the disk is full"])
            bench.health.report("store", failure: nil)
            #expect(try await client.call("health")["ok"] == true)
            bench.health.phase = .draining
            let draining = try await client.call("health")
            #expect(draining["readiness"]?["failing"] == ["draining"])
        }
    }

    @Test func statusHidesPathsAndTextsFromThoseWhoOnlyRead() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let admin = try await bench.connect()
            _ = try await admin.call("system-event", ["text": "backup done"])
            let reader = try await bench.connect(scopes: [.read])
            let seen = try await reader.call("status")
            #expect(seen["queuedSystemEvents"] == [])
            #expect(seen["sessions"]?["paths"] == [])
            #expect(seen["gateway"]?.has("configPath") == false)
            let all = try await admin.call("status")
            #expect(all["queuedSystemEvents"] == ["backup done"])
            #expect(all["gateway"]?["configPath"] == "/state/openclaw.json")
        }
    }

    @Test func aSystemEventIsPresenceAndWaitsUnlessANodeReports() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect(mode: "cli")
            _ = try await client.call(
                "system-event", ["text": "Node: desk · idle", "host": "desk", "lastInputSeconds": 3, "tags": ["mac"]])
            let presence = try await client.event("presence")
            let entry = presence["presence"]?.array?.first { $0["host"]?.string == "desk" }
            #expect(entry?["text"] == "Node: desk · idle")
            #expect(entry?["lastInputSeconds"] == 3)
            #expect(entry?["tags"] == ["mac"])
            #expect(try await client.call("status")["queuedSystemEvents"] == [])
            #expect(try await client.refusal("system-event", ["text": "  "]) == "INVALID_REQUEST text required")
        }
    }

    @Test func noClientIsTakenForTheGatewayOrForADevice() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness()
            let device = String(repeating: "0a", count: 32)
            let admin = try await gateway.connect(
                GatewayHarness.params(protocols: 3...3, mode: "cli", scopes: ["operator.admin"]))
            _ = try await admin.call(
                "system-event", ["text": "Node: here", "deviceId": .string(device), "host": "of a device"])
            for instance in ["Gateway", device] {
                var params = GatewayHarness.params(scopes: [])
                params["client"]?["instanceId"] = .string(instance)
                params["client"]?["displayName"] = .string(String(repeating: "x", count: Presence.textBytes + 1))
                _ = try await gateway.connect(params)
            }
            let entries = try await admin.call("system-presence")?.array ?? []
            #expect(entries.count == 4)
            #expect(entries.contains { $0["host"]?.string == "of a device" })
            #expect(entries.contains { $0["mode"]?.string == "gateway" && $0["host"]?.string == "harness" })
            #expect(entries.allSatisfy { ($0["host"]?.string ?? "").utf8.count <= Presence.textBytes })
        }
    }

    @Test func wakeKeepsATextForTheNextLookAround() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect(scopes: [.write, .admin])
            #expect(try await client.call("wake", ["mode": "now", "text": " "]) == ["ok": false])
            #expect(try await client.call("wake", ["mode": "next-heartbeat", "text": "mail"]) == ["ok": true])
            #expect(try await client.call("status")["queuedSystemEvents"] == ["mail"])
            #expect(
                try await client.refusal("wake", ["mode": "later", "text": "x"])
                    == "INVALID_REQUEST invalid wake params: at /mode: must be one of now, next-heartbeat")
        }
    }

    @Test func heartbeatsAreSwitchedAndThereWasNone() async throws {
        try await onLoop {
            let client = try await MethodBench().connect()
            #expect(try await client.call("last-heartbeat") == .null)
            #expect(try await client.call("set-heartbeats", ["enabled": false]) == ["ok": true, "enabled": false])
            #expect(try await client.call("status")["heartbeatsEnabled"] == false)
        }
    }

    @Test func theLogIsReadFromTheFileAndElseFromMemory() async throws {
        let scratch = ScratchDirectory()
        try await onLoop {
            let bench = try MethodBench(log: LogPlace(directory: scratch.path))
            let client = try await bench.connect(scopes: [.read])
            let log = Log(bench.output, subsystem: "test")
            for word in ["one", "two"] { log.info(word) }
            await bench.output.drain()
            let tail = try await client.call("logs.tail", ["limit": 1])
            #expect(tail["file"]?.string?.hasPrefix(scratch.path) == true)
            #expect(tail["lines"]?.array?.count == 1)
            #expect(tail["truncated"] == true)
            #expect(tail["cursor"] == tail["size"])
            let none = try await client.call("logs.tail", ["cursor": tail["cursor"] ?? 0])
            #expect(none["lines"] == [])
            #expect(!none.has("reset"))

            let kept = try await MethodBench().connect(scopes: [.read]).call("logs.tail")
            #expect(kept["source"] == "memory")
            #expect(kept["lines"]?.array?.isEmpty == false)
        }
    }

    @Test func anUpdateIsExplainedAndNotRun() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect()
            let told = try await client.call("update.run")
            #expect(told["result"]?["status"] == "skipped")
            #expect(told["result"]?["before"] == told["result"]?["after"])
            for _ in 1..<ControlWrites.limit { _ = try await client.call("update.run") }
            let answer = try await client.request("update.run")
            #expect(answer["error"]?["details"] == ["method": "update.run", "limit": "3 per 60s"])
            #expect(answer["error"]?["retryable"] == true)
            #expect(answer["error"]?["retryAfterMs"] == 60_000)
            let status = try await client.call("update.status")
            #expect(status["currentVersion"] == "2026.1.0")
        }
    }

    @Test(arguments: [
        ("/home/x/openclaw/.build/debug/openclaw", "build"), ("/nix/store/abc-openclaw/bin/openclaw", "nix"),
        ("/opt/homebrew/bin/openclaw", "brew"), ("/usr/local/bin/openclaw", "file"),
        ("/usr/local/bin/openclaw (deleted)", "file"),
    ])
    func howAProgramIsReplacedFollowsFromItsPath(link: String, kind: String) {
        let installed = InstalledProgram(version: "1", program: RunningProgram(link: link))
        #expect(installed.kind == kind)
        #expect(installed.isReplaced == link.hasSuffix("(deleted)"))
        #expect(installed.next.hasSuffix("openclaw gateway restart"))
    }
}
