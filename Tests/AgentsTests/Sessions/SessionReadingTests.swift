import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct SessionReadingTests {
    @Test func historyComesInPagesFromTheEnd() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            #expect(try await bench.shelf.history(mainKey) == SessionHistory())
            _ = try await bench.shelf.open(mainKey)
            for number in 1...10 { try await bench.shelf.append([bench.user("\(number)")], to: mainKey) }
            func page(_ page: HistoryPage) async throws -> (seqs: [Int], history: SessionHistory) {
                let history = try await bench.shelf.history(mainKey, page)
                return (history.messages.compactMap { $0["__openclaw"]?["seq"]?.int }, history)
            }
            let first = try await page(HistoryPage(limit: 4))
            #expect(first.seqs == [7, 8, 9, 10] && first.history.hasMore && first.history.nextOffset == 4)
            let second = try await page(HistoryPage(limit: 4, offset: 4))
            #expect(second.seqs == [3, 4, 5, 6] && second.history.nextOffset == 8)
            let last = try await page(HistoryPage(limit: 4, offset: 8))
            #expect(last.seqs == [1, 2] && !last.history.hasMore && last.history.nextOffset == nil)
            let before = try await page(HistoryPage(limit: 2, before: 5))
            #expect(before.seqs == [3, 4])
            let message = first.history.messages[0]
            #expect(message["role"] == "user" && message["content"] == [["type": "text", "text": "7"]])
            #expect(message["timestamp"]?.int == Int(bench.clock.wall.milliseconds))
            await bench.end()
        }
    }

    @Test(arguments: [-1, 0, 1])
    func aPageHasALimitOfBytes(over: Int) async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            _ = try await bench.shelf.open(mainKey)
            try await bench.shelf.append([bench.user("first"), bench.user("second")], to: mainKey)
            let whole = try await bench.shelf.history(mainKey).messages
            let size = whole.reduce(0) { $0 + JSONWriter.bytes(of: $1).count }
            let page = try await bench.shelf.history(mainKey, HistoryPage(maxBytes: size - over))
            #expect(page.messages.count == (over > 0 ? 1 : 2))
            #expect(page.hasMore == (over > 0))
            // One that is too large alone is named, not shown.
            let small = try await bench.shelf.history(mainKey, HistoryPage(maxBytes: 20))
            #expect(small.messages.count == 1)
            #expect(small.messages[0]["content"]?[0]?["text"] == .string(SessionHistory.tooLarge))
            let cut = try await bench.shelf.history(mainKey, HistoryPage(maxChars: 3))
            #expect(cut.messages[0]["content"]?[0]?["text"] == "fi…")
            await bench.end()
        }
    }

    @Test func previewsAndTitlesAreShort() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            #expect(try await bench.shelf.preview(mainKey, limit: 3, maxChars: 20) == nil)
            _ = try await bench.shelf.open(mainKey)
            #expect(try await bench.shelf.preview(mainKey, limit: 3, maxChars: 20) == [])
            try await bench.shelf.append(
                [
                    bench.user("what is the weather like today?"), bench.call("c"), bench.result("c"),
                    bench.answer("rain"),
                ],
                to: mainKey)
            let items = try #require(try await bench.shelf.preview(mainKey, limit: 3, maxChars: 10))
            #expect(items.map(\.role) == ["assistant", "tool", "assistant"])
            #expect(items.map(\.text) == ["let me see", "found", "rain"])
            #expect(await bench.shelf.firstWords(mainKey, maxChars: 10) == "what is t…")
            let other = SessionKey.main("other")
            _ = try await bench.shelf.open(other)
            try await bench.shelf.append([bench.user("/new"), bench.user("/etc/hosts is odd")], to: other)
            #expect(await bench.shelf.firstWords(other, maxChars: 30) == "/etc/hosts is odd", "no command")
            await bench.end()
        }
    }

    @Test func whatWasSaidIsFound() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            for number in 1...3 {
                let key = SessionKey(agentID: number == 3 ? "other" : "main", rest: "chat:\(number)")
                await bench.clock.advance(by: .seconds(1))
                _ = try await bench.shelf.open(key)
                try await bench.shelf.append([bench.user("a Needle \(number)"), bench.user("hay")], to: key)
            }
            let hits = await bench.shelf.search("nEEDLE")
            #expect(hits.map(\.excerpt) == ["a Needle 3", "a Needle 2", "a Needle 1"])
            #expect(hits.map(\.seq) == [1, 1, 1])
            #expect(await bench.shelf.search("needle", agent: "main", limit: 1).map(\.excerpt) == ["a Needle 2"])
            #expect(await bench.shelf.search("nothing") == [])
            #expect(await bench.shelf.search("") == [])
            await bench.end()
        }
    }

    @Test func anExportHasAllThatWasSaid() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            _ = try await bench.shelf.open(mainKey)
            try await bench.shelf.append(
                [
                    bench.user("hello"), bench.call("c"), bench.result("c"), bench.answer("```x```"),
                    bench.entry(.compaction(summary: "sum", tokensBefore: nil)), bench.note("remark"),
                ], to: mainKey)
            let lines = String(decoding: try await bench.shelf.export(mainKey, as: .jsonLines), as: UTF8.self)
                .split(separator: "\n")
            #expect(lines.count == 6)
            #expect(try JSONParser.parse(String(lines[0]))["content"]?[0]?["text"] == "hello")
            let text = String(decoding: try await bench.shelf.export(mainKey, as: .markdown), as: UTF8.self)
            for part in ["# agent:main:main", "## User", "hello", "Calls `read`", "found", "acme/big", "sum", "remark"]
            {
                #expect(text.contains(part), "\(part)")
            }
            await #expect(throws: SessionError.unknown("agent:main:x")) {
                try await bench.shelf.export(SessionKey(agentID: "main", rest: "x"), as: .markdown)
            }
            await bench.end()
        }
    }

    @Test func useIsReadOnFromWhereItWas() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let ledger = UsageLedger(bench.shelf)
            _ = try await bench.shelf.open(mainKey)
            func total() async -> UsageTotals {
                var sum = UsageTotals()
                for session in await ledger.sessions(since: WallTime(nanoseconds: 0)) {
                    for day in session.days.values { sum += day.totals }
                }
                return sum
            }
            for count in 1...3 {
                try await bench.shelf.append([bench.answer("x", cost: count == 2 ? nil : 0.5)], to: mainKey)
                #expect(await total().usage.total == 15 * count)
            }
            #expect(await total().cost == 1)
            #expect(await total().missingCosts == 1)
            #expect(bench.shelf.record(mainKey)?.usage.total == 45)
            _ = try await bench.shelf.compact(mainKey, keeping: 1)
            #expect(await total().usage.total == 15)
            await bench.end()
        }
    }

    @Test(arguments: [SessionShelf.pointLimit - 1, SessionShelf.pointLimit, SessionShelf.pointLimit + 1])
    func theCourseOfASessionHasSoManyPoints(answers: Int) async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            _ = try await bench.shelf.open(mainKey)
            try await bench.shelf.append((0..<answers).map { _ in bench.answer("x") }, to: mainKey)
            let points = try #require(try await bench.shelf.usagePoints(mainKey))
            #expect(points.count <= SessionShelf.pointLimit)
            #expect(points.reduce(0) { $0 + $1.usage.total } == 15 * answers)
            #expect(try await bench.shelf.usagePoints(SessionKey(agentID: "main", rest: "x")) == nil)
            await bench.end()
        }
    }

    @Test func aLongTranscriptIsReadFromItsEnd() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let record = try await bench.shelf.open(mainKey)
            let text = String(repeating: "x", count: 10_000)
            for _ in 0..<10 {
                try await bench.shelf.append((0..<30).map { _ in bench.user(text) }, to: mainKey)
            }
            let file = bench.shelf.file(record)
            let end = try #require(bench.shelf.catalog[mainKey]).digest.end
            #expect(end.size > 3_000_000)
            let reading = try file.sinceCompaction(end, limit: 200_000)
            #expect(reading.hasMore)
            #expect(reading.entries.last?.seq == 300)
            #expect((15...20).contains(reading.entries.count))
            await bench.end()
        }
    }
}
