import Support

/// Draws from a seed.
struct Chance {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func next() -> UInt64 { random.next() }

    /// From nothing to one below `limit`.
    mutating func below(_ limit: Int64) -> Int64 {
        Int64(truncatingIfNeeded: random.next().multipliedFullWidth(by: UInt64(limit)).high)
    }

    mutating func below(_ limit: Int) -> Int { Int(below(Int64(limit))) }

    mutating func between(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    mutating func happens(_ share: PerMille) -> Bool { share > 0 && below(1000) < share }

    mutating func one<Value>(of values: [Value]) -> Value { values[below(values.count)] }
}

/// A probability in thousandths.
typealias PerMille = Int
