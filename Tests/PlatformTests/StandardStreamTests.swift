import Testing

@testable import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct StandardStreamTests {
    @Test func aPipeThatNobodyReadsIsNotWaitedFor() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        #expect(StandardStream.offer("first\n", to: ends[1]))
        // Larger than any pipe: it is filled up, and no more.
        #expect(!StandardStream.offer(String(repeating: "x", count: 4 << 20), to: ends[1]))
        #expect(!StandardStream.offer("more", to: ends[1]))
        var start = [UInt8](repeating: 0, count: 6)
        #expect(read(ends[0], &start, 6) == 6)
        #expect(start == Array("first\n".utf8))
    }

    @Test func aPipeWithoutAReaderTakesNothing() throws {
        Signals.ignoreFailedWrites()
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        #expect(!StandardStream.offer("text", to: ends[1]))
    }
}
