/// The ports that one gateway takes, all derived from its base port. Those beyond the last port there is do not exist.
package struct PortPlan: Hashable, Sendable {
    /// Base ports closer than this to each other are refused.
    package static let leastDistance: UInt16 = 20
    static let controlOffset: UInt16 = 2
    static let metricsOffset: UInt16 = 3
    /// From the control port to the first and the last port of controlled browsers.
    static let browserOffsets: ClosedRange<UInt16> = 9...108

    package let base: UInt16

    package init(base: UInt16) { self.base = base }

    /// Browser control; loopback only.
    package var control: UInt16? { base.plus(Self.controlOffset) }
    /// Where `/metrics` listens unless `gateway.metrics.port` says otherwise.
    package var metrics: UInt16? { base.plus(Self.metricsOffset) }

    /// Ports for controlled browsers (CDP). Nil when they do not all exist.
    package var browser: ClosedRange<UInt16>? {
        guard let control, let first = control.plus(Self.browserOffsets.lowerBound),
            let last = control.plus(Self.browserOffsets.upperBound)
        else { return nil }
        return first...last
    }

    /// What stands between two gateways on one host.
    package enum Conflict: Hashable, Sendable {
        /// Refused: their ports run into each other.
        case tooClose(distance: UInt16)
        /// Allowed, as few use so many browsers; `ports` are in both plans.
        case browserPorts(ClosedRange<UInt16>)
    }

    package func conflict(with other: PortPlan) -> Conflict? {
        let distance = max(base, other.base) - min(base, other.base)
        if distance < Self.leastDistance { return .tooClose(distance: distance) }
        let low = base < other.base ? self : other
        let high = base < other.base ? other : self
        guard let range = low.browser, high.base <= range.upperBound else { return nil }
        // The lower gateway's browsers reach the higher one's base port, or further into its browsers.
        return .browserPorts(high.base...range.upperBound)
    }

    /// The next base port from `candidate` on that shares no port with any of `others`; nil when there is none.
    package static func free(from candidate: UInt16, beside others: [PortPlan]) -> UInt16? {
        var base = candidate
        while PortPlan(base: base).browser != nil {
            if others.allSatisfy({ PortPlan(base: base).conflict(with: $0) == nil }) { return base }
            guard let next = base.plus(1) else { return nil }
            base = next
        }
        return nil
    }

    /// Fixed browser ports, by the name of the browser profile, that collide with each other or with this gateway's
    /// own ports. One within the browser range is what the range is for.
    package func collisions(of overrides: [(name: String, port: UInt16)]) -> [String] {
        let own = [
            (base, "the gateway's own port"), (control ?? 0, "browser control"), (metrics ?? 0, "the metrics port"),
        ]
        var taken: [UInt16: String] = [:]
        var found: [String] = []
        for (name, port) in overrides {
            if let user = own.first(where: { $0.0 == port })?.1 ?? taken[port].map({ "browser.profiles.\($0)" }) {
                found.append("browser.profiles.\(name).cdpPort: \(port) is taken by \(user)")
            }
            if taken[port] == nil { taken[port] = name }
        }
        return found
    }
}

extension UInt16 {
    fileprivate func plus(_ offset: UInt16) -> UInt16? {
        let (sum, overflow) = addingReportingOverflow(offset)
        return overflow ? nil : sum
    }
}
