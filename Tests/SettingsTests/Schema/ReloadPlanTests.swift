import Gateway
import Platform
import Testing

@testable import Settings

@Suite struct ReloadPlanTests {
    private func plan(_ old: String, _ new: String) throws -> ReloadPlan {
        ReloadPlan(from: try JSON5Document(old).value, to: try JSON5Document(new).value, schema: .product)
    }

    @Test(
        arguments: [
            ("{}", "{}", [], [], []),
            ("{gateway: {port: 1, auth: {token: 'a'}}}", "{gateway: {auth: {token: 'a'}, port: 1}}", [], [], []),
            ("{gateway: {auth: {token: 'a'}}}", "{gateway: {auth: {token: 'b'}}}", ["gateway.auth.token"], [], []),
            ("{gateway: {port: 1}}", "{gateway: {port: 2}}", [], ["gateway.port"], []),
            ("{gateway: {port: 1}}", "{}", [], ["gateway.port"], []),
            ("{}", "{gateway: {bind: 'lan', allowedHosts: ['a']}}", ["gateway.allowedHosts"], ["gateway.bind"], []),
            (
                "{gateway: {trustedProxies: ['10.0.0.1']}}", "{gateway: {trustedProxies: ['10.0.0.1', '10.0.0.2']}}",
                ["gateway.trustedProxies"], [], []
            ),
            ("{plugins: {a: 1}}", "{plugins: {a: 2}}", [], [], ["plugins"]),
            ("{nobody: {a: 1}}", "{nobody: {a: 2}}", [], [], ["nobody"]),
            (
                "{secrets: {providers: {v: {source: 'exec', args: ['a']}}}}",
                "{secrets: {providers: {v: {source: 'exec', args: ['b']}}}}", ["secrets.providers.v.args"], [], []
            ),
            ("{env: {vars: {A: '1'}}}", "{env: {vars: {A: '2'}}}", ["env.vars"], [], []),
            (
                "{gateway: {auth: {token: {source: 'env', id: 'A'}}}}", "{gateway: {auth: {token: 'x'}}}",
                ["gateway.auth.token"], [], []
            ),
            ("{gateway: {}}", "{}", [], [], []),
        ] as [(String, String, [String], [String], [String])])
    func changesAreSortedByWhatTheyTake(
        _ old: String, _ new: String, _ hot: [String], _ restart: [String], _ ignored: [String]
    ) throws {
        let plan = try plan(old, new)
        #expect(plan.hot == hot && plan.restart == restart && plan.ignored == ignored)
    }

    private func paths(_ decision: ReloadPlan.Decision) -> [[String]] {
        [decision.taken.map(\.path), decision.left.map(\.path)]
    }

    @Test func theModeDecidesWhatIsDone() throws {
        let both = try plan("{}", "{gateway: {bind: 'lan', allowedHosts: ['a']}}")
        #expect(paths(both.decision(.off)) == [[], ["gateway.bind", "gateway.allowedHosts"]])
        #expect(paths(both.decision(.hot)) == [["gateway.allowedHosts"], ["gateway.bind"]])
        #expect(paths(both.decision(.restart)) == [[], ["gateway.bind", "gateway.allowedHosts"]])
        #expect(paths(both.decision(.hybrid)) == [["gateway.allowedHosts"], ["gateway.bind"]])
        let asking = ReloadPlan.Mode.allCases.filter { both.decision($0).restarts }
        #expect(asking == [.restart, .hybrid])
        let hot = try plan("{}", "{gateway: {allowedHosts: ['a']}}")
        #expect(ReloadPlan.Mode.allCases.filter { hot.decision($0).restarts } == [.restart])
        let theirs = try plan("{}", "{plugins: {}, agents: {a: 1}}")
        for mode in ReloadPlan.Mode.allCases {
            #expect(paths(theirs.decision(mode)) == [[], []] && !theirs.decision(mode).restarts)
        }
    }

    @Test func whatNothingTakesOverWaits() throws {
        let hot = try plan("{}", "{gateway: {allowedHosts: ['a']}}")
        let decision = hot.decision(.hybrid) { _ in false }
        #expect(paths(decision) == [[], ["gateway.allowedHosts"]] && decision.restarts)
    }

    @Test func howAChangeIsFollowedIsFollowedInEveryMode() throws {
        let mode = try plan("{}", "{gateway: {reload: {mode: 'off'}}}")
        for way in ReloadPlan.Mode.allCases {
            #expect(paths(mode.decision(way)) == [["gateway.reload.mode"], []] && !mode.decision(way).restarts)
        }
    }
}
