import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct SessionShelfTests {
    @Test func aSessionOutlivesTheGateway() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let record = try await bench.shelf.open(mainKey)
            #expect(TranscriptPlace.isSessionID(record.sessionID))
            try await bench.shelf.append([bench.user("hello"), bench.answer("hi")], to: mainKey)
            _ = try await bench.shelf.update(mainKey) { $0.choices.label = "work" }
            for index in [true, false] {
                try await bench.restart(keepingIndex: index)
                let again = try await bench.shelf.open(mainKey)
                #expect(again.sessionID == record.sessionID)
                #expect(again.choices.label == "work")
                #expect(again.usage == ModelUsage(input: 10, output: 5))
                #expect(again.cost == 0.5)
                #expect(again.contextTokens == 15)
                #expect(again.lastModel == ModelReference("acme/big"))
                #expect(texts(try await bench.shelf.entries(mainKey)) == ["hello", "hi"])
            }
            await bench.end()
        }
    }

    @Test func theIndexMadeAnewEqualsTheIndex() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            for number in 0..<12 {
                let key = SessionKey(agentID: number % 3 == 0 ? "other" : "main", rest: "chat:\(number)")
                _ = try await bench.shelf.open(key)
                await bench.clock.advance(by: .milliseconds(1500))
                try await bench.shelf.append([bench.user("\(number)"), bench.answer("a")], to: key)
                if number % 2 == 0 {
                    _ = try await bench.shelf.update(key) {
                        $0.choices.label = "label \(number)"
                        $0.choices.thinking = .high
                        $0.origin = RunOrigin(channel: "webchat", to: "x")
                        $0.abortedLastRun = number % 4 == 0
                    }
                }
                if number % 5 == 0 { _ = try await bench.shelf.reset(key) }
                if number % 4 == 0 { try await bench.shelf.append([bench.note("late")], to: key) }
                if number == 7 {
                    for _ in 0..<5 { try await bench.shelf.append([bench.user("x")], to: key) }
                    #expect(try await bench.shelf.compact(key, keeping: 2)?.kept == 2)
                }
                if number == 11 { _ = try await bench.shelf.delete(key) }
            }
            let before = bench.digests
            #expect(before.count == 11)
            try await bench.restart()
            #expect(bench.digests == before)
            // Without an index, and with one that a crash left behind.
            try await bench.restart(keepingIndex: false)
            #expect(bench.digests == before)
            let key = SessionKey(agentID: "main", rest: "chat:1")
            try await bench.shelf.append([bench.user("unindexed")], to: key)
            let after = bench.digests
            try await bench.restart(closing: false)
            #expect(bench.digests == after)
            await bench.end()
        }
    }

    @Test func anOrphanToolCallIsRepairedAndWrittenBack() async throws {
        let scratch = ScratchDirectory()
        try await onLoop {
            let bench = try await ShelfBench(scratch)
            let record = try await bench.shelf.open(mainKey)
            try await bench.shelf.append(
                [bench.user("read a"), bench.call("c1"), bench.result("c1"), bench.call("c2")], to: mainKey)
            // The tool may still be at work.
            #expect(try await bench.shelf.entries(mainKey).count == 4)
            try await bench.restart(closing: false)
            let repaired = try await bench.shelf.entries(mainKey)
            #expect(repaired.count == 5)
            guard case .toolResult(let result) = repaired[4].content else { throw TurnsExhausted() }
            #expect((result.callID, result.name, result.isError) == ("c2", "read", true))
            #expect(scratch.read(bench.transcript(record))?.contains(ToolCallRepair.text) == true)
            #expect(try await bench.shelf.entries(mainKey) == repaired)
            try await bench.restart()
            #expect(try await bench.shelf.entries(mainKey) == repaired)
            await bench.end()
        }
    }

    @Test func anOrphanInTheMiddleGetsItsResultWhereItBelongs() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            _ = try await bench.shelf.open(mainKey)
            try await bench.shelf.append([bench.user("a"), bench.call("c1"), bench.user("b")], to: mainKey)
            let repaired = try await bench.shelf.entries(mainKey)
            #expect(texts(repaired) == ["a", "let me see", ToolCallRepair.text, "b"])
            // In the transcript it stands at the end; it is told where its call is.
            try await bench.restart()
            #expect(try await bench.shelf.entries(mainKey) == repaired)
            let history = try await bench.shelf.history(mainKey)
            #expect(history.messages.compactMap { $0["role"]?.string } == ["user", "assistant", "user", "toolResult"])
            await bench.end()
        }
    }

    @Test func aModelIsToldFromTheLastCompactionOn() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            _ = try await bench.shelf.open(mainKey)
            try await bench.shelf.append([bench.user("old"), bench.answer("older")], to: mainKey)
            try await bench.shelf.append([bench.entry(.compaction(summary: "sum", tokensBefore: 9))], to: mainKey)
            try await bench.shelf.append([bench.user("new")], to: mainKey)
            #expect(texts(try await bench.shelf.entries(mainKey)) == ["sum", "new"])
            #expect(try await bench.shelf.history(mainKey).messages.count == 4)
            #expect(bench.shelf.record(mainKey)?.contextTokens == nil)
            await bench.end()
        }
    }

    @Test func aResetKeepsTheChoicesAndTheOldTranscript() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let old = try await bench.shelf.open(mainKey)
            try await bench.shelf.append([bench.user("before"), bench.answer("x")], to: mainKey)
            _ = try await bench.shelf.update(mainKey) { $0.choices.model = ModelReference("acme/big") }
            let new = try await bench.shelf.reset(mainKey)
            #expect(new.sessionID != old.sessionID)
            #expect(new.choices.model == ModelReference("acme/big"))
            #expect(new.usage == ModelUsage())
            #expect(new.cost == nil)
            #expect(try await bench.shelf.entries(mainKey) == [])
            #expect(bench.files().contains { $0.hasPrefix(old.sessionID + ".jsonl.reset.") })
            try await bench.restart(keepingIndex: false)
            #expect(bench.shelf.record(mainKey) == new)
            await bench.end()
        }
    }

    @Test func aCrashInTheMiddleOfAResetLeavesTheNewSession() async throws {
        let scratch = ScratchDirectory()
        try await onLoop {
            let bench = try await ShelfBench(scratch)
            let old = try await bench.shelf.open(mainKey)
            try await bench.shelf.append([bench.user("before")], to: mainKey)
            await bench.clock.advance(by: .seconds(5))
            let new = try await bench.shelf.reset(mainKey)
            let aside = try #require(bench.files().first { $0.contains(".reset.") })
            scratch.move(bench.folder() + "/" + aside, to: bench.transcript(old))
            try await bench.restart(closing: false)
            #expect(bench.shelf.record(mainKey)?.sessionID == new.sessionID)
            #expect(bench.files().contains { $0.hasPrefix(old.sessionID + ".jsonl.reset.") })
            await bench.end()
        }
    }

    @Test(arguments: [4, 5, 6])
    func compactionByLinesKeepsTheLastOnes(lines: Int) async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let record = try await bench.shelf.open(mainKey)
            for number in 1...5 { try await bench.shelf.append([bench.user("\(number)")], to: mainKey) }
            let outcome = try await bench.shelf.compact(mainKey, keeping: lines)
            #expect(outcome?.kept == (lines < 5 ? lines : nil))
            #expect(texts(try await bench.shelf.entries(mainKey)) == ["1", "2", "3", "4", "5"].suffix(lines))
            #expect(bench.files().contains { $0.contains(".compacted.") } == (lines < 5))
            // Numbers go on.
            try await bench.shelf.append([bench.user("6")], to: mainKey)
            #expect(try await bench.shelf.history(mainKey).messages.last?["__openclaw"]?["seq"] == 6)
            try await bench.restart(keepingIndex: false)
            #expect(bench.shelf.record(mainKey)?.sessionID == record.sessionID)
            await bench.end()
        }
    }

    @Test func aDeletedSessionIsGoneAndItsTranscriptIsNot() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let key = SessionKey(agentID: "main", rest: "chat:x")
            let record = try await bench.shelf.open(key)
            let archive = try #require(try await bench.shelf.delete(key))
            #expect(archive.hasPrefix(record.sessionID + ".jsonl.deleted."))
            #expect(bench.files() == [archive])
            await #expect(throws: SessionError.unknown("\(key)")) { try await bench.shelf.delete(key) }
            await #expect(throws: SessionError.unknown("\(key)")) { try await bench.shelf.entries(key) }
            await #expect(throws: SessionError.unknown("\(key)")) {
                try await bench.shelf.append([bench.user("x")], to: key)
            }
            _ = try await bench.shelf.open(mainKey)
            await #expect(throws: SessionError.main("\(mainKey)")) { try await bench.shelf.delete(mainKey) }
            try await bench.restart(keepingIndex: false)
            #expect(bench.shelf.record(key) == nil)
            await bench.end()
        }
    }

    @Test func listenersHearWhatIsStored() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let listener = Notes()
            bench.shelf.listeners.append(listener)
            let key = SessionKey(agentID: "main", rest: "chat:x")
            _ = try await bench.shelf.open(key)
            try await bench.shelf.append([bench.user("a"), bench.answer("b")], to: key)
            _ = try await bench.shelf.update(key) { $0.choices.label = "l" }
            _ = try await bench.shelf.update(key) { $0.choices.label = "l" }
            _ = try await bench.shelf.reset(key)
            _ = try await bench.shelf.delete(key)
            #expect(listener.notes == ["create", "1 a", "2 b", "update", "reset", "delete"])
            await bench.end()
        }
    }

    @Test func aBadKeyMakesNoSession() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let key = SessionKey(agentID: "../x", rest: "main")
            await #expect(throws: SessionError.badKey("agent:../x:main")) { try await bench.shelf.open(key) }
            await #expect(throws: SessionError.badKey("agent:../x:main")) { try await bench.shelf.reset(key) }
            await bench.end()
        }
    }
}

/// Writes down what it hears.
@LoopActor
private final class Notes: SessionListener {
    var notes: [String] = []

    func session(_ record: SessionRecord, changed: SessionChange) { notes.append(changed.rawValue) }

    func session(_ record: SessionRecord, appended: NumberedEntry) {
        notes.append("\(appended.seq) \(appended.entry.spoken?.text ?? "")")
    }
}
