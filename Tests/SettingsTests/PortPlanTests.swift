import Testing

@testable import Settings

@Suite struct PortPlanTests {
    @Test func everythingIsDerivedFromTheBasePort() {
        let plan = PortPlan(base: 18789)
        #expect(plan.control == 18791 && plan.metrics == 18792 && plan.browser == 18800...18899)
        let rescue = PortPlan(base: 19789)
        #expect(rescue.control == 19791 && rescue.browser == 19800...19899)
    }

    @Test(arguments: [(65424, true), (65425, true), (65426, false)] as [(UInt16, Bool)])
    func browserPortsAllExistOrNone(_ base: UInt16, _ exist: Bool) {
        #expect((PortPlan(base: base).browser != nil) == exist)
    }

    @Test(arguments: [(65532, true, true), (65533, true, false), (65534, false, false)] as [(UInt16, Bool, Bool)])
    func portsBeyondTheLastDoNotExist(_ base: UInt16, _ control: Bool, _ metrics: Bool) {
        let plan = PortPlan(base: base)
        #expect((plan.control != nil) == control && (plan.metrics != nil) == metrics)
    }

    @Test(arguments: [(0, true), (19, true), (20, false), (21, false)] as [(UInt16, Bool)])
    func basePortsAreTwentyApart(_ distance: UInt16, _ isRefused: Bool) {
        for (a, b) in [
            (PortPlan(base: 20000), PortPlan(base: 20000 + distance)),
            (PortPlan(base: 20000 + distance), PortPlan(base: 20000)),
        ] {
            #expect((a.conflict(with: b) == .tooClose(distance: distance)) == isRefused)
        }
    }

    @Test func overlappingBrowserPortsAreNamed() {
        let main = PortPlan(base: 20000)
        #expect(main.conflict(with: PortPlan(base: 20109)) == .browserPorts(20109...20110))
        #expect(PortPlan(base: 20110).conflict(with: main) == .browserPorts(20110...20110))
        #expect(main.conflict(with: PortPlan(base: 20111)) == nil)
    }

    @Test func aFreeBasePortSharesNothing() {
        let main = PortPlan(base: 18789)
        #expect(PortPlan.free(from: 18789, beside: [main]) == 18900)
        #expect(PortPlan.free(from: 19789, beside: [main]) == 19789)
        #expect(PortPlan.free(from: 65425, beside: []) == 65425)
        #expect(PortPlan.free(from: 65426, beside: []) == nil)
        #expect(PortPlan.free(from: 65425, beside: [PortPlan(base: 65425)]) == nil)
    }

    @Test func fixedBrowserPortsMustBeFree() {
        let plan = PortPlan(base: 18789)
        #expect(plan.collisions(of: [("a", 18800), ("b", 18801), ("c", 9222)]).isEmpty)
        #expect(
            plan.collisions(of: [("a", 18800), ("b", 18800)])
                == ["browser.profiles.b.cdpPort: 18800 is taken by browser.profiles.a"])
        #expect(
            plan.collisions(of: [("a", 18791)]) == ["browser.profiles.a.cdpPort: 18791 is taken by browser control"])
    }
}
