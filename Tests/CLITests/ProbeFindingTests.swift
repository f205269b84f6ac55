import Platform
import Testing
import Wire

@testable import CLI

private func way(_ name: String, _ identity: String?, isReachable: Bool = true) -> ProbeResult {
    var result = ProbeResult(target: ProbeTarget(name: name, route: GatewayRoute(.socket(path: "/\(name)"))))
    result.isReachable = isReachable
    result.identity = identity
    return result
}

/// Mission row M6.
@Test func severalWaysToOneGatewayAreOneGateway() {
    let finding = ProbeFinding([way("socket", "a"), way("port", "a"), way("tunnel", "a")])
    #expect(finding.known.count == 1)
    #expect(finding.known[0].ways.count == 3)
    #expect(!finding.isSeveral)
}

@Test func differentKeysAreSeveralGateways() {
    #expect(ProbeFinding([way("port", "a"), way("tunnel", "b")]).isSeveral)
}

@Test func aWayThatCannotBeShownToLeadToTheSameOneCounts() {
    #expect(ProbeFinding([way("port", "a"), way("tunnel", nil)]).isSeveral)
    #expect(ProbeFinding([way("one", nil), way("two", nil)]).isSeveral)
    #expect(!ProbeFinding([way("one", nil)]).isSeveral)
}

@Test func whatDoesNotAnswerDoesNotCount() {
    let finding = ProbeFinding([way("port", "a"), way("other", nil, isReachable: false)])
    #expect(!finding.isSeveral)
    #expect(ProbeFinding([way("port", nil, isReachable: false)]).isNone)
}
