import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// `exec.approvals.get` and `set`: the file, its hash, its secret.
@Suite struct ApprovalsFileTests {
    private static let rules: JSON = [
        "version": 1, "defaults": ["security": "allowlist", "ask": "on-miss"],
        "agents": ["main": ["allowlist": [["pattern": "rg", "later": true]]]],
    ]

    private func file(_ directory: ScratchDirectory) async -> ApprovalsFile {
        await ApprovalsFile(stateDirectory: directory.path)
    }

    @Test func withoutAFileThereAreNoRules() async throws {
        try await onLoop {
            let directory = ScratchDirectory()
            let snapshot = try await self.file(directory).read().json
            #expect(snapshot["exists"]?.bool == false)
            #expect(snapshot["path"]?.string == directory.path("exec-approvals.json"))
            #expect(snapshot["file"] == ["version": 1, "agents": [:]])
            #expect(snapshot["hash"]?.string == Hex.encode(SHA256.hash([])))
        }
    }

    @Test func aFileIsReplacedByThoseWhoHaveSeenIt() async throws {
        try await onLoop {
            let directory = ScratchDirectory()
            let file = await self.file(directory)
            let first = try await file.write(Self.rules, baseHash: nil)
            #expect(first.json["file"] == Self.rules)
            #expect(directory.mode("exec-approvals.json") == 0o600)
            await #expect(throws: RPCError.self) { try await file.write(["version": 1], baseHash: nil) }
            await #expect(throws: RPCError.self) { try await file.write(["version": 1], baseHash: "other") }
            let second = try await file.write(["version": 1], baseHash: first.hash)
            #expect(second.json["file"] == ["version": 1])
            #expect(second.hash != first.hash)
            directory.write(#"{"version":1,"by":"another program"}"#, to: "exec-approvals.json")
            await #expect(throws: RPCError.self) { try await file.write(Self.rules, baseHash: second.hash) }
        }
    }

    @Test func ofTwoEditorsOneWins() async throws {
        try await onLoop {
            let directory = ScratchDirectory()
            let file = await self.file(directory)
            let base = try await file.write(["version": 1], baseHash: nil).hash
            let edits = (1...8).map { number in
                startTask {
                    try? await file.write(["version": 1, "by": JSON(number)], baseHash: base).json["file"]?["by"]?.int
                }
            }
            var written: [Int] = []
            for edit in edits { if let number = try await edit.value { written.append(number) } }
            #expect(written.count == 1)
            #expect(try await file.read().json["file"]?["by"]?.int == written.first)
        }
    }

    @Test func theTokenOfTheSocketStaysInTheFile() async throws {
        try await onLoop {
            let directory = ScratchDirectory()
            let file = await self.file(directory)
            directory.write(
                #"{"version":1,"socket":{"path":"/s","token":"socket-secret-token"}}"#, to: "exec-approvals.json")
            let shown = try await file.read()
            #expect(shown.json["file"]?["socket"] == ["path": "/s"])
            #expect(!"\(shown.json)".contains("socket-secret-token"))
            let written = try await file.write(Self.rules, baseHash: shown.hash)
            #expect(!"\(written.json)".contains("socket-secret-token"))
            #expect(written.file["socket"] == ["path": "/s", "token": "socket-secret-token"])
            let moved: JSON = ["version": 1, "socket": ["path": "/t"]]
            let again = try await file.write(moved, baseHash: written.hash)
            #expect(again.file["socket"] == ["path": "/t", "token": "socket-secret-token"])
        }
    }

    @Test(arguments: ["{", "[]", "{}", #"{"version":2}"#]) func aFileThatCannotBeReadIsNotReplaced(
        text: String
    ) async throws {
        try await onLoop {
            let directory = ScratchDirectory()
            let file = await self.file(directory)
            directory.write(text, to: "exec-approvals.json")
            let hash = Hex.encode(SHA256.hash(text))
            await #expect(throws: RPCError.self) { try await file.read() }
            await #expect(throws: RPCError.self) { try await file.write(Self.rules, baseHash: hash) }
            #expect(directory.read("exec-approvals.json") == text)
        }
    }

    @Test(arguments: [-1, 0, 1]) func theFileHasALimit(excess: Int) async throws {
        try await onLoop {
            let directory = ScratchDirectory()
            let file = await self.file(directory)
            let empty: JSON = ["version": 1, "note": ""]
            let frame = JSONWriter.bytes(of: empty, style: .init(isPretty: true)).count + 1
            let note = String(repeating: "n", count: ApprovalsFile.sizeLimit + excess - frame)
            let rules: JSON = ["version": 1, "note": .string(note)]
            if excess > 0 {
                await #expect(throws: RPCError.self) { try await file.write(rules, baseHash: nil) }
            } else {
                let written = try await file.write(rules, baseHash: nil)
                #expect(written.file == rules)
            }
        }
    }

    @Test func theMethodsAreForAdministratorsAndChecked() async throws {
        try await onLoop {
            let gateway = try await GatewayHarness.trusting()
            let person = try await gateway.person(.write, .approvals, .pairing)
            for method in ["exec.approvals.get", "exec.approvals.set", "exec.approvals.node.get"] {
                #expect(try await person.refusal(method, [:])["message"]?.string == "missing scope: operator.admin")
            }
            let admin = try await gateway.person(.admin)
            #expect(try await admin.call("exec.approvals.get")?["exists"]?.bool == false)
            for file: JSON in [
                ["version": 2], ["version": 1, "defaults": ["security": "everything"]],
                ["version": 1, "agents": ["main": ["ask": "never"]]],
            ] {
                let error = try await admin.refusal("exec.approvals.set", ["file": file])
                #expect(error["message"]?.string?.hasPrefix("invalid exec.approvals.set params: at /file/") == true)
            }
        }
    }
}
