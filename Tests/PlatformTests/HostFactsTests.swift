import Platform
import Support
import Testing

@Suite struct HostFactsTests {
    @Test func theMachineSaysWhatItIs() {
        #expect(HostFacts.processorCount >= 1)
        #expect(HostFacts.memory.total > 0)
        #expect(HostFacts.memory.available <= HostFacts.memory.total)
        #expect(!HostFacts.kernelRelease.isEmpty)
        #expect(!HostFacts.systemName.isEmpty)
        #expect(HostFacts.loadAverages.map { $0.count == 3 } ?? true)
        #expect(HostFacts.residentBytes.map { $0 > 0 } ?? true)
    }

    @Test func theDiskIsThatOfThePath() throws {
        let disk = try #require(HostFacts.disk(at: "/"))
        #expect(disk.available <= disk.total)
        #expect(HostFacts.disk(at: "/there/is/nothing/here") == nil)
    }

    @Test func theProgramKnowsItsFile() throws {
        #if os(Linux)
        let program = try #require(RunningProgram.current)
        #expect(program.path.hasPrefix("/"))
        #expect(!program.isReplaced)
        #endif
        #expect(RunningProgram(link: "/a/b (deleted)").isReplaced)
        #expect(RunningProgram(link: "/a/b (deleted)").path == "/a/b")
    }
}
