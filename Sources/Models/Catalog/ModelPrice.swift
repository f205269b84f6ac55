/// What a million tokens cost, in US dollars.
package struct ModelPrice: Equatable, Sendable {
    package var input: Double
    package var output: Double
    package var cacheRead: Double
    package var cacheWrite: Double

    package init(input: Double, output: Double, cacheRead: Double? = nil, cacheWrite: Double? = nil) {
        self.input = input
        self.output = output
        // Where a vendor has no price of its own for these, they are input like any other.
        self.cacheRead = cacheRead ?? input
        self.cacheWrite = cacheWrite ?? input
    }

    func cost(of usage: ModelUsage) -> Double {
        let dollars =
            Double(usage.input) * input + Double(usage.output) * output + Double(usage.cacheRead) * cacheRead
            + Double(usage.cacheWrite) * cacheWrite
        return dollars / 1_000_000
    }
}

/// The prices of a model. Some vendors take more for a long conversation.
package struct ModelPrices: Equatable, Sendable {
    package struct Long: Equatable, Sendable {
        /// Tokens of the whole prompt beyond which it holds.
        package var above: Int
        package var price: ModelPrice
    }

    package var usual: ModelPrice
    package var long: Long?

    package init(_ usual: ModelPrice, long: Long? = nil) {
        self.usual = usual
        self.long = long
    }

    /// US dollars.
    package func cost(of usage: ModelUsage) -> Double {
        if let long, usage.context > long.above { return long.price.cost(of: usage) }
        return usual.cost(of: usage)
    }
}
