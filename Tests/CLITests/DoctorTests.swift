import Platform
import Settings
import Support
import Testing

@testable import CLI

/// What a home cannot be broken in from outside: the clock, and what only a service manager knows.
@Suite struct DoctorTests {
    @LoopActor
    private func scene(_ scratch: ScratchDirectory, at wall: WallTime) async throws -> DoctorScene {
        let clock = FakeClock()
        clock.wall = wall
        let surroundings = Surroundings(
            clock: clock, runner: FakeProcessRunner(), resolver: SystemResolver.shared, dial: nil, root: scratch.path)
        let environment: Environment = ["HOME": scratch.path, "PATH": "/usr/bin:/bin"]
        let style = TextStyle(width: 80)
        let invocation = Invocation(
            command: .doctor, instance: try Instance(flags: Instance.Flags(), environment: environment), arguments: [],
            values: [:], switches: [], environment: environment,
            output: Output(style: style, errorStyle: style, isJSON: false, sink: { _, _ in }),
            surroundings: surroundings)
        return await DoctorScene(invocation)
    }

    @LoopActor
    private func findings(_ id: String, _ scene: DoctorScene) async throws -> [DoctorFinding] {
        try await #require(DoctorCheck.all.first { $0.id == id }).look(scene)
    }

    @Test func aClockFromBeforeThisProgramIsNamed() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let late = try await scene(scratch, at: WallTime(nanoseconds: 1_735_689_599_000_000_000))
            #expect(try await findings("clock", late).map(\.severity) == [.error])
            let good = try await scene(scratch, at: WallTime(nanoseconds: 1_735_689_600_000_000_000))
            #expect(try await findings("clock", good).isEmpty)
        }
    }

    @Test func eachCheckHasAnIdOfItsOwn() {
        let ids = DoctorCheck.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(ids.count > 20)
    }

    @Test func tokensOfChannelsAreComparedByTheirDigests() {
        let digests = DoctorProfile.digests([
            "telegram": ["botToken": "1:abc", "accounts": ["second": ["botToken": "2:def"]]],
            "slack": ["appToken": "${X}"],
        ])
        #expect(digests.keys.sorted() == ["channels.telegram.accounts.second.botToken", "channels.telegram.botToken"])
        #expect(digests.values.allSatisfy { $0.count == 32 })
    }
}
