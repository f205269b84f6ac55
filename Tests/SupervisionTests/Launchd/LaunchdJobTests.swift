import Testing

@testable import Supervision

/// The sources of the samples are named in Tests/Fixtures/supervision/launchctl/README.md.
@Suite struct LaunchdJobTests {
    private func job(_ name: String) throws -> LaunchdJob {
        LaunchdJob(try SupervisionFixture.text("launchctl/\(name).txt"))
    }

    @Test func aRunningServiceIsRead() throws {
        let job = try job("running")
        #expect(job.condition == .running)
        #expect(job.processID == 4121)
        #expect(job.runs == 3)
        #expect(job.lastExitCode == 0)
        #expect(
            job.arguments == ["/Users/ada/Applications & more/openclaw", "gateway", "run", "--port", "18789"])
        #expect(
            job.environment == [
                "HOME": "/Users/ada", "OPENCLAW_STATE_DIR": "/Users/ada/.openclaw", "NOTE": "a => b = {",
                "XPC_SERVICE_NAME": "ai.openclaw.gateway",
            ])
    }

    @Test func aServiceThatIsTriedInVainHasFailed() throws {
        let job = try job("hopeless")
        #expect(job.lastExitCode == 78)
        #expect(job.processID == nil)
        #expect(job.condition == .failed)
        #expect(try self.job("first").condition == .starting)
        #expect(try self.job("first").lastExitCode == nil)
    }

    @Test func aServiceThatWasToldToEndIsNotCalledRunning() {
        // The state is named in github.com/kxn/codex-remote-feishu/issues/914 (macOS 26).
        #expect(LaunchdJob("x = {\n\tstate = SIGTERMed\n\tpid = 7\n}\n").condition == .stopping)
    }

    @Test func statesOfBlocksWithinAreNotTheServices() {
        let text = "system/x = {\n\tresource coalition = {\n\t\tstate = active\n\t}\n\tstate = not running\n}\n"
        #expect(LaunchdJob(text).condition == .stopped)
    }

    @Test func whatIsNotUnderstoodIsUnknown() {
        for text in ["", "x", "x = {", "x = {\n\targuments = {\n\t\ta", "x = {\n\tstate = pondering\n}"] {
            #expect(LaunchdJob(text).condition.word == "unknown", "\(text)")
        }
    }

    @Test func disabledServicesAreFound() throws {
        let text = try SupervisionFixture.text("launchctl/disabled.txt")
        #expect(LaunchdJob.isDisabled("ai.openclaw.gateway", in: text))
        #expect(LaunchdJob.isDisabled("ai.openclaw.old", in: text))
        #expect(!LaunchdJob.isDisabled("ai.openclaw.rescue", in: text))
        #expect(!LaunchdJob.isDisabled("ai.openclaw.none", in: text))
    }
}
