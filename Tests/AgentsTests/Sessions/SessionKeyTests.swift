import Testing

@testable import Agents

@Suite struct SessionKeyTests {
    @Test func isWrittenAsOpenClawWritesIt() {
        #expect("\(SessionKey.main("work"))" == "agent:work:main")
        #expect(SessionKey.main("work").isMain)
        #expect(!SessionKey(agentID: "work", rest: "cron:x").isMain)
    }
}
