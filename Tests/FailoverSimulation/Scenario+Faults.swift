import Failover

/// What befalls the nodes: drawn among all of them, so that no place in their order is spared.
extension Scenario {
    static func faults(
        count: Int, length: Milliseconds, needsLease: Bool, hasForeignPrimary: Bool, isPlain: Bool,
        _ chance: inout Chance
    ) -> [Fault] {
        var faults: [Fault] = []
        let number = chance.between(1...6) * (length == hour ? 4 : 1)
        for _ in 0..<number {
            let time = chance.between(20_000...length * 3 / 4)
            var kind = chance.one(of: Fault.Kind.allCases)
            if kind == .command && isPlain || kind == .noDesk && !needsLease { kind = .crash }
            // The primary has its part more often than the others have theirs.
            let node = chance.happens(350) ? 0 : chance.below(count)
            let other = (node + 1 + chance.below(count - 1)) % count
            var fault = Fault(time: time, kind: kind, node: node, other: other, length: Self.length(&chance))
            switch kind {
            case .suspend: fault.length = chance.between(500...120_000)
            case .restart: fault.length = chance.between(500...20_000)
            case .wallStep, .clockStep: fault.length = chance.between(1...100_000)
            case .crashLoop: fault.length = chance.between(3000...9000)
            case .command:
                if hasForeignPrimary && node == 0 { continue }
                fault.command = command(&chance)
                // Somebody puts right later what was ordered.
                if chance.happens(500) {
                    faults.append(
                        Fault(time: time + fault.length, kind: .command, node: node, command: .resume))
                }
            default: break
            }
            faults.append(fault)
        }
        return faults
    }

    /// Mostly seconds, at times minutes.
    private static func length(_ chance: inout Chance) -> Milliseconds {
        switch chance.below(10) {
        case 0..<2: chance.between(100...3000)
        case 2..<5: chance.between(3000...30_000)
        case 5..<9: chance.between(30_000...200_000)
        default: chance.between(200_000...600_000)
        }
    }

    private static func command(_ chance: inout Chance) -> FailoverCommand {
        switch chance.below(8) {
        case 0: .promote
        case 1: .demote
        case 2, 3: .switchover
        case 4: .pause(nil)
        case 5: .pause(chance.between(1000...600_000))
        case 6: .resume
        default: .drill
        }
    }
}
