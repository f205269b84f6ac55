import Platform
import Settings
import Support
import Testing

@testable import Gateway

@Suite struct ConfigProbationTests {
    private func record(_ stage: ConfigProbation.Stage, reason: String? = nil) -> ConfigProbation {
        ConfigProbation(
            stage: stage, candidate: "new", keys: ["gateway.bind"], since: WallTime(nanoseconds: 0), reason: reason)
    }

    private let broken = ConfigRefusal("it is broken", file: "f", problems: [])

    private func decide(
        _ record: ConfigProbation?, _ file: Result<String?, ConfigRefusal> = .success("new"), hasLastGood: Bool = true
    ) -> ConfigProbation.Decision {
        ConfigProbation.decide(record, file: file, hasLastGood: hasLastGood)
    }

    @Test func withoutAChangeTheFileCounts() {
        #expect(decide(nil) == .asWritten)
        #expect(decide(nil, .failure(broken)) == .asWritten)
    }

    @Test func withoutALastGoodOneThereIsNoWayBack() {
        #expect(decide(record(.trial), hasLastGood: false) == .asWritten)
        #expect(decide(record(.waiting), .failure(broken), hasLastGood: false) == .asWritten)
    }

    @Test func aChangeThatWaitsIsTried() { #expect(decide(record(.waiting)) == .trial) }

    @Test func aTrialThatWasCutShortHasFailed() {
        guard case .lastGood(let reason) = decide(record(.trial)) else { return #expect(Bool(false)) }
        #expect(reason.contains("ended"))
        #expect(decide(record(.trial, reason: "the port is taken")) == .lastGood(because: "the port is taken"))
    }

    @Test func anotherTextIsTriedAnew() {
        #expect(decide(record(.trial), .success("newer")) == .trial)
        #expect(decide(record(.failed), .success("newer")) == .trial)
    }

    @Test func theLastGoodOneRunsOnce() { #expect(decide(record(.failed)) == .trial) }

    @Test func aFileSpoiledOnTheWayDoesNotKeepTheGatewayDown() {
        #expect(decide(record(.waiting), .failure(broken)) == .lastGood(because: "it is broken"))
    }

    @Test func aRecordSurvivesTheFile() {
        for stage in [ConfigProbation.Stage.waiting, .trial, .failed] {
            let one = record(stage, reason: stage == .failed ? "why" : nil)
            #expect(ConfigProbation(json: one.json) == one)
        }
        #expect(ConfigProbation(json: ["stage": "nonsense"]) == nil)
    }
}
