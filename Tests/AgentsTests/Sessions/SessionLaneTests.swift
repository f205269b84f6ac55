import Platform
import Support
import Testing

@testable import Agents

@Suite struct SessionLaneTests {
    @Test func twoSessionsNeverWaitOnEachOther() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let (a, b) = (SessionKey(agentID: "main", rest: "a:1"), SessionKey(agentID: "main", rest: "b:1"))
            for key in [a, b] { _ = try await bench.shelf.open(key) }
            let gate = Suspension(bench.clock)
            let holder = startTask {
                try await bench.shelf.lane(a).exclusively { () throws(SessionError) in _ = await gate.wait() }
            }
            await turnEnd()
            var isDone = false
            let waiter = startTask {
                try await bench.shelf.append([bench.user("one")], to: a)
                isDone = true
            }
            try await bench.shelf.append([bench.user("two")], to: b)
            #expect(texts(try await bench.shelf.entries(b)) == ["two"])
            _ = try await bench.shelf.reset(b)
            #expect(!isDone)
            gate.wake()
            try await holder.value
            try await waiter.value
            #expect(texts(try await bench.shelf.entries(a)) == ["one"])
            await bench.end()
        }
    }

    @Test func whatIsDoneToOneSessionIsDoneInOrder() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            _ = try await bench.shelf.open(mainKey)
            var order: [Int] = []
            let tasks = (0..<40).map { number in
                startTask {
                    if number % 5 == 4 {
                        _ = try await bench.shelf.update(mainKey) { $0.choices.label = "\(number)" }
                    } else {
                        try await bench.shelf.append([bench.user("\(number)")], to: mainKey)
                    }
                    order.append(number)
                }
            }
            for task in tasks { try await task.value }
            #expect(order == Array(0..<40))
            #expect(texts(try await bench.shelf.entries(mainKey)) == (0..<40).filter { $0 % 5 != 4 }.map(String.init))
            #expect(!bench.shelf.isBusy(mainKey))
            await bench.end()
        }
    }

    @Test func appendsThatWaitTogetherAreOneWrite() async throws {
        try await onLoop {
            var batches: [Int] = []
            let gate = Suspension(FakeClock())
            let lane = SessionLane { batch in
                batches.append(batch.count)
                if batches.count == 1 { _ = await gate.wait() }
                for append in batch { append.end(.success(())) }
            } onIdle: {
            }
            let note = TranscriptEntry(id: "n", time: WallTime(nanoseconds: 0), .note("n"))
            let tasks = (0..<9).map { _ in startTask { try await lane.append([note]) } }
            for _ in 0..<4 { await turnEnd() }
            gate.wake()
            for task in tasks { try await task.value }
            #expect(batches.reduce(0, +) == 9)
            #expect(batches.count == 2)
        }
    }
}

@Suite struct DurabilityTests {
    /// Each step of an append lets fail in turn: nothing of it is in the file then, and the next one is whole.
    @Test(arguments: AppendFile.Step.allCases)
    func whatFailsLeavesNothingBehind(step: AppendFile.Step) throws {
        let scratch = ScratchDirectory()
        let directory = try SafeDirectory(scratch.path)
        let file = try AppendFile.open(try SafePath("file"), in: directory, creates: true)
        try file.append(Array("one\n".utf8), at: 0)
        #expect(throws: FileError.self) {
            try file.append(Array("two\n".utf8), at: 4) { (reached) throws(SystemError) in
                if reached == step { throw SystemError(code: 5, call: "test") }
            }
        }
        #expect(scratch.read("file") == "one\n")
        try file.append(Array("three\n".utf8), at: 4)
        #expect(scratch.read("file") == "one\nthree\n")
    }

    @Test func bytesAreSynchronizedBeforeAnAppendReturns() throws {
        let scratch = ScratchDirectory()
        let file = try AppendFile.open(
            try SafePath("file"), in: try SafeDirectory(scratch.path), creates: true)
        var steps: [String] = []
        try file.append([1], at: 0) { _ in steps.append("\(scratch.read("file")?.utf8.count ?? -1)") }
        #expect(steps == ["1", "1"])
        #expect(AppendFile.Step.allCases == [.written, .synchronized])
    }

    @Test func aFileThatSomeoneElseChangedIsNotAppendedTo() throws {
        let scratch = ScratchDirectory()
        let file = try AppendFile.open(try SafePath("file"), in: try SafeDirectory(scratch.path), creates: true)
        scratch.write("else", to: "file")
        #expect(throws: FileError.self) { try file.append([1], at: 0) }
        #expect(scratch.read("file") == "else")
    }

    #if os(Linux)
    @Test func aFullDiskIsToldAndLeavesNothingHalfWritten() async throws {
        guard let mount = ScratchMount(kilobytes: 512) else { return }
        try await onLoop {
            let place = TranscriptPlace(stateDirectory: mount.directory.path)
            let record = SessionRecord(new: mainKey, WallTime(nanoseconds: 1_790_000_000_000_000_000))
            let file = TranscriptFile(place: place, key: mainKey, id: record.sessionID)
            let end = try file.begin(record)
            mount.fill()
            let line = TranscriptLine(
                .entry(
                    TranscriptEntry(id: "x", time: record.createdAt, .note(String(repeating: "x", count: 60_000)))),
                seq: 1
            ).bytes
            let failure = #expect(throws: FileError.self) { try file.append(line, at: end.size) }
            #expect("\(try #require(failure))".contains("free some space"))
            #expect(try file.open(at: record.createdAt) == end)
            #expect(throws: FileError.self) {
                try TranscriptFile(place: place, key: mainKey, id: UUIDText.random()).begin(record)
            }
            #expect(try place.files("main").count == 1)
            mount.makeRoom()
            try file.append(line, at: end.size)
            #expect(try file.open(at: record.createdAt)?.seq == 1)
        }
    }
    #endif
}
